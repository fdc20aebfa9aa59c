"""Logs that nobody holds open (there are too many of them), and what happens to them meanwhile."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.tailing import Tailing, numbered, source, write


def close_all(tailing):
    for one in tailing.tail._sources["app"].registry.by_key.values():
        one.release()


@pytest.fixture
def tailing(tmp_path, log):
    write(log, numbered(0, 30))
    tailing = Tailing(source(tmp_path / "app.log*")).step(2)
    yield tailing
    tailing.stop()


@pytest.mark.parametrize("after", [0, 5, 50], ids=["cut", "shorter", "longer"])
@pytest.mark.parametrize("unread", [0, 10])
def test_one_that_is_copied_and_cut_is_not_read_again_from_the_copy(tailing, log, unread, after):
    close_all(tailing)
    write(log, numbered(30, unread))
    shutil.copyfile(log, log.with_name("app.log.1"))
    os.truncate(log, 0)
    write(log, numbered(30 + unread, after))
    tailing.settle()
    write(log, numbered(30 + unread + after, 5))
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 35 + unread + after)
    assert not tailing.abandoned()


def test_one_that_is_cut_and_filled_between_look_and_reading_is_read_from_its_beginning(tailing, log):
    write(log, numbered(30, 10))
    tailing.paused = True
    tailing.step()  # it was seen to have grown
    status = log.stat()
    close_all(tailing)
    os.truncate(log, 0)
    write(log, numbered(40, 40))
    os.utime(log, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert log.stat().st_size == status.st_size
    tailing.paused = False
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 30), *numbered(40, 40)]
