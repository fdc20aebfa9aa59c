"""logrotate is killed in the middle; the next run gives other names to what it finds, and goes on."""

from __future__ import annotations

import gzip
import os

import pytest

from tests.support.tailing import Tailing, next_tick, numbered, source, write

BACKUP = "app.log.1-2026112213.backup"


@pytest.fixture
def log(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder / "app.log"


def copy(log, name="app.log.1"):
    next_tick(log)
    target = log.with_name(name)
    target.write_bytes(log.read_bytes())
    return target


def say(log, first, count):
    write(log, numbered(first, count))
    next_tick(log)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_what_was_copied_and_cut_is_read_under_the_name_that_the_next_run_gives_it(log, pattern):
    say(log, 0, 20)
    tailing = Tailing(source(log.with_name(pattern))).step().stop()
    say(log, 20, 20)
    copied = copy(log)
    os.truncate(log, 0)  # killed before the copy is compressed
    say(log, 40, 20)
    copied.rename(log.with_name(BACKUP))
    copy(log)
    os.truncate(log, 0)
    say(log, 60, 5)
    assert sorted(tailing.start().settle().texts()) == numbered(0, 65)
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("started_anew", [False, True])
@pytest.mark.parametrize("name", ["app.log.2", BACKUP])
def test_a_copy_that_was_made_before_the_kill_is_not_read_beside_the_one_that_was_made_after_it(
    log, pattern, started_anew, name
):
    say(log, 0, 20)
    tailing = Tailing(source(log.with_name(pattern))).step()
    copied = copy(log)  # killed before the cut
    say(log, 20, 20)
    tailing.step(2)
    if started_anew:
        tailing.stop()
    copied.rename(log.with_name(name))
    say(log, 40, 20)
    copy(log)
    os.truncate(log, 0)
    say(log, 60, 5)
    if started_anew:
        tailing.start()
    assert tailing.settle().texts() == numbered(0, 65)
    assert tailing.crash().settle().texts() == numbered(0, 65)
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("overwritten", [False, True])
def test_an_archive_that_was_not_finished_is_not_read_when_it_has_another_number(
    log, pattern, whole, overwritten
):
    say(log, 0, 40)
    tailing = Tailing(source(log.with_name(pattern))).step()
    old = log.rename(log.with_name("app.log.1"))
    say(log, 40, 20)
    packed = gzip.compress(old.read_bytes())
    archive = log.with_name("app.log.1.gz")
    archive.write_bytes(packed if whole else packed[: len(packed) * 2 // 3])  # killed before it is dated
    tailing.step(20)
    archive.rename(log.with_name("app.log.2.gz"))
    if overwritten:
        log.rename(old)
        say(log, 60, 5)
    else:
        say(log, 60, 5)
    assert tailing.settle().texts() == numbered(0, 65)
    assert tailing.crash().settle().texts() == numbered(0, 65)
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_an_archive_that_breaks_off_holds_up_nothing_behind_it(log, state):
    """The next run renamed the log over what had not been packed to its end."""
    say(log, 0, 20)
    tailing = Tailing(source(log)).step().stop()
    say(log, 20, 80)
    old = log.rename(log.with_name("app.log.1"))
    packed = gzip.compress(old.read_bytes())
    archive = log.with_name("app.log.1.gz")
    archive.write_bytes(packed[: len(packed) * 2 // 3])  # killed
    say(log, 100, 20)
    archive.rename(log.with_name("app.log.2.gz"))
    if state == "running":
        tailing.start().step()
    log.rename(old)
    say(log, 120, 20)
    if state == "stopped":
        tailing.start()
    assert tailing.settle().texts()[-40:] == numbered(100, 40)
    tailing.stop()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("packed", ["half", "whole", "dated"])
@pytest.mark.parametrize("left", ["app.log.1", BACKUP])
@pytest.mark.parametrize("begun", [False, True])
def test_an_archive_is_not_read_beside_what_it_was_packed_from_though_nobody_saw_it_made(
    log, pattern, packed, left, begun
):
    """The agent was down, too: to it both are new, and the archive is the older generation by its name."""
    say(log, 0, 20)
    tailing = Tailing(source(log.with_name(pattern))).step().stop()
    if not begun:
        copy(log, "app.log.9")
        os.truncate(log, 0)
    say(log, 20, 500)
    copied = copy(log)
    os.truncate(log, 0)
    data = gzip.compress(copied.read_bytes())
    archive = log.with_name("app.log.1.gz")
    next_tick(log)
    archive.write_bytes(data[: len(data) * 2 // 3] if packed == "half" else data)
    if packed == "dated":
        os.utime(archive, ns=(copied.stat().st_atime_ns, copied.stat().st_mtime_ns))
    say(log, 520, 20)  # killed before the original is deleted
    archive.rename(log.with_name("app.log.2.gz"))
    if left == BACKUP:
        copied.rename(log.with_name(left))
        copy(log)
        os.truncate(log, 0)
    say(log, 540, 5)
    assert tailing.start().settle().texts() == numbered(0, 545)
    assert tailing.crash().settle().texts() == numbered(0, 545)
    assert not tailing.abandoned()
    log.with_name(left).unlink()  # the next backup takes its place
    assert tailing.settle().crash().step(80).texts() == numbered(0, 545)
    tailing.stop()
