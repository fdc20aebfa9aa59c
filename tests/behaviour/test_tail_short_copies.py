"""copytruncate while the agent is quicker than logrotate: the copy ends before what was read of the log."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write

PATTERNS = ["app.log", "app.log*"]


def copy_of(log, number=1):
    return log.with_name(f"{log.name}.{number}")


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("state", ["running", "killed before the cut", "killed after it", "stopped"])
def test_lines_read_between_copy_and_cut_do_not_bring_the_copy_back(tmp_path, log, pattern, packed, state):
    tailing = Tailing(source(tmp_path / pattern))
    for turn in range(20):  # many small reads, so that guards were thinned out
        write(log, numbered(turn * 10, 10))
        tailing.step()
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(200, 5))
    tailing.step()
    if state == "killed before the cut":
        tailing.crash()
    if state == "stopped":
        tailing.stop()
    os.truncate(log, 0)
    if packed:
        compress(copy_of(log))
    if state == "killed after it":
        tailing.crash()
    write(log, numbered(205, 3))
    if state == "stopped":
        tailing.start()
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 208)
    assert tailing.rotations() == ["copytruncate"]
    assert not tailing.abandoned()
    tailing.stop()


def test_a_copy_of_a_log_that_was_read_once_is_known_by_its_head(tmp_path, log):
    write(log, numbered(0, 100))
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(100, 5))
    tailing = Tailing(source(log)).step()
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == numbered(0, 105)
    tailing.stop()


def test_a_copy_that_ends_within_the_head_of_its_log_is_known_by_the_beginning_of_that(tmp_path, log):
    write(log, numbered(0, 60))  # 720 bytes: the log, seen when it has more, has a head of 1024
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(60, 40))
    tailing = Tailing(source(log)).step()
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == numbered(0, 100)
    tailing.stop()


def test_a_copy_that_was_made_between_look_and_read_is_older_than_what_was_read(tmp_path, log):
    write(log, numbered(0, 50))
    tailing = Tailing(source(f"{log}*")).step()
    shutil.copyfile(log, copy_of(log, 2))
    os.truncate(log, 0)
    tailing.settle()
    write(log, numbered(50, 50))
    long_ago = time.time_ns() - 5_000_000_000
    os.utime(log, ns=(long_ago, long_ago))
    tailing.clock.advance(1.0)
    tailing.tail.scan()
    write(log, numbered(100, 5))
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(105, 5))
    tailing.commit(tailing.tail.read(1 << 20))
    assert tailing.texts() == numbered(0, 110), "read beyond what the look saw"
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == numbered(0, 110)
    tailing.stop()


def test_a_copy_under_the_inode_of_an_older_one_is_left_alone_until_the_log_is_cut(tmp_path, log):
    write(log, numbered(0, 50))
    tailing = Tailing(source(f"{log}*")).step()
    shutil.copyfile(log, copy_of(log))
    os.truncate(log, 0)
    tailing.settle()  # the copy was read, and nobody holds it open
    write(log, numbered(50, 50))
    tailing.step()
    copy_of(log).write_bytes(log.read_bytes())
    tailing.step(2)
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == numbered(0, 100)
    tailing.stop()


def test_a_copy_too_short_to_prove_anything_is_read_again(tmp_path, log):
    write(log, numbered(0, 2))
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(2, 5))
    shutil.copystat(log, copy_of(log))  # as logrotate does; one that is older is not asked
    tailing = Tailing(source(log)).step()
    os.truncate(log, 0)
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 7), *numbered(0, 2)]
    tailing.stop()


def test_the_short_copy_may_be_shifted_and_compressed_later(tmp_path, log):
    write(log, numbered(0, 50))
    tailing = Tailing(source(f"{log}*")).step()
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(50, 5))
    tailing.step()
    os.truncate(log, 0)
    tailing.settle()
    for number in (1, 2):
        copy_of(log, number).rename(copy_of(log, number + 1))
        tailing.step()
    compress(copy_of(log, 3))
    write(log, numbered(55, 5))
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 60)
    tailing.stop()


def test_what_was_seen_between_copy_and_cut_and_not_read_is_counted(tmp_path, log):
    write(log, numbered(0, 50))
    tailing = Tailing(source(log)).step()
    shutil.copyfile(log, copy_of(log))
    write(log, numbered(50, 5))
    tailing.step()
    tailing.paused = True
    write(log, numbered(55, 5))
    tailing.step()
    os.truncate(log, 0)
    tailing.paused = False
    tailing.settle()
    assert tailing.texts() == numbered(0, 55)
    assert tailing.abandoned() == {"truncated": 5 * len("line 000000\n")}
    tailing.stop()


def test_a_file_that_begins_alike_and_goes_on_otherwise_is_a_log_of_its_own(tmp_path, log):
    banner = "#" * 2000
    write(log, [banner])
    tailing = Tailing(source(f"{log}*")).step()
    for turn in range(20):
        write(log, numbered(turn * 10, 10))
        tailing.step()
    # Cut without a copy; another one with the same banner came and was copied before anybody looked.
    write(copy_of(log), [banner, *numbered(900, 190)])
    os.truncate(log, 0)
    write(log, [banner, *numbered(1090, 2)])
    tailing.settle()
    assert sorted(tailing.texts()) == sorted(
        [*[banner] * 3, *numbered(0, 200), *numbered(900, 190), *numbered(1090, 2)]
    )
    tailing.stop()
