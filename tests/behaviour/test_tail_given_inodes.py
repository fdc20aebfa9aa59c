"""A file whose inode's number is given to the next file of its name at once, between two looks: to a listing it is the same."""

from __future__ import annotations

import os

from tests.support.rotating import compress
from tests.support.tailing import Tailing, next_tick, numbered, source, write


def test_the_next_file_of_that_name_is_found_though_what_was_read_is_found_elsewhere(tmp_path):
    log, old = tmp_path / "logs" / "app.log", tmp_path / "logs" / "app.log.1"
    log.parent.mkdir()
    write(log, numbered(0, 20))
    tailing = Tailing(source(f"{log}*")).step()
    log.rename(old)
    write(log, numbered(20, 20))
    tailing.settle()
    number = old.stat().st_ino
    # Two rotations: what was packed is `.2` by now, and what is `.1` has the inode that the packed one had.
    aside = log.with_name("aside")
    os.link(old, aside)
    compress(old)
    old.with_name("app.log.1.gz").rename(log.with_name("app.log.2.gz"))
    next_tick(log)
    os.truncate(aside, 0)
    write(aside, numbered(40, 20))
    aside.rename(old)
    assert old.stat().st_ino == number
    assert sorted(tailing.settle().texts()) == numbered(0, 60)
    assert sorted(tailing.crash().settle().texts()) == numbered(0, 60)
    assert not tailing.abandoned()
    tailing.stop()
