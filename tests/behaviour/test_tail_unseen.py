"""Logs that were rotated away, or packed, before anybody saw them under their own names."""

from __future__ import annotations

import gzip
import os

import pytest

from tests.support.tailing import numbered, write


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def age(path, tailing, seconds=0.0):
    """It was written so long ago, by the clock of the test."""
    at_ns = int((tailing.clock.now_ms() / 1000 - seconds) * 1e9)
    os.utime(path, ns=(at_ns, at_ns))


def pack(path, tailing):
    """gzip(1): the archive has the time of the log. Its inode is of now, and the log was written before."""
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    status = path.stat()
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
    return packed


def put(path, lines, tailing):
    """Written just now, by the clock of the test."""
    write(path, lines)
    age(path, tailing)


@pytest.fixture
def yesterday(follow):
    """Follow, with a clock a day behind: what is packed in the test has an inode that is younger than the log was."""

    def _yesterday(*patterns, **source):
        tailing = follow(*patterns, source=source)
        tailing.clock.jump(-86400)
        return tailing

    return _yesterday


def passes(tailing, seconds=3600.0):
    tailing.clock.advance(seconds)


def test_a_dated_log_that_came_and_was_packed_while_the_agent_was_down_is_read(logs, yesterday):
    tailing = yesterday(logs / "app-*.log")
    put(logs / "app-2026-01-01.log", numbered(1, 3), tailing)
    tailing.step(2)
    age(logs / "app-2026-01-01.log", tailing)
    tailing.stop()
    passes(tailing)
    second = logs / "app-2026-01-02.log"
    put(second, numbered(4, 3), tailing)
    pack(second, tailing)
    passes(tailing)
    put(logs / "app-2026-01-03.log", numbered(7, 3), tailing)
    tailing.start().settle()
    assert sorted(tailing.texts()) == numbered(1, 9)
    assert tailing.texts(str(second)) == numbered(4, 3)  # under the name that `paths` give it
    tailing.crash().settle()
    assert len(tailing.got) == 9


@pytest.mark.parametrize("live", [True, False], ids=["and goes on", "and is gone"])
def test_a_new_log_that_was_rotated_while_the_agent_was_down_is_read_oldest_first(logs, yesterday, live):
    tailing = yesterday(logs / "*.log")
    put(logs / "known.log", numbered(100, 1), tailing)
    tailing.step(2)
    tailing.stop()
    new = logs / "new.log"
    for name, first in (("new.log.2", 1), ("new.log.1", 4), ("new.log", 7))[: 3 if live else 2]:
        passes(tailing)
        put(logs / name, numbered(first, 3), tailing)
    pack(logs / "new.log.2", tailing)
    passes(tailing)
    tailing.start().settle()
    assert tailing.texts(str(new)) == numbered(1, 9 if live else 6)
    write(new, numbered(10, 2))
    tailing.settle()
    assert tailing.texts(str(new))[-2:] == numbered(10, 2)
    tailing.crash().settle()
    assert len(tailing.texts()) == (9 if live else 6) + 2 + 1


def test_one_that_was_rotated_into_a_directory_for_old_logs_is_read(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "known.log", numbered(100, 1), tailing)
    tailing.step(2)
    tailing.stop()
    passes(tailing)
    (logs / "archive").mkdir()
    put(logs / "archive" / "new.log.1", numbered(1, 3), tailing)
    put(logs / "new.log", numbered(4, 3), tailing)
    tailing.start().settle()
    assert tailing.texts(str(logs / "new.log")) == numbered(1, 6)


def test_a_log_that_came_and_was_rotated_between_two_looks_is_read(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "known.log", numbered(100, 1), tailing)
    tailing.step(2)
    passes(tailing, 0.5)
    put(logs / "quick.log.1", numbered(1, 3), tailing)
    write(logs / "quick.log", numbered(4, 3))
    tailing.settle()
    assert tailing.texts(str(logs / "quick.log")) == numbered(1, 6)


def test_what_was_there_before_the_source_was_known_stays_unread_also_after_a_restart(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "app.log.1", numbered(1, 3), tailing)
    put(logs / "old.log.1", numbered(1, 3), tailing)
    put(logs / "app.log", numbered(4, 3), tailing)
    tailing.step(2)
    assert tailing.texts() == numbered(4, 3)
    passes(tailing)
    tailing.crash().settle()
    assert tailing.texts() == numbered(4, 3)


def test_what_is_older_than_the_last_look_is_history_that_somebody_put_there(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "app.log", numbered(1, 3), tailing)
    tailing.step(2)
    passes(tailing)
    tailing.step()
    write(logs / "restored.log.1", numbered(10, 3))
    age(logs / "restored.log.1", tailing, 60)
    tailing.settle()
    assert tailing.texts() == numbered(1, 3)


def test_what_a_job_packs_itself_was_never_a_log(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "app.log", numbered(1, 3), tailing)
    tailing.step(2)
    tailing.stop()
    (logs / "dump.log.gz").write_bytes(gzip.compress(b"".join(b"%d\n" % n for n in range(9))))
    tailing.clock.jump(86400 + 60)  # now it is as late as the file is
    tailing.start().settle()
    assert tailing.texts() == numbered(1, 3)


def test_what_is_excluded_or_too_old_is_left_alone(logs, yesterday):
    tailing = yesterday(logs / "*.log", exclude=[str(logs / "*.2")], ignore_older="30m")
    put(logs / "app.log", numbered(1, 3), tailing)
    tailing.step(2)
    tailing.stop()
    passes(tailing)
    put(logs / "a.log.1", numbered(10, 3), tailing)
    passes(tailing)
    put(logs / "b.log.2", numbered(20, 3), tailing)
    put(logs / "c.log.1", numbered(30, 3), tailing)
    tailing.start().settle()
    assert tailing.texts() == numbered(1, 3) + numbered(30, 3)


def test_a_copy_of_a_log_that_nobody_knows_yet_is_not_read_twice(logs, yesterday):
    tailing = yesterday(logs / "*.log")
    put(logs / "app.log", numbered(1, 3), tailing)
    tailing.step(2)
    tailing.stop()
    write(logs / "new.log", numbered(10, 30))
    (logs / "new.log.bak").write_bytes((logs / "new.log").read_bytes())
    tailing.clock.jump(86400 + 60)
    tailing.start().step(120)
    assert sorted(tailing.texts()) == sorted(numbered(1, 3) + numbered(10, 30))


@pytest.mark.parametrize("log", ["new.log", "messages"])
@pytest.mark.parametrize("live", [True, False], ids=["and goes on", "and is gone"])
def test_one_whose_generations_end_in_an_extension_is_read_oldest_first(logs, yesterday, log, live):
    """logrotate's `extension` and `addextension`, logback; `paths` name the log alone."""
    tailing = yesterday(logs / "known.log", logs / log)
    put(logs / "known.log", numbered(100, 1), tailing)
    tailing.step(2)
    tailing.stop()
    stem = log.removesuffix(".log")
    for name, first in ((f"{stem}.2.log", 1), (f"{stem}.1.log", 4), (log, 7))[: 3 if live else 2]:
        passes(tailing)
        put(logs / name, numbered(first, 3), tailing)
    pack(logs / f"{stem}.2.log", tailing)
    passes(tailing)
    tailing.start().settle()
    assert tailing.texts(str(logs / log)) == numbered(1, 9 if live else 6)
    tailing.crash().settle()
    assert len(tailing.texts()) == (9 if live else 6) + 1
