"""Copies of a log that goes on: logrotate's `copy`, or somebody who saved it. They are read from the log, and only there."""

from __future__ import annotations

import os
import shutil

import pytest

from logsource.tail.mounts import Mounts
from tests.support.mounting import MountTable, mounted
from tests.support.rotating import compress
from tests.support.tailing import Tailing, next_tick, numbered, source, write


@pytest.fixture
def tailing(tmp_path, log):
    write(log, numbered(0, 10))
    tailing = Tailing(source(tmp_path / "app.log*")).step()
    yield tailing
    tailing.stop()


def copied(log, number, *, packed=False):
    for old in range(number, 0, -1):
        for name in (f"{log.name}.{old}", f"{log.name}.{old}.gz"):
            if (path := log.with_name(name)).exists():
                path.rename(log.with_name(name.replace(f".log.{old}", f".log.{old + 1}")))
    shutil.copyfile(log, log.with_name("app.log.1"))
    if packed:
        compress(log.with_name("app.log.1"))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("state", ["running", "stopped"])
def test_copies_of_a_log_that_grows_are_never_read(tailing, log, packed, state):
    for turn in range(1, 5):
        if state == "stopped":
            tailing.stop()
        copied(log, turn, packed=packed)
        write(log, numbered(turn * 10, 10))
        if state == "stopped":
            tailing.start()
        tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 50)
    assert len({one.id[:2] for one in tailing.got}) == 1
    assert not tailing.abandoned()


@pytest.mark.parametrize("seconds", [3, 3600])
def test_one_that_is_cut_long_after_it_was_copied_loses_nothing(tailing, log, seconds):
    write(log, numbered(10, 10))
    tailing.stop()
    write(log, numbered(20, 10))
    copied(log, 1)
    tailing.start().step(20, seconds=seconds / 20)
    os.truncate(log, 0)
    write(log, numbered(30, 5))
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 35)
    assert not tailing.abandoned()


def test_what_was_not_read_when_the_log_is_cut_is_read_from_the_copy(tailing, log):
    tailing.paused = True
    write(log, numbered(10, 10))
    copied(log, 1)
    tailing.step(30)
    os.truncate(log, 0)
    write(log, numbered(20, 5))
    tailing.paused = False
    assert tailing.settle().texts() == numbered(0, 25)
    assert not tailing.abandoned()


def test_a_first_agent_reads_the_log_and_not_its_copies(tmp_path, log):
    write(log, numbered(0, 10))
    copied(log, 1)
    write(log, numbered(10, 10))
    copied(log, 2, packed=True)
    for once in (False, True):
        tailing = Tailing(source(tmp_path / "app.log*"), once=once).settle()
        assert tailing.texts() == numbered(0, 20)
        assert tailing.tail.at_end()
        tailing.stop()


def test_a_large_copy_is_told_by_samples(tailing, log):
    lines = [f"{number:07d} {'.' * 1000}" for number in range(20_000)]
    write(log, lines)
    copied(log, 1)
    write(log, numbered(10, 10))
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 10), *lines, *numbered(10, 10)]


def test_a_copy_that_somebody_wrote_to_is_a_file_of_its_own(tailing, log):
    copied(log, 1)
    tailing.settle()
    write(log.with_name("app.log.1"), ["written by hand"])
    write(log, numbered(10, 5))
    tailing.settle()
    assert sorted(tailing.texts()) == sorted([*numbered(0, 10), "written by hand", *numbered(0, 15)])


def test_where_inodes_have_no_birth_a_copy_is_read_if_no_cut_follows(tmp_path, log):
    """Nothing tells it from a generation that says the same; equal content never hides a file."""
    write(log, numbered(0, 10))
    mounts = Mounts(MountTable(mounted(log)))  # overlayfs: files may be on another device than folders
    tailing = Tailing(source(tmp_path / "app.log*"), mounts=mounts).step()
    copied(log, 1)
    assert tailing.step(5).texts() == numbered(0, 10)
    assert tailing.settle().texts() == numbered(0, 10) * 2
    tailing.stop()


def test_an_elder_generation_that_says_the_same_is_read(tmp_path, log):
    write(log, numbered(0, 5))
    next_tick(log)
    log.rename(log.with_name("app.log.1"))
    write(log, numbered(0, 8))
    tailing = Tailing(source(tmp_path / "app.log*")).settle()
    assert tailing.texts() == [*numbered(0, 5), *numbered(0, 8)]
    tailing.stop()


def test_an_archive_that_a_killed_logrotate_left_is_not_read_beside_the_one_that_took_its_place(tailing, log):
    log.rename(log.with_name("app.log.1"))
    shutil.copyfile(log.with_name("app.log.1"), log.with_name("packed"))
    compress(log.with_name("packed"))
    log.with_name("packed.gz").rename(log.with_name("app.log.1.gz-2026112209.backup"))
    compress(log.with_name("app.log.1"))
    write(log, numbered(10, 5))
    tailing.settle()
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 15)
