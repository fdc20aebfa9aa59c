"""Power fails while logs come, grow and are rotated: each line is delivered, and always under one id.

With `sync: normal` the last transactions are undone. Their lines are read again, which does no harm while they get the
ids they had; so nothing may have been sent whose ids were undone with the row of their file.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.power import Machine

MEMORY = Path("/dev/shm")
PROGRAMS = 12


@pytest.fixture
def machine():
    directory = Path(tempfile.mkdtemp(prefix="power-", dir=MEMORY if MEMORY.is_dir() else None))
    made = Machine(directory, time.time_ns() // 1_000_000)
    yield made
    made.stop()
    shutil.rmtree(directory)


def every_line_came_under_one_id(machine: Machine) -> None:
    machine.settle()
    machine.send()
    assert machine.ids.keys() == set(machine.written)
    twice = {line: ids for line, ids in machine.ids.items() if len(ids) > 1}
    assert not twice, f"{len(twice)} of {len(machine.written)} lines"
    assert len({min(ids) for ids in machine.ids.values()}) == len(machine.written)


def test_a_log_that_was_found_and_sent_a_moment_before(machine):
    machine.write("app.log", 5)
    machine.settle()
    machine.send()
    assert len(machine.ids) == 5
    machine.lose_power()
    machine.write("app.log", 5)
    every_line_came_under_one_id(machine)


def test_a_log_that_was_truncated_twice_in_the_last_moments(machine):
    machine.write("app.log", 5)
    machine.settle()
    machine.send()
    for _ in range(2):
        (machine.logs / "app.log").write_bytes(b"")
        machine.write("app.log", 3)
        machine.settle()
        machine.send()
    machine.lose_power()
    every_line_came_under_one_id(machine)


def test_a_log_that_was_found_sent_and_packed_in_the_last_moments(machine):
    (machine.logs / "app.log").touch()
    machine.settle()
    machine.kill()
    machine.store.flush()  # its row is on the disk now, and says nothing of how it begins
    machine.write("app.log", 5)
    machine.settle()
    machine.send()
    machine.rotate("app.log", copy=False, packed=True)
    machine.lose_power()
    every_line_came_under_one_id(machine)


def test_a_log_that_was_read_and_rotated_while_nothing_could_be_sent(machine):
    machine.write("app.log", 5)
    machine.settle()
    machine.store.flush()
    machine.rotate("app.log", copy=False, packed=False)
    machine.lose_power()
    machine.write("app.log", 5)
    every_line_came_under_one_id(machine)


def test_what_an_agent_that_was_killed_had_found_is_sent_by_the_next_one(machine):
    machine.write("app.log", 5)
    machine.settle()
    machine.kill()
    machine.send()
    assert len(machine.ids) == 5
    machine.lose_power()
    every_line_came_under_one_id(machine)


def program(machine: Machine, chance: random.Random) -> None:
    names = ["a.log"]
    for _ in range(30):
        what = chance.random()
        name = chance.choice(names)
        if what < 0.1:
            names.append(f"{chr(97 + len(names))}.log")
            machine.write(names[-1], 1)
        elif what < 0.4:
            machine.write(name, chance.randint(1, 4))
        elif what < 0.5 and (machine.logs / name).exists():
            machine.settle()
            machine.store.flush()  # the agent does so when it sent nothing for a quarter of a second
            machine.rotate(name, copy=chance.random() < 0.4, packed=chance.random() < 0.4)
        elif what < 0.7:
            machine.step()
        elif what < 0.93:
            machine.send(chance.choice((1, 100)))
        else:
            machine.lose_power(chance)
    machine.lose_power(chance)


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_whatever_happens(machine, seed):
    program(machine, random.Random(seed))
    assert machine.losses
    every_line_came_under_one_id(machine)


def test_one_sync_serves_for_all_that_was_found(machine):
    for n in range(200):
        machine.write(f"job-{n}.log", 1)
    machine.settle()
    machine.send()
    assert machine.syncs == 1
    machine.write("job-7.log", 1)
    machine.settle()
    machine.send()
    assert machine.syncs == 1, "its ids are safe already"
    machine.lose_power()
    every_line_came_under_one_id(machine)
