"""A job says the same each night, where inodes have no birth: tmpfs before Linux 6, ext3, XFS of version 4."""

from __future__ import annotations

import random

import pytest

from tests.support.clocks import DatedByFiles
from tests.support.inodes import Inodes
from tests.support.midlook import Before
from tests.support.rotating import compress
from tests.support.tailing import Tailing, next_tick, numbered, source, write


class Dated(Tailing):
    """Has the wall clock of the files."""

    def _new(self):
        if not isinstance(self.clock, DatedByFiles):
            self.clock = DatedByFiles()
        return super()._new()


class Job:
    """Nights are longer than what time stamps tell apart."""

    def __init__(self, log, *, packs):
        self.log, self._packs = log, packs
        self.said = []

    def say(self, count):
        write(self.log, numbered(0, count))
        self.said += numbered(0, count)
        next_tick(self.log)

    def rotate(self):
        for number in range(9, 0, -1):
            for extension in ("", ".gz"):
                old = self._old(f"{number}{extension}")
                if old.exists():
                    old.rename(self._old(f"{number + 1}{extension}"))
        self.log.rename(self._old(1))
        if self._packs:
            compress(self._old(1))

    def _old(self, suffix):
        return self.log.with_name(f"{self.log.name}.{suffix}")


@pytest.fixture
def log(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    with Inodes(folder, random.Random(0), reuse=0.0, generations=False, births=False):
        yield folder / "app.log"


@pytest.mark.parametrize("packs", [False, True])
@pytest.mark.parametrize("nights", [(12, 8, 20), (12, 20, 8), (12, 8, 8), (12, 12, 12)])
def test_each_night_while_the_agent_was_down_is_read(log, nights, packs):
    job = Job(log, packs=packs)
    job.say(nights[0])
    tailing = Dated(source(log)).step(seconds=0).stop()
    for night in nights[1:]:
        job.rotate()
        job.say(night)
    tailing.start().settle()
    assert sorted(tailing.texts()) == sorted(job.said)
    job.rotate()
    job.say(16)
    assert sorted(tailing.settle().texts()) == sorted(job.said)
    assert sorted(tailing.crash().settle().texts()) == sorted(job.said)
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("question", range(3, 123, 10))
def test_each_night_is_read_when_the_log_is_rotated_in_the_moment_of_a_look(log, question):
    """Until then an older one may be the copy of a log that is about to be cut."""
    job = Job(log, packs=False)
    job.say(12)
    tailing = Dated(source(log)).step(seconds=0).stop()
    for night in (8, 20):
        job.rotate()
        job.say(night)
    tailing.start()
    with Before(question, job.rotate) as between:
        tailing.step(seconds=0)
    assert between.happened
    job.say(16)
    assert sorted(tailing.settle().texts()) == sorted(job.said)
    assert not tailing.abandoned()
    tailing.stop()
