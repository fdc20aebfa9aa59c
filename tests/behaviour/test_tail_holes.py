"""A writer that does not append goes on at its old offset after a truncation: the file begins with a hole of NULs."""

from __future__ import annotations

import gzip
import os
import random
import shutil

import pytest

from logsource.tail.look import HOLE_TURN, HOLE_TURNS
from tests.support.inodes import Inodes
from tests.support.rotating import Writer, compress
from tests.support.tailing import Tailing, source


@pytest.fixture
def writer(log):
    writer = Writer(log, "no_append")
    yield writer
    writer.close()


def copytruncate(log, *, packed=False):
    for number in range(9, 0, -1):
        for extension in ("", ".gz"):
            old = log.with_name(f"{log.name}.{number}{extension}")
            if old.exists():
                old.rename(log.with_name(f"{log.name}.{number + 1}{extension}"))
    shutil.copyfile(log, f"{log}.1")
    os.truncate(log, 0)
    if packed:
        compress(log.with_name(f"{log.name}.1"))


@pytest.mark.parametrize("crash", [False, True])
def test_the_writer_takes_its_time_after_the_truncation(log, writer, crash):
    writer.write(200)
    tailing = Tailing(source(log)).step()
    copytruncate(log)
    tailing.step(3)  # it is empty at these looks
    if crash:
        tailing.crash().step(2)
    writer.write(10)
    tailing.settle()
    assert tailing.texts() == writer.expected()
    assert tailing.got[-1].id[2] > 200 * len("line 000000"), "offsets are those of the file"
    tailing.stop()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
def test_generations_with_holes_are_read_to_their_ends_and_let_go(log, writer, state, packed):
    writer.write(30_000)  # holes are longer than what is read or decompressed at once
    tailing = Tailing(source(log)).step()
    for _ in range(3):
        if state == "stopped":
            tailing.stop()
        tailing.paused = state == "paused"
        writer.write(20)
        copytruncate(log, packed=packed)
        writer.write(20)
        if state == "stopped":
            tailing.start()
        tailing.paused = False
        tailing.step(2)
    tailing.settle()
    assert tailing.texts() == writer.expected()
    assert not tailing.abandoned()
    rotated = [row for row in tailing.rows.values() if row.state["name"] != str(log)]
    assert len(rotated) == 3
    assert all(row.state["finished"] for row in rotated)
    tailing.crash().settle()
    assert tailing.texts() == writer.expected()
    tailing.stop()


@pytest.mark.parametrize("read", [0, 5])
def test_a_generation_that_is_compressed_when_its_hole_is_known_ends(log, writer, read):
    writer.write(30_000)
    tailing = Tailing(source(log), block_size=65536).step()
    copytruncate(log)
    writer.write(read)
    tailing.step(2)
    writer.write(40_000)  # more than what is decompressed at once
    tailing.paused = True
    tailing.step(2)
    tailing.stop()
    copytruncate(log, packed=True)
    writer.write(20)
    tailing.paused = False
    tailing.start().settle()
    assert tailing.texts() == writer.expected()
    assert [row.state["finished"] for row in tailing.rows.values() if row.state["compression"]] == [True]
    tailing.stop()


def test_a_file_that_is_nothing_but_a_hole_is_crossed_in_one_look(tmp_path):
    """Three gigabytes, preallocated or left by a truncation: nobody reads so many NULs to learn that they are none."""
    log = tmp_path / "app.log"
    log.touch()
    os.truncate(log, 3 << 30)
    tailing = Tailing(source(log), once=True).step()
    assert tailing.tail.at_end()
    with log.open("ab") as file:
        file.write(b"line\n")
    assert tailing.step(3).texts() == ["line"]
    tailing.stop()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("once", [False, True])
def test_a_long_hole_is_crossed_without_waiting_for_the_file_to_change(log, packed, once):
    """Written as NULs, so that nobody can seek over it; longer than what is crossed in one look."""
    content = bytes(3 * HOLE_TURNS * HOLE_TURN) + b"behind it\n"
    log.write_bytes(gzip.compress(content, 1) if packed else content)
    tailing = Tailing(source(log), once=once)
    passed = 0.0
    while not tailing.texts() and passed < 10.0:
        assert not tailing.tail.at_end() or not passed
        wait = max(tailing.tail.wait_hint(), 0.001)
        tailing.step(seconds=wait)
        passed += wait
    assert tailing.texts() == ["behind it"]
    assert not tailing.rotations()
    assert passed < 0.5, "nobody waits for a poll between two stretches"
    tailing.step(3)
    assert tailing.tail.at_end()
    assert tailing.tail.wait_hint() > 0.05
    tailing.crash().step(3)
    assert tailing.texts() == ["behind it"]
    tailing.stop()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_long_hole_without_anything_behind_it_is_no_work_for_ever(log, packed):
    content = bytes(3 * HOLE_TURNS * HOLE_TURN + 5)
    log.write_bytes(gzip.compress(content, 1) if packed else content)
    tailing = Tailing(source(log), once=True)
    tailing.step(seconds=0.02)
    assert not tailing.tail.at_end()
    tailing.step(20, seconds=0.02)
    assert not tailing.rotations()
    assert tailing.tail.at_end()
    assert tailing.tail.wait_hint() > 0.05
    with log.open("ab") as file:
        file.write(gzip.compress(b"a line\n") if packed else b"a line\n")
    tailing.step(20, seconds=0.3)
    assert tailing.texts() == ["a line"]
    tailing.stop()


def test_the_copy_that_is_not_beyond_the_hole_yet_is_a_copy_of_the_log(log, writer):
    """The agent is down for one rotation, and looks in the middle of the next one. Inodes have no births that would tell."""
    with Inodes(log.parent, random.Random(0), reuse=0.0, births=False):
        writer.write(200)
        tailing = Tailing(source(log)).step().stop()
        copytruncate(log)
        writer.write(6)
        log.with_name("app.log.1").rename(log.with_name("app.log.2"))
        copy, whole = log.with_name("app.log.1"), log.read_bytes()
        hole = len(whole) - len(whole.lstrip(b"\0"))
        copy.write_bytes(whole[: hole // 2])
        tailing.start()
        tailing.paused = True
        tailing.step()
        tailing.paused = False
        copy.write_bytes(whole)
        os.truncate(log, 0)
        writer.write(3)
        tailing.settle().crash().settle()
        assert tailing.texts() == writer.expected()
        assert not tailing.abandoned()
        tailing.stop()
