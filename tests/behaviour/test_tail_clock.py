"""The wall clock is set, forward or back, and time stamps of files are whatever a writer's clock said."""

from __future__ import annotations

import os

import pytest

from tests.support.rotating import KINDS, Writer, ends_whole, rotate
from tests.support.tailing import Tailing, numbered, source, write

HOUR, DAY = 3600.0, 86400.0
JUMPS = {"an hour back": -HOUR, "a day back": -DAY, "an hour on": HOUR, "a year on": 365 * DAY}


def date(folder, seconds):
    """All that was written lately is dated by a clock that is so far off."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            status = path.stat()
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + int(seconds * 1e9)))


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("kind", KINDS)
def test_rotation_over_a_clock_that_is_set(tmp_path, kind, state, jump):
    """What was written before the jump has stamps of before; what comes after has others, older or younger."""
    log = tmp_path / "app.log"
    tailing = Tailing(source(log))
    writer = Writer(log, "keeps" if "copytruncate" in kind else "reopens")
    writer.write(20)
    tailing.step()
    writer.write(7)
    if state == "stopped":
        tailing.stop()
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    tailing.clock.jump(jump)
    for generation in range(2):
        writer.write(5)
        if state == "running":
            tailing.step()
            writer.write(3)
        rotate(log, kind, writer, generation)
        writer.write(5)
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.stat().st_ino not in before.values():
                status = path.stat()
                if abs(status.st_mtime - tailing.clock.now_ms() / 1000 + jump) < HOUR / 2:
                    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + int(jump * 1e9)))
    if state == "stopped":
        tailing.start()
    ends_whole(tailing, writer)


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_lingering_and_idle_flushes_do_not_ask_the_wall_clock(tmp_path, jump):
    log = tmp_path / "app.log"
    tailing = Tailing(source(log, multiline={"preset": "java", "flush_after": 2.0}), linger=0.5)
    write(log, ["Exception in thread", "\tat a.b.C"])
    tailing.step(seconds=0.2)
    tailing.clock.jump(jump)
    tailing.step(seconds=0.2)
    assert tailing.texts() == []
    tailing.step(3)
    assert tailing.texts() == ["Exception in thread\n\tat a.b.C"]
    tailing.stop()


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_file_dated_in_the_future_or_long_ago_is_read_like_others(tmp_path, jump):
    log = tmp_path / "app.log"
    tailing = Tailing(source(log))
    for number in range(0, 50, 5):
        write(log, numbered(number, 5))
        date(tmp_path, jump)
        tailing.step()
    assert tailing.texts() == numbered(0, 50)
    assert len({one.id[0] for one in tailing.got}) == 1
    tailing.stop()


def test_a_clock_that_is_set_forward_deletes_no_log_that_is_written_to(tmp_path):
    """By the wall clock, nobody has written to it for a day; that is what `ignore_older` with deletion asks for."""
    log = tmp_path / "app.log"
    options = {"after_delivery": "delete", "ignore_older": 12 * HOUR}
    tailing = Tailing(source(tmp_path / "*.log", **options), undelivered=lambda: None)
    write(log, numbered(0, 5))
    tailing.step(3)
    tailing.clock.jump(DAY)
    tailing.step(3)
    assert log.exists()
    for number in range(5, 10):
        write(log, numbered(number, 1))
        tailing.step(20)
        assert log.exists()
    assert tailing.texts() == numbered(0, 10)
    date(tmp_path, -2 * DAY)
    tailing.step(90)
    assert not log.exists(), "for more than a minute nothing was written, and it is old"
    tailing.stop()


def test_the_week_of_a_vanished_file_is_not_over_because_the_clock_went_back(tmp_path):
    log = tmp_path / "app.log"
    write(log, numbered(0, 5))
    tailing = Tailing(source(log)).step()
    log.unlink()
    tailing.step(120)
    assert len(tailing.rows) == 1
    tailing.clock.jump(-DAY)
    tailing.step(3)
    assert len(tailing.rows) == 1
    tailing.clock.jump(9 * DAY)
    tailing.step(70)
    assert tailing.rows == {}
    tailing.stop()
