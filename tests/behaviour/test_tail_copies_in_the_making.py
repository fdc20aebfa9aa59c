"""The agent starts, or looks, after logrotate copied a log and before it cuts it off."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.tailing import Tailing, numbered, source, write


def copy_of(log):
    return log.with_name(f"{log.name}.1")


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("state", ["running", "killed", "killed, inode unknown"])
def test_a_copy_is_left_alone_until_the_log_is_cut(tmp_path, log, pattern, state):
    write(log, numbered(0, 10))
    tailing = Tailing(source(tmp_path / pattern)).step()
    if state == "killed, inode unknown":  # the log's first content was rotated away by a copy, too
        shutil.copyfile(log, log.with_name("app.log.2"))
        os.truncate(log, 0)
    if state != "running":
        tailing.stop()
    write(log, numbered(10, 10))
    shutil.copyfile(log, copy_of(log))
    if state != "running":
        tailing.start()
    tailing.step(3)
    write(log, numbered(20, 5))
    tailing.step(3)
    os.truncate(log, 0)
    write(log, numbered(25, 5))
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 30)
    assert not tailing.abandoned()
    tailing.stop()


def test_a_copy_that_is_still_growing_is_waited_for(tmp_path, log):
    write(log, numbered(0, 300))
    tailing = Tailing(source(tmp_path / "app.log*")).step()
    whole = log.read_bytes()
    with copy_of(log).open("wb", buffering=0) as copy:
        for start in range(0, len(whole), 64):  # an hour, for a very large log
            copy.write(whole[start : start + 64])
            tailing.step(2)
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == numbered(0, 300)
    tailing.stop()


def test_one_copy_after_another_under_one_name_and_of_one_size(tmp_path, log):
    """Each has its own ten seconds."""
    write(log, numbered(0, 200))
    tailing = Tailing(source(tmp_path / "app.log*")).step()
    for turn in range(1, 30):
        for number in range(turn, 0, -1):
            if (old := log.with_name(f"app.log.{number}")).exists():
                old.rename(log.with_name(f"app.log.{number + 1}"))
        shutil.copyfile(log, copy_of(log))
        tailing.step()
        os.truncate(log, 0)
        write(log, numbered(turn * 200, 200))
        tailing.step()
    tailing.settle()
    assert tailing.texts() == numbered(0, 30 * 200)
    tailing.stop()
