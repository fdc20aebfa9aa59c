"""Logs that somebody moves out of the way by hand, to a name that no rotation gives, and packs there."""

from __future__ import annotations

import pytest

from tests.support.rotating import compress
from tests.support.tailing import numbered, write


@pytest.mark.parametrize("pattern", ["*.log", "*.log*"])
@pytest.mark.parametrize("name", ["app.log.save", "foo.log", "app.log.1", "app-old.log", "saved/app.log"])
@pytest.mark.parametrize("state", ["running", "read to its end", "stopped"])
def test_its_archive_is_the_log(tmp_path, follow, log, pattern, name, state):
    aside = tmp_path / name
    aside.parent.mkdir(exist_ok=True)
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / "**" / pattern).step()
    write(log, numbered(10, 10))
    if state == "stopped":
        tailing.stop()
    log.rename(aside)
    write(log, numbered(20, 3))
    if state == "stopped":
        tailing.start().step().stop()
    else:
        tailing.step(1 if state == "running" else 30)
    compress(aside)
    if state == "stopped":
        tailing.start()
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 23)
    assert not tailing.abandoned()


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_what_was_not_read_of_it_is_read_from_its_archive(tmp_path, follow, log, state):
    """The outbox was full all the time."""
    aside = tmp_path / "app.log.save"
    write(log, numbered(0, 100))
    tailing = follow(tmp_path / "*.log*")
    tailing.step().paused = True
    write(log, numbered(100, 100))
    log.rename(aside)
    write(log, numbered(200, 3))
    tailing.step().commit([])
    if state == "stopped":
        tailing.stop()
    compress(aside)
    if state == "stopped":
        tailing.start()
    tailing.paused = False
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 203)
    assert {one.path for one in tailing.got} == {str(log)}


@pytest.mark.parametrize("pattern", ["*.log", "*.log*"])
@pytest.mark.parametrize("read", [0, 10, 20])
def test_moved_and_packed_while_nobody_looked(tmp_path, follow, log, pattern, read):
    """Nobody ever saw the name that it had in between."""
    write(log, numbered(0, read or 10))
    tailing = follow(tmp_path / pattern)
    tailing.paused = not read
    tailing.step().commit([])
    tailing.stop()
    write(log, numbered(read or 10, 20 - (read or 10)))
    aside = tmp_path / "app.log.save"
    log.rename(aside)
    compress(aside)
    write(log, numbered(20, 3))
    tailing.start()
    tailing.paused = False
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 23)
    assert {one.path for one in tailing.got} == {str(log)}
    assert not tailing.abandoned()


def test_an_archive_beside_it_that_holds_something_else_is_its_own(tmp_path, follow, log):
    aside = tmp_path / "app.log.save"
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / "*.log*").step()
    log.rename(aside)
    write(log, numbered(10, 3))
    tailing.step(30)
    aside.unlink()
    write(aside, numbered(500, 10))
    compress(aside)
    tailing.settle().crash().settle()
    assert sorted(tailing.texts()) == [*numbered(0, 13), *numbered(500, 10)]
