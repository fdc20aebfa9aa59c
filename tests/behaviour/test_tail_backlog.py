"""Old lines and new ones: live lines come first, the backlog gets what is left, and all of it is read."""

from __future__ import annotations

import os

import pytest

from logsource.tail.schedule import FAR_BEHIND, FOUND_FULL, HELD_AT, LIVE_FOR
from tests.support.tailing import Tailing, numbered, source, write

BLOCK = 4096
HISTORY = numbered(0, 150_000, "history")
HOUR_NS = 3600 * 10**9


class Outbox:
    """How many bodies wait, as an agent is told."""

    def __init__(self):
        self.bodies = 0

    def __call__(self):
        return self.bodies


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def follow(opened, outbox):
    def _follow(*paths, **options):
        opened.append(Tailing(source(*paths), block_size=BLOCK, bodies=outbox, **options))
        return opened[-1]

    return _follow


def turn(tailing, seconds=0.005):
    """One step as the agent makes it: a block at most; what came out of it."""
    before = len(tailing.got)
    tailing.clock.advance(seconds)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(BLOCK))
    return [one.text for one in tailing.got[before:]]


def age(path):
    """Nobody has written to it for an hour."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - HOUR_NS))


def read_all(tailing, count):
    """Step until so many records came out."""
    for _ in range(100):
        if len(tailing.got) >= count:
            return
        tailing.step()
    raise AssertionError(f"{len(tailing.got)} of {count}")


def test_new_lines_are_read_within_two_steps_whatever_there_is_to_catch_up_with(tmp_path, follow):
    old, log = tmp_path / "old.log", tmp_path / "app.log"
    write(old, HISTORY)
    assert old.stat().st_size > FOUND_FULL
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    assert turn(tailing)[0] == "begin", "though it was written last"
    for number in range(100):
        write(log, [f"live {number}"])
        came = turn(tailing) + turn(tailing)
        assert f"live {number}" in came
        assert any(text.startswith("history") for text in came), "what is left of a step is the backlog's"
    read_all(tailing, 101 + len(HISTORY))
    assert tailing.texts(str(old)) == HISTORY
    assert tailing.texts(str(log)) == ["begin", *(f"live {number}" for number in range(100))]


def test_hundreds_of_old_files_do_not_stand_in_the_way_of_a_new_line(tmp_path, follow):
    names = [f"old-{number:04d}.log" for number in range(300)]
    for name in names:
        write(tmp_path / name, numbered(0, 50, name))
        age(tmp_path / name)
    log = tmp_path / "zzz.log"
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    assert turn(tailing)[0] == "begin"
    write(log, ["live"])
    assert "live" in turn(tailing) + turn(tailing)
    read_all(tailing, 2 + 50 * len(names))
    for name in names[::30]:
        assert tailing.texts(str(tmp_path / name)) == numbered(0, 50, name)


def test_live_files_that_fill_every_step_do_not_starve_the_backlog(tmp_path, follow):
    old, log = tmp_path / "old.log", tmp_path / "app.log"
    write(old, HISTORY)
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    turn(tailing)
    came = []
    for number in range(400):
        write(log, numbered(number * 100, 100, "a live line of forty-one bytes, newline "))
        came += turn(tailing)
    share = sum(text.startswith("history") for text in came) * len("history 000000\n")
    assert 400 / 16 * BLOCK <= share <= 400 / 4 * BLOCK, "about one step in eight"


def test_a_backlog_is_left_in_its_file_while_live_lines_would_wait_behind_it(tmp_path, follow, outbox):
    old, log = tmp_path / "old.log", tmp_path / "app.log"
    write(old, HISTORY)
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    turn(tailing)
    assert turn(tailing)[0].startswith("history")
    outbox.bodies = HELD_AT + 1
    for number in range(20):
        write(log, [f"live {number}"])
        assert turn(tailing) == [f"live {number}"]
        assert turn(tailing) == []
        assert 0 < tailing.tail.wait_hint() <= 0.02, "no busy loop, and no long sleep either"
    outbox.bodies = HELD_AT
    assert turn(tailing)[0].startswith("history")
    outbox.bodies = HELD_AT + 1
    assert turn(tailing) == []
    tailing.clock.advance(LIVE_FOR)
    assert turn(tailing)[0].startswith("history"), "without live traffic nobody waits behind it"


def test_a_log_that_is_rotated_while_it_is_read_is_never_held(tmp_path, follow, outbox):
    """Whoever rotated it may delete it next, so it goes into the outbox as long as there is room."""
    old, log = tmp_path / "busy.log", tmp_path / "other.log"
    write(old, HISTORY)
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    outbox.bodies = HELD_AT + 1
    turn(tailing)
    write(log, ["live"])
    assert turn(tailing) + turn(tailing) == ["live"]
    old.rename(tmp_path / "busy.log.1")
    write(old, ["after the rotation"])
    came = [text for _ in range(10) for text in turn(tailing, 0.2)]
    assert came[:2] == HISTORY[:2]
    read_all(tailing, 3 + len(HISTORY))
    assert tailing.texts(str(old)) == [*HISTORY, "after the rotation"]


def test_a_generation_behind_a_backlog_waits_for_its_turn_and_lends_it_no_rank(tmp_path, follow):
    log, other = tmp_path / "app.log", tmp_path / "other.log"
    write(tmp_path / "app.log.1", HISTORY[:90_000])
    write(log, ["younger"])
    write(other, ["begin"])
    tailing = follow(tmp_path / "*.log*", poll_interval=0.001)
    assert turn(tailing)[0] == "begin"
    for number in range(50):
        write(other, [f"live {number}"])
        assert f"live {number}" in turn(tailing) + turn(tailing)
    read_all(tailing, 52 + 90_000)
    assert [one.text for one in tailing.got if "other" not in one.path] == [*HISTORY[:90_000], "younger"]


def test_a_file_that_fell_far_behind_lets_the_others_go_first(tmp_path, follow):
    hot, log = tmp_path / "a-hot.log", tmp_path / "app.log"
    write(hot, ["begin"])
    write(log, ["begin"])
    tailing = follow(tmp_path / "*.log", poll_interval=0.001)
    assert turn(tailing) + turn(tailing) == ["begin", "begin"]
    lines = numbered(0, FAR_BEHIND // 64 + 10_000, "x" * 57)
    write(hot, lines)
    turn(tailing)
    write(log, ["live"])
    assert turn(tailing)[0] == "live"
    assert turn(tailing)[0] in lines


def test_once_reads_at_full_speed_whatever_waits(tmp_path, follow, outbox):
    outbox.bodies = 10 * HELD_AT
    write(tmp_path / "old.log", HISTORY)
    write(tmp_path / "app.log", ["begin"])
    tailing = follow(tmp_path / "*.log", once=True)
    steps = 0
    while not tailing.tail.at_end() or not steps:
        turn(tailing, 0)
        steps += 1
    assert len(tailing.got) == len(HISTORY) + 1
    assert steps <= len(HISTORY) * 15 / BLOCK + 10, "a whole block each step"
