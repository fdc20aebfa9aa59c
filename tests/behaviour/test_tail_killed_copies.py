"""logrotate's copytruncate, killed between the copy and the cut: the log goes on, and the next run copies it once more."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.midlook import Before
from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("left", ["app.log.1-2026010203.backup", "app.log.2"])
@pytest.mark.parametrize("unread", [0, 20])
@pytest.mark.parametrize("state", ["running", "stopped", "stopped after the kill"])
def test_the_copy_that_holds_more_is_read(tmp_path, packed, left, unread, state):
    log, copy = tmp_path / "app.log", tmp_path / "app.log.1"
    tailing = Tailing(source(log))
    write(log, numbered(0, 50))
    tailing.step(3)
    write(log, numbered(50, unread))
    lines = 50 + unread
    if state == "stopped":
        tailing.stop()
    shutil.copy2(log, copy)  # and killed
    if state != "stopped":
        tailing.step()
    if state == "stopped after the kill":
        tailing.stop()
    write(log, numbered(lines, 30))
    copy.rename(tmp_path / left)
    shutil.copy2(log, copy)
    os.truncate(log, 0)
    if packed:
        compress(copy)
    write(log, numbered(lines + 30, 10))
    if state == "running":
        tailing.step()
    else:
        tailing.start()
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, lines + 40)
    assert not tailing.abandoned()
    tailing.stop()


def cut_while_down(log):
    """50 lines were read; they are `app.log.9` now, and ten new ones stand in the log."""
    tailing = Tailing(source(log))
    write(log, numbered(0, 50))
    tailing.step(3).stop()
    shutil.copy2(log, log.with_name("app.log.9"))
    os.truncate(log, 0)
    write(log, numbered(50, 10))
    return tailing


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("kills", [1, 2])
def test_copies_of_a_generation_that_nobody_saw(tmp_path, packed, kills):
    """All of them are new; only the last one is whole."""
    log = tmp_path / "app.log"
    tailing = cut_while_down(log)
    for kill in range(kills + 1):
        copy = tmp_path / f"app.log.{kills + 1 - kill}"
        shutil.copy2(log, copy)
        if packed:
            compress(copy)
        if kill < kills:
            write(log, numbered(60 + 10 * kill, 10))
    os.truncate(log, 0)
    write(log, numbered(60 + 10 * kills, 10))
    tailing.start().settle().crash().settle()
    assert tailing.texts() == numbered(0, 70 + 10 * kills)
    tailing.stop()


def test_a_copy_that_was_packed_when_logrotate_was_killed_and_is_there_twice(tmp_path):
    log = tmp_path / "app.log"
    tailing = cut_while_down(log)
    copy, left = tmp_path / "app.log.1", tmp_path / "app.log.1-2026010203.backup"
    shutil.copy2(log, copy)
    shutil.copy2(log, left)
    os.truncate(log, 0)
    compress(copy)
    write(log, numbered(60, 10))
    tailing.start().settle().crash().settle()
    assert tailing.texts() == numbered(0, 70)
    tailing.stop()


@pytest.mark.parametrize("question", range(40))
def test_the_copy_that_holds_more_is_read_though_it_is_renamed_while_it_is_looked_for(tmp_path, question):
    log, copy = tmp_path / "app.log", tmp_path / "app.log.1"
    tailing = Tailing(source(log))
    write(log, numbered(0, 50))
    tailing.step(3).stop()
    shutil.copy2(log, copy)  # and killed
    write(log, numbered(50, 30))
    copy.rename(tmp_path / "app.log.1-2026010203.backup")
    shutil.copy2(log, copy)
    os.truncate(log, 0)
    compress(copy)
    write(log, numbered(80, 10))
    tailing.start()
    with Before(question, lambda: (tmp_path / "app.log.1.gz").rename(tmp_path / "app.log.2.gz")):
        tailing.step()
    assert tailing.settle().texts() == numbered(0, 90)
    assert tailing.crash().settle().texts() == numbered(0, 90)
    assert not tailing.abandoned()
    tailing.stop()
