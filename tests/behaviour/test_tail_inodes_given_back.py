"""A log that gets the inode number which the agent itself has set free a moment ago: its name and number look as before.

logrotate's `renamecopy` deletes the log when it is copied. If the copy is found between two scans (a poll saw something of
the log), the agent closes the original, and the file system gives the number to the log that is written next.
"""

from __future__ import annotations

import shutil

import pytest

from tests.support.tailing import Tailing, numbered, source, write

TRIES = 300
"""New files of which one gets the number that became free last, where numbers are given again (ext4, xfs)."""


def begin_with_inode(log, inode):
    """A new log, with this inode number if that can be had."""
    tries = []
    for number in range(TRIES):
        tries.append(log.parent.parent / f"try.{number}")
        tries[-1].touch()
        if tries[-1].stat().st_ino == inode:
            break
    tries.pop().rename(log)
    for one in tries:
        one.unlink()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same folder", "olddir"])
def test_it_is_read(tmp_path, elsewhere):
    folder = tmp_path / "logs"
    old = folder / "old" if elsewhere else folder
    old.mkdir(parents=True)
    log = folder / "app.log"
    write(log, numbered(0, 20))
    tailing = Tailing(source(folder / "*.log")).step(5)
    known = tailing.tail._sources["app"]
    (follower,) = known.registry.by_key.values()
    inode = log.stat().st_ino
    shutil.copyfile(log, old / "app.log-20260102")
    log.unlink()
    known.generations.check_doubted(follower)
    assert follower.place == str(old / "app.log-20260102")
    begin_with_inode(log, inode)
    write(log, numbered(20, 5))
    tailing.settle()
    assert tailing.texts() == numbered(0, 25)
    tailing.stop()
