"""Permissions that are taken away and granted again, of files that are open, closed, rotated."""

from __future__ import annotations

import os

import pytest

from tests.support.nobody import folder_of_nobody
from tests.support.tailing import numbered, write


@pytest.fixture
def folder():
    with folder_of_nobody() as made:
        yield made


def labels(tailing, kind):
    return [event.label for event in tailing.events if event.kind == kind]


def test_an_open_log_is_read_on_whatever_its_mode_is_now(folder, follow):
    log = folder / "app.log"
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    with log.open("ab", buffering=0) as writer:
        log.chmod(0)
        writer.write(b"line 000003\n")
        tailing.step(3)
    assert tailing.texts() == numbered(0, 4)


def test_a_log_that_cannot_be_opened_after_a_restart_waits_for_its_permission(folder, follow):
    log = folder / "app.log"
    write(log, numbered(0, 3))
    tailing = follow(log).step().stop()
    write(log, numbered(3, 3))
    log.chmod(0)
    tailing.start().step(5)
    assert tailing.texts() == numbered(0, 3)
    assert labels(tailing, "unreadable") == ["EACCES"], "said once"
    assert "unreadable" in {one.state for one in tailing.tail.status()}
    assert not tailing.abandoned()
    log.chmod(0o644)
    tailing.step(70)
    assert tailing.texts() == numbered(0, 6)
    assert len({one.id for one in tailing.got}) == 6
    assert {one.state for one in tailing.tail.status()} == {"idle"}


def test_a_log_that_was_closed_for_others_waits_for_its_permission(folder, follow):
    names = "abcd"
    for name in names:
        write(folder / name, [f"{name} one"])
    tailing = follow(folder / "*", max_open=1).step(3)
    for name in names:
        write(folder / name, [f"{name} two"])
        (folder / name).chmod(0)
    tailing.step(5)
    for name in names:
        (folder / name).chmod(0o644)
    tailing.step(90)
    for name in names:
        assert tailing.texts(str(folder / name)) == [f"{name} one", f"{name} two"]


def test_a_rotated_log_that_may_not_be_read_does_not_keep_the_live_one_waiting(folder, follow):
    """logrotate creates the new log for us and forgets the old one; when somebody remembers, it is read."""
    log, old = folder / "app.log", folder / "app.log.1"
    write(log, numbered(0, 3))
    tailing = follow(log).step().stop()
    write(log, numbered(3, 3))
    log.rename(old)
    old.chmod(0)
    write(log, numbered(6, 3))
    tailing.start().step(5)
    assert tailing.texts() == [*numbered(0, 3), *numbered(6, 3)]
    old.chmod(0o644)
    tailing.step(200)
    assert sorted(tailing.texts()) == numbered(0, 9)
    assert len({one.id for one in tailing.got}) == 9


def test_a_directory_that_is_closed_and_opened(folder, follow):
    logs = folder / "logs"
    logs.mkdir()
    log = logs / "app.log"
    write(log, numbered(0, 3))
    tailing = follow(logs / "*.log").step()
    writer = log.open("ab", buffering=0)
    logs.chmod(0)
    writer.write(b"line 000003\n")
    tailing.step(5)
    assert tailing.texts() == numbered(0, 4), "what is open is read on"
    logs.chmod(0o755)
    log.rename(logs / "app.log.1")
    writer.write(b"line 000004\n")
    writer.close()
    write(log, numbered(5, 3))
    tailing.step(90)
    assert tailing.texts() == numbered(0, 8)
    assert not tailing.abandoned()


def test_a_generation_of_a_log_that_nobody_saw_is_read_when_it_may_be(folder, follow):
    tailing = follow(folder / "*.log")
    tailing.clock.jump(-86400)  # what is written now is younger than the last look
    write(folder / "app.log", numbered(0, 3))
    os.utime(folder / "app.log", (0, 0))
    tailing.step(2).stop()
    write(folder / "new.log.1", numbered(3, 3))
    (folder / "new.log.1").chmod(0)
    tailing.start().settle().step(60)
    assert tailing.texts() == numbered(0, 3)
    (folder / "new.log.1").chmod(0o644)
    tailing.step(120)
    assert tailing.texts() == numbered(0, 6)
