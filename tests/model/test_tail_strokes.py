"""Random programs in which single calls of logrotate and of the program that logs come between any two questions of a look.

The agent looks, reads a little, rolls back, is killed, is down; all that survives it is what was committed. Afterwards:
every line of which some file held anything is there, once, under one id, in the order in which it was written.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections import Counter

import pytest

from tests.support.rotationmodes import MODES
from tests.support.strokes import LoggedTo
from tests.support.tailing import Dated, source

QUESTIONS = {os.stat, os.lstat, os.fstat, os.open, os.scandir, os.pread, os.path.exists}
MOST_STROKES = 60
"""In one look: a log that is written to at each question of its reader has no end."""
PATIENCE = 4.0
"""Seconds that one rotation takes at most: it is an agent's right to think of it as over some time."""


class Between:
    """Lets strokes fall before some of the questions the tailer asks the system."""

    def __init__(self, choose, share, stroke):
        self._choose, self.share, self._stroke = choose, share, stroke
        self._left = MOST_STROKES

    def __enter__(self):
        if self.share:
            sys.setprofile(self._notice)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def _notice(self, _frame, event, called):
        if event == "c_call" and called in QUESTIONS and self._choose.random() < self.share and self._left:
            self._left -= 1
            sys.setprofile(None)
            for _ in range(self._choose.choice([1, 1, 1, 2])):
                self._stroke("  ")
            sys.setprofile(self._notice)


class Program:
    """One random program, and the story of it."""

    modes = MODES

    def __init__(self, folder, mode, seed):
        self.choose = random.Random(seed)
        self.story = []
        self.log = LoggedTo(folder / "app.log", self.modes[mode], self.choose)
        pattern = self.log.log if self.choose.random() < 0.7 else f"{self.log.log}*"
        self.log.write(3)
        self.tailing = self.new_tailing(source(pattern), block_size=self.choose.choice([128, 4096])).step()
        self.left = 0.0
        self.moves = [self.step, self.step, self.step, self.little, self.refused, self.killed, self.down]

    def new_tailing(self, config, **options):
        return Dated(config, **options)

    def stroke(self, indent=""):
        self.story.append(indent + self.log.stroke())

    def run(self, length):
        for _ in range(length):
            for _ in range(self.choose.choice([0, 0, 1, 3])):
                self.stroke()
            self.choose.choice(
                [self.step, self.step, self.step, self.little, self.refused, self.killed, self.down]
            )()
        self.last_strokes()
        self.story.append("logrotate ends, settle")
        self.tailing.settle()
        self.some_lines()
        self.tailing.step(5)

    def last_strokes(self):
        self.log.finish()
        self.log.write(2)

    def some_lines(self):
        self.log.write(3)

    # The agent

    def step(self):
        with self._look("steps") as between:
            self.tailing.step(seconds=0)
        self.log.left_behind &= bool(between.share)

    def little(self):
        with self._look("reads a little"):
            self.tailing.tail.scan()
            chunks = self.tailing.tail.read(1)
        self.tailing.commit(chunks)

    def refused(self):
        with self._look("is refused"):
            self.tailing.tail.scan()
            for chunk in self.tailing.tail.read(1 << 20):
                self.tailing.tail.rolled_back(chunk)

    def killed(self):
        with self._look("looks and is killed"):
            self.tailing.tail.scan()
            self.tailing.tail.read(1 << 20)
        self.tailing.crash()

    def down(self):
        self.story.append("stops")
        self.tailing.stop()
        for _ in range(self.choose.choice([1, 5, 20])):
            self.log.may_begin = not self.log.rotating
            self.stroke()
        self.story.append("starts")
        self.tailing.start()

    def _look(self, what):
        self.log.may_begin = not self.log.rotating
        self._wait()
        share = self.choose.choice([0, 0.02, 0.05, 0.1, 0.2])
        self.story.append(f"{what} {share}")
        return Between(self.choose, share, self.stroke)

    def _wait(self):
        seconds = self.choose.choice([0.0, 0.01, 0.1, 0.15, 0.3, 1.0, 7.0])
        if self.log.rotating or self.log.stranded:
            seconds = min(seconds, 0.3, self.left)
            self.left -= seconds
        else:
            self.left = PATIENCE
        self.tailing.clock.advance(seconds)

    # What must hold

    def texts(self):
        return self.tailing.texts()

    def given_up(self):
        return self.tailing.abandoned()

    def faults(self):
        if self.log.mode.same:
            return self._faults_of_equal_lines()
        # Of a line whose file was destroyed, a copy that was interrupted may hold a beginning.
        halves = {line[:length] for line in self.log.destroyed for length in range(1, len(line))}
        got = [text for text in self.texts() if text not in halves]
        wanted = [line for line in self.log.lines if line not in self.log.destroyed or line in set(got)]
        faults = []
        if len(got) != len(set(got)):
            faults.append(f"twice: {sorted({one for one in got if got.count(one) > 1})[:5]}")
        if missing := set(wanted) - set(got):
            faults.append(f"missing: {sorted(missing)[:5]}")
        if alien := set(got) - set(wanted):
            faults.append(f"nobody wrote: {sorted(alien)[:5]}")
        if not faults and got != wanted:
            late = next(one for one, other in zip(got, wanted, strict=True) if one != other)
            faults.append(f"order: {late}")
        lost = sum(len(line) + 1 for line in self.log.destroyed - set(got))
        given_up = self.given_up()
        if given_up.total() > lost:
            faults.append(f"abandoned: {given_up}, lost: {lost}")
        return faults

    def _faults_of_equal_lines(self):
        """Nobody can tell which of them is which; but how many there are, and that each has an id of its own."""
        got, wrote = Counter(self.texts()), Counter(self.log.lines)
        faults = []
        if twice := got - wrote:
            faults.append(f"too many: {twice}")
        if missing := wrote - got:
            faults.append(f"missing: {missing}")
        if len({one.id for one in self.tailing.got}) < len(self.tailing.got):
            faults.append("one id for two lines")
        if given_up := self.given_up():
            faults.append(f"abandoned: {given_up}")
        return faults

    def outcome(self, length):
        """Its faults, of an agent that is killed in the end, too; and its story."""
        try:
            self.run(length)
            faults = self.faults()
            if not faults:
                self.tailing.crash().settle()
                faults = self.faults()
            return faults, self.story
        finally:
            self.end()

    def end(self):
        self.tailing.stop()
        self.log.close()


def check(folder, mode, seed, length):
    folder.mkdir()
    return Program(folder, mode, seed).outcome(length)


@pytest.mark.parametrize("mode", MODES)
def test_every_line_once_in_order(tmp_path, mode):
    for seed in range(20):
        faults, story = check(tmp_path / str(seed), mode, seed, length=6)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])


@pytest.mark.parametrize(
    ("mode", "seed", "length"),
    [
        ("copytruncate_compress", 4211, 8),
        ("heedless_dateext_compress", 4025, 8),
        ("heedless_dateext_compress", 4151, 8),
        ("heedless_dateext_compress", 4167, 8),
        ("heedless_delaycompress", 4167, 8),
        ("heedless", 4045, 8),
        ("heedless", 30090, 8),
        ("copytruncate_delaycompress", 30021, 8),
        ("heedless_dateext_compress", 10144, 14),
        ("heedless_delaycompress", 10061, 14),
    ],
)
def test_programs_that_once_lost_or_doubled_lines(tmp_path, mode, seed, length):
    faults, story = check(tmp_path / "program", mode, seed, length)
    assert not faults, "\n".join([str(faults), *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
def test_a_thousand_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 2000):
        folder = tmp_path / str(seed)
        faults, story = check(folder, mode, seed, length=6)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
        shutil.rmtree(folder)
