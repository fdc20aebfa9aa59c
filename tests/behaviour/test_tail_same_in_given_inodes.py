"""A job says the same each night, and the next log gets the inode number of one that was packed and deleted."""

from __future__ import annotations

import os
import random
import sys

import pytest

from tests.support.clocks import DatedByFiles
from tests.support.inodes import Inodes
from tests.support.rotating import compress
from tests.support.tailing import Tailing, dated, next_tick, numbered, source, write


class Job:
    """What it says begins alike each night; the nights are longer than what time stamps tell apart."""

    def __init__(self, folder):
        self.log = folder / "app.log"
        self.nights = 0

    def say(self, count):
        """Some lines; of what was begun in this night they are the next."""
        first = self.log.read_bytes().count(b"\n") if self.log.exists() else 0
        write(self.log, numbered(first, count))
        next_tick(self.log)

    def rotate(self):
        """logrotate with `compress`: when it is through, what was the log has no name any more."""
        for number in range(self.nights, 0, -1):
            self._old(f"{number}.gz").rename(self._old(f"{number + 1}.gz"))
        self.nights += 1
        self.log.rename(self._old(1))
        self.log.touch()  # the program reopens, before its old log gives back its number
        next_tick(self._old(1))
        compress(self._old(1))
        next_tick(self.log)

    def _old(self, suffix):
        return self.log.with_name(f"{self.log.name}.{suffix}")


class Dated(Tailing):
    """Has the wall clock of the files."""

    def _new(self):
        if not isinstance(self.clock, DatedByFiles):
            self.clock = DatedByFiles()
        return super()._new()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


class BeforeOpening:
    """Something happens before the tailer opens a path for the nth time (from 0)."""

    def __init__(self, path, nth, happens):
        self._path, self._left, self._happens = str(path), nth, happens

    def __enter__(self):
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    @property
    def happened(self):
        return self._left < 0

    def _notice(self, frame, event, called):
        if event == "c_call" and called is os.open and frame.f_locals.get("path") == self._path:
            self._left -= 1
            if self.happened:
                sys.setprofile(None)
                self._happens()


def test_what_was_found_before_its_inode_was_made_anew_is_no_elder_generation(folder):
    """The row is as old as the log that had the number first; what it says of what holds it now begins with that."""
    moments = 0
    for nth in range(6):
        home = folder / str(nth)
        home.mkdir()
        with Inodes(home, random.Random(0), reuse=1.0) as inodes:
            job = Job(home)
            job.say(12)
            tailing = Dated(source(job.log)).step(seconds=0).stop()
            number = job.log.stat().st_ino
            job.rotate()
            job.say(8)
            job.rotate()
            job.say(20)
            assert job.log.stat().st_ino == number
            assert inodes.reused
            tailing.start()
            with BeforeOpening(home / "app.log.1.gz", nth, job.rotate) as between:
                tailing.tail.scan()
            moments += between.happened
            tailing.commit([])
            tailing.settle()
            assert sorted(tailing.texts()) == sorted([*numbered(0, 12), *numbered(0, 8), *numbered(0, 20)]), (
                nth
            )
            assert not tailing.abandoned()
            tailing.stop()
    assert moments


@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("before", [8, 20])
def test_an_archive_that_was_there_before_the_log_was_made_is_not_what_becomes_of_the_log(
    folder, before, state
):
    """The agent knows the log, and not that archive: it is history that nobody asked for."""
    job = Job(folder)
    job.say(before)
    job.rotate()
    job.say(12)
    tailing = Dated(source(job.log)).step(seconds=0)
    if state == "stopped":
        tailing.stop()
    job.rotate()
    job.say(16)
    if state == "stopped":
        tailing.start()
    tailing.settle()
    job.rotate()
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 12), *numbered(0, 16)]
    assert not tailing.abandoned()
    tailing.stop()


def test_an_archive_that_is_put_back_is_not_what_becomes_of_a_log_that_was_made_after_it(folder):
    """Of the log nothing was read yet, so it is known by nothing but how it begins."""
    job = Job(folder)
    job.say(20)
    tailing = Dated(source(job.log)).step(seconds=0)
    aside = folder.parent / "app.log.1"
    job.log.rename(aside)
    compress(aside)
    next_tick(aside.with_name("app.log.1.gz"))
    tailing.settle()
    job.say(12)
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit([])
    tailing.stop()
    aside.with_name("app.log.1.gz").rename(folder / "app.log.1.gz")
    job.nights = 1
    job.rotate()
    job.say(8)
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 20), *numbered(0, 12), *numbered(0, 8)]
    tailing.stop()


def test_lines_that_state_their_times_are_not_said_again_whatever_the_clock_said_when_they_were_packed(
    folder,
):
    """To the file system the archive is older than the log: the clock was set back, and then right again."""
    log, archive = folder / "app.log", folder.parent / "app.log.gz"
    write(folder.parent / "app.log", dated(0, 25))
    compress(folder.parent / "app.log")
    next_tick(archive)
    write(log, dated(0, 20))
    tailing = Dated(source(log)).step(seconds=0).stop()
    log.unlink()
    archive.rename(folder / "app.log.1.gz")
    assert tailing.start().settle().texts() == dated(0, 25)
    tailing.stop()
