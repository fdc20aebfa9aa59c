"""`renamecopy` with `compress`: the archive has the time of the log, which is before the copy was made that it was packed from."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.rotating import compress
from tests.support.tailing import Tailing, next_tick, numbered, source, write


@pytest.mark.parametrize("state", ["running", "stopped", "stopped at the end"])
def test_an_archive_of_a_copy_that_is_known_is_not_read_again(tmp_path, state):
    log, temporary, copy = tmp_path / "app.log", tmp_path / "app.log.tmp", tmp_path / "app.log-20260102"
    tailing = Tailing(source(log))
    tailing.clock.jump(
        -300
    )  # its clock goes ahead of that of the files, and the log was found before it was copied
    write(log, numbered(0, 20))
    tailing.step(2)
    log.rename(tmp_path / "app.log-20260101")  # which is known, so that a younger one is read
    write(log, numbered(20, 10))
    tailing.step(2).stop()
    write(log, numbered(30, 3))  # so that the copy is read from
    next_tick(log)
    log.rename(temporary)
    written = temporary.stat().st_mtime_ns
    log.touch()
    shutil.copyfile(temporary, copy)
    temporary.unlink()
    tailing.clock.jump(300)
    tailing.start().settle()
    if state == "stopped":
        tailing.stop()
    write(log, numbered(33, 3))
    compress(copy)
    os.utime(f"{copy}.gz", ns=(written, written))
    if state == "stopped at the end":
        tailing.stop()
    if state != "running":
        tailing.start()
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 36)
    assert not tailing.abandoned()
    tailing.stop()
