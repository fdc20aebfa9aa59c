"""A log that was moved out of reach while the agent was down: how much of it nobody read is told, and where it is."""

from __future__ import annotations

import os
import shutil
import zipfile

import pytest

from tests.support.tailing import numbered, write

UNREAD = len("line 000000\n") * 50


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def tailing(logs, follow):
    """An agent that has read the first half of a log, and ended."""
    write(logs / "app.log", numbered(0, 50))
    tailing = follow(logs / "*.log").step(3).stop()
    write(logs / "app.log", numbered(50, 50))
    return tailing


def told(tailing):
    return [event.detail for event in tailing.events if event.kind == "abandoned"]


def into_zip(logs, name, member="app.log", data=None):
    with zipfile.ZipFile(logs / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, (logs / "app.log").read_bytes() if data is None else data)


@pytest.mark.parametrize("goes_on", [True, False], ids=["the log goes on", "no log"])
def test_its_whole_directory_was_renamed(tailing, logs, goes_on):
    logs.rename(logs.with_name("logs.before"))
    if goes_on:
        logs.mkdir()
        write(logs / "app.log", ["new"])
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 50), *["new"] * goes_on]
    assert tailing.abandoned() == {"vanished": UNREAD}
    (detail,) = told(tailing)
    assert str(logs.with_name("logs.before") / "app.log") in detail
    tailing.crash().settle()
    assert tailing.abandoned() == {"vanished": UNREAD}, "once"


@pytest.mark.parametrize("goes_on", [True, False], ids=["the log goes on", "no log"])
@pytest.mark.parametrize("member", ["app.log", "srv/logs/app.log"])
def test_it_was_put_into_a_zip(tailing, logs, member, goes_on):
    into_zip(logs, "old-2026.zip", member)
    if goes_on:
        write(logs / "next", ["new"])  # made while the other one is there: with an inode of its own
        (logs / "next").replace(logs / "app.log")
    else:
        (logs / "app.log").unlink()
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 50), *["new"] * goes_on]
    assert tailing.abandoned() == {"vanished": UNREAD}
    (detail,) = told(tailing)
    assert f"{logs / 'old-2026.zip'} ({member})" in detail


def test_what_was_read_to_its_end_is_not_counted(tailing, logs):
    tailing.start().step(3).stop()
    into_zip(logs, "app.zip")
    logs.rename(logs.with_name("logs.before"))
    tailing.start().settle()
    assert not tailing.abandoned()


def test_other_logs_of_that_name_are_not_it(tailing, logs, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copyfile(logs / "app.log", tmp_path / "other" / "app.log")  # a backup: another inode
    into_zip(logs, "a.zip", data="line 999999\n" * 200)
    into_zip(logs, "b.zip", member="other.log")
    into_zip(logs, "c.zip", data="line 000000\n")
    (logs / "d.zip").write_bytes(b"PK\x03\x04 no archive")
    (logs / "app.log").unlink()
    tailing.start().settle()
    assert not tailing.abandoned(), "nobody knows how long it was"


def test_a_damaged_zip_ends_nothing(tailing, logs):
    into_zip(logs, "app.zip")
    whole = (logs / "app.zip").read_bytes()
    (logs / "app.log").unlink()
    for end in range(0, len(whole), 7):
        (logs / f"{end}.zip").write_bytes(whole[:end])
    (logs / "app.zip").write_bytes(whole[:60] + os.urandom(20) + whole[80:])
    tailing.start().settle()
    assert tailing.tail.at_end()


def test_only_those_that_vanished_while_nobody_looked_are_looked_for(logs, follow):
    """An agent that runs holds what it follows open, wherever it goes."""
    write(logs / "app.log", numbered(0, 50))
    tailing = follow(logs / "*.log").step(3)
    logs.rename(logs.with_name("logs.before"))
    write(logs.with_name("logs.before") / "app.log", numbered(50, 50))
    tailing.settle()
    assert tailing.texts() == numbered(0, 100)
    assert not tailing.abandoned()
