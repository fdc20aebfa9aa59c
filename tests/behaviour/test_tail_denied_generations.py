"""Generations that came while the agent was down, and that it may not read: they are read when it may, or counted."""

from __future__ import annotations

import errno
import os
import shutil

import pytest

from tests.support.nobody import folder_of_nobody
from tests.support.rotating import compress
from tests.support.tailing import next_tick, numbered, write


@pytest.fixture
def folder():
    with folder_of_nobody() as made:
        (made / "logs").mkdir()
        yield made / "logs"


@pytest.fixture
def log(folder):
    return folder / "app.log"


def denied(path):
    path.chmod(0)
    return path


def rotated(log, lines, *, packs=False):
    """One more generation, under the first free number from above: the eldest has the greatest."""
    folder, name = log.parent, log.name
    for age in range(9, 0, -1):
        for extension in ("", ".gz"):
            old = folder / f"{name}.{age}{extension}"
            if old.exists():
                old.rename(folder / f"{name}.{age + 1}{extension}")
    next_tick(log)
    newest = log.rename(folder / f"{name}.1")
    write(log, lines)
    if not packs:
        return newest
    compress(newest)
    return folder / f"{name}.1.gz"


def labels(tailing, kind):
    return [event.label for event in tailing.events if event.kind == kind]


def unreadable(tailing):
    return {one.path: one.size for one in tailing.tail.status() if one.state == "unreadable"}


@pytest.fixture
def missed(log, follow):
    """Follow; then two generations come while the agent is down, and nobody may read the younger one."""

    def _missed(*, packs=False):
        write(log, numbered(0, 5))
        tailing = follow(log).step(3).stop()
        write(log, numbered(5, 5))
        rotated(log, numbered(10, 5))
        generation = denied(rotated(log, numbered(15, 5), packs=packs))
        return tailing, generation

    return _missed


READ = [*numbered(0, 10), *numbered(15, 5)]
LATE = [*READ, *numbered(10, 5)]


@pytest.mark.parametrize("packs", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("restarts", [0, 2])
def test_it_is_read_when_it_may_be(missed, packs, restarts):
    tailing, generation = missed(packs=packs)
    tailing.start().step(5)
    for _ in range(restarts):
        tailing.crash().step(5)
    assert tailing.texts() == READ
    assert unreadable(tailing) == {str(generation): generation.stat().st_size}
    generation.chmod(0o644)
    tailing.step(70)
    assert tailing.texts() == LATE
    assert tailing.rotations().count("late") == 1
    assert not unreadable(tailing)
    assert not tailing.abandoned()
    tailing.settle().crash().settle()
    assert tailing.texts() == LATE
    assert len({one.id for one in tailing.got}) == 20


def test_it_is_read_if_it_may_be_after_the_agent_was_down_once_more(missed, log):
    tailing, generation = missed()
    tailing.start().step(5).stop()
    generation.chmod(0o644)
    write(log, numbered(20, 5))
    tailing.start().settle()
    assert sorted(tailing.texts()) == numbered(0, 25)
    assert len({one.id for one in tailing.got}) == 25


def test_it_is_followed_by_its_inode_however_often_it_is_renamed(missed, log):
    tailing, _ = missed()
    tailing.start().step(5)
    rotated(log, numbered(20, 5))
    tailing.step(5).stop()
    rotated(log, numbered(25, 5))
    tailing.start().step(5)
    assert set(unreadable(tailing)) == {f"{log}.3"}
    log.with_name("app.log.3").chmod(0o644)
    tailing.step(70)
    assert tailing.texts() == [*READ, *numbered(20, 10), *numbered(10, 5)]


@pytest.mark.parametrize("readable", [False, True], ids=["denied, too", "readable"])
@pytest.mark.parametrize("state", ["running", "stopped"])
def test_it_is_known_when_somebody_who_may_packs_it(missed, readable, state):
    tailing, generation = missed()
    tailing.start().step(5)
    if state == "stopped":
        tailing.stop()
    generation.chmod(0o644)
    compress(generation)
    packed = generation.with_name(f"{generation.name}.gz")
    packed.chmod(0o644 if readable else 0)
    if state == "stopped":
        tailing.start()
    tailing.step(70).crash().step(5)
    assert tailing.texts() == (LATE if readable else READ)
    packed.chmod(0o644)
    tailing.step(70)
    assert tailing.texts() == LATE
    assert not tailing.abandoned()


def test_several_come_oldest_first(log, follow):
    write(log, numbered(0, 5))
    tailing = follow(log).step(3).stop()
    rotated(log, numbered(5, 5))
    for first in (10, 15, 20):
        denied(rotated(log, numbered(first, 5)))
    tailing.start().step(5)
    assert tailing.texts() == [*numbered(0, 5), *numbered(20, 5)]
    write(log, numbered(25, 5))
    for age in (1, 2, 3):
        log.with_name(f"app.log.{age}").chmod(0o644)
    tailing.step(100)
    late = tailing.texts()[-15:]
    assert late == numbered(5, 15)
    assert sorted(tailing.texts()) == numbered(0, 30)


def test_what_is_never_granted_is_named_and_counted_when_it_is_deleted(missed):
    tailing, generation = missed()
    tailing.start().step(100).crash().step(100)
    size = generation.stat().st_size
    assert unreadable(tailing) == {str(generation): size}
    assert not tailing.abandoned()
    generation.unlink()
    tailing.step(100)
    assert tailing.abandoned() == {"vanished": size}
    assert not unreadable(tailing)
    tailing.crash().step(100)
    assert tailing.abandoned() == {"vanished": size}, "once"
    assert tailing.texts() == READ
    assert {row.state["v"] for row in tailing.rows.values() if "denied" in row.state} == set()


def test_it_is_counted_if_it_was_deleted_while_the_agent_was_down(missed):
    tailing, generation = missed()
    tailing.start().step(5).stop()
    size = generation.stat().st_size
    generation.unlink()
    tailing.start().step(100)
    assert tailing.abandoned() == {"vanished": size}


@pytest.mark.parametrize("restarts", [False, True])
def test_an_archive_of_what_is_known_is_no_new_generation(log, follow, restarts):
    """Nobody knows that before somebody may read it."""
    write(log, numbered(0, 5))
    tailing = follow(log).step(3).stop()
    write(log, numbered(5, 5))
    packed = denied(rotated(log, numbered(10, 5), packs=True))
    tailing.start().step(20)
    assert tailing.texts() == [*numbered(0, 5), *numbered(10, 5)]
    assert not tailing.abandoned()
    if restarts:
        tailing.crash().step(5)
    packed.chmod(0o644)
    tailing.step(70)
    assert tailing.texts() == [*numbered(0, 5), *numbered(10, 5), *numbered(5, 5)]
    assert len({one.id[0] for one in tailing.got}) == 2
    assert not tailing.abandoned()
    assert not [row for row in tailing.rows.values() if "denied" in row.state]


@pytest.mark.parametrize(
    "name", ["app.log.1.gz", "app.1.log.gz", "app-20260102.log.gz", "old/app.log.1.gz", "old/app.1.log.gz"]
)
def test_nothing_of_a_log_is_given_up_while_its_archive_may_not_be_read(log, follow, name):
    """Whatever rotation calls it, and wherever it puts it."""
    write(log, numbered(0, 50))
    tailing = follow(log, block_size=128)
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    read = tailing.texts()
    assert 0 < len(read) < 50
    tailing.stop()
    compress(log)
    archive = log.parent / name
    archive.parent.mkdir(exist_ok=True)
    denied(log.with_name("app.log.gz").rename(archive))
    write(log, numbered(50, 5))
    tailing.start().step(100)
    assert not tailing.abandoned()
    archive.chmod(0o644)
    tailing.step(70).crash().settle()
    assert tailing.texts() == [*read, *numbered(50, 5), *numbered(len(read), 50 - len(read))]
    assert not tailing.abandoned()


def test_what_was_read_of_a_copy_before_is_not_counted_when_the_copy_is_deleted(log, follow):
    write(log, numbered(0, 5))
    tailing = follow(log).step(3).stop()
    write(log, numbered(5, 5))
    copy = log.with_name("app.log.1")
    shutil.copyfile(log, copy)
    denied(copy)
    os.truncate(log, 0)
    write(log, numbered(10, 1))
    tailing.start().step(20)
    copy.unlink()
    tailing.step(100)
    assert tailing.texts() == [*numbered(0, 5), *numbered(10, 1)]
    assert sum(tailing.abandoned().values()) <= sum(len(line) + 1 for line in numbered(5, 5))


def test_history_is_none_of_them(log, follow):
    write(log, numbered(0, 5))
    old = rotated(log, numbered(5, 5))
    denied(old)
    next_tick(log)
    tailing = follow(log).step(3).stop()
    write(log, numbered(10, 5))
    rotated(log, numbered(15, 5))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(5, 15)]
    assert not [row for row in tailing.rows.values() if "denied" in row.state]


def test_one_that_is_readable_again_and_of_no_use_is_in_no_trouble(log, follow):
    """It was opened because something was lost, which is known by now."""
    write(log, numbered(0, 5))
    old = denied(rotated(log, numbered(5, 5)))
    tailing = follow(log).step(3).stop()
    packed = rotated(log, numbered(10, 5), packs=True)
    denied(packed)
    tailing.start().step(5)
    assert len(unreadable(tailing)) == 2
    for path in (packed, log.with_name(f"{old.name[:-1]}2")):
        path.chmod(0o644)
    tailing.step(140)
    assert not unreadable(tailing)
    assert tailing.texts() == numbered(5, 10)


def test_a_log_that_nobody_saw_is_remembered_by_an_agent_that_is_started_again(folder, follow):
    write(folder / "app.log", numbered(0, 3))
    os.utime(folder / "app.log", (0, 0))
    tailing = follow(folder / "*.log")
    tailing.clock.jump(-86400)  # what is written now is younger than the last look
    tailing.step(2).stop()
    write(folder / "new.log.1", numbered(3, 3))
    denied(folder / "new.log.1")
    tailing.start().step(5)
    write(folder / "new.log", numbered(6, 3))
    tailing.step(5).crash().step(5)
    (folder / "new.log.1").chmod(0o644)
    tailing.step(90)
    assert tailing.texts(str(folder / "new.log")) == [*numbered(6, 3), *numbered(3, 3)]
    assert len({one.id for one in tailing.got}) == 9


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("packs", [False, True], ids=["plain", "packed"])
def test_what_stands_in_a_folder_for_old_logs_that_may_not_be_listed(log, follow, packs, restarts):
    old = log.parent / "old"
    old.mkdir()
    write(log, numbered(100, 5))
    log.rename(old / "app.log.3")  # history
    next_tick(old / "app.log.3")
    write(log, numbered(0, 5))
    tailing = follow(log).step(3).stop()
    write(log, numbered(5, 5))
    next_tick(log)
    log.rename(old / "app.log.2")
    write(log, numbered(10, 5))
    next_tick(log)
    log.rename(old / "app.log.1")
    if packs:
        compress(old / "app.log.2")
        compress(old / "app.log.1")
    write(log, numbered(15, 5))
    old.chmod(0)
    tailing.start().step(20)
    assert tailing.texts() == [*numbered(0, 5), *numbered(15, 5)]
    assert unreadable(tailing) == {str(old): 0}
    assert labels(tailing, "unreadable") == ["EACCES"]
    if restarts:
        tailing.crash().step(20)
        assert unreadable(tailing) == {str(old): 0}
    old.chmod(0o755)
    tailing.step(80)
    assert tailing.texts() == [*numbered(0, 5), *numbered(15, 5), *numbered(5, 10)]
    assert tailing.rotations().count("late") == 1, "the other one was known"
    assert not tailing.abandoned()
    assert not unreadable(tailing)
    tailing.crash().settle()
    assert len(tailing.texts()) == 20
    assert not [row for row in tailing.rows.values() if "denied" in row.state]


@pytest.mark.parametrize("what", ["opened", "compared"])
def test_a_disk_that_does_not_give_it_now(log, follow, monkeypatch, what):
    write(log, numbered(0, 200))
    tailing = follow(log).step(3).stop()
    rotated(log, numbered(200, 200))
    bad = rotated(log, numbered(400, 200)).stat().st_ino
    pread = os.pread

    def fails(fd, size, offset):
        if os.fstat(fd).st_ino == bad and (what == "opened" or size >= 512):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return pread(fd, size, offset)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", fails)
        tailing.start().step(5).crash().step(5)
        assert tailing.texts() == [*numbered(0, 200), *numbered(400, 200)]
    tailing.step(70)
    assert tailing.texts() == [*numbered(0, 200), *numbered(400, 200), *numbered(200, 200)]
    assert not tailing.abandoned()
