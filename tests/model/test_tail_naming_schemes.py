"""Random programs over ways to name generations, ways to name files in `paths`, ways to pack, and what the agent does meanwhile.

Whole rotations, on a file system that gives inode numbers away at once: every line comes once, in its order, under the path
of the log. Where `paths` name generations that are called like logs, and not their log, no order is promised.
"""

from __future__ import annotations

import random

import pytest

from tests.support.clocks import DatedByFiles
from tests.support.inodes import Inodes
from tests.support.rolled import Rolled
from tests.support.schemes import SCHEMES
from tests.support.tailing import Tailing, source


class Dated(Tailing):
    """Has the wall clock of the files."""

    def _new(self):
        if not isinstance(self.clock, DatedByFiles):
            self.clock = DatedByFiles()
        return super()._new()


class Program:
    """One random program, and the story of it."""

    def __init__(self, folder, scheme, seed):
        self.choose = choose = random.Random(seed)
        # `app.1.log` that is `app.2.log.gz` at the next look: if nobody asks for `app.log`, two logs, and read twice.
        two_logs = scheme.keeps_extension and scheme.renames
        self.paths = choose.choice(["log", "all", "tree"] if two_logs else ["log", "all", "tree", "archives"])
        packs = choose.choice(["", "now", "later"])
        self.story = [f"{scheme.log}, paths: {self.paths}, packs: {packs or 'never'}"]
        self.log = Rolled(folder, scheme, packs, choose, self.story)
        self.loose = self.paths == "archives" and scheme.keeps_extension
        patterns = {
            "log": [scheme.log],
            "all": [f"{self.log.log.stem}*", scheme.archives, *(scheme.folder and [f"{scheme.folder}/*"])],
            "tree": ["**/*"],
            "archives": [scheme.archives],
        }[self.paths]
        self.log.write()
        config = source(*(folder / one for one in patterns), olddir=[scheme.olddir] if scheme.olddir else [])
        self.tailing = Dated(config, block_size=choose.choice([128, 4096])).step(choose.choice([1, 1, 3]))

    def run(self):
        """What is wrong in the end, or empty."""
        for _ in range(self.choose.choice([2, 3, 5])):
            self._rotations()
            if fault := self._fault():
                return fault
        self.story.append("settles")
        self.tailing.settle()
        if fault := self._fault(end=True):
            return fault
        self.tailing.crash().settle()
        if fault := self._fault(end=True):
            return f"after another start, {fault}"
        paths = {one.path for one in self.tailing.got}
        if self.paths != "archives" and paths != {str(self.log.log)}:
            return f"paths {paths}"
        return f"given up: {self.tailing.abandoned()}" if self.tailing.abandoned() else ""

    def _fault(self, *, end=False):
        got = self.tailing.texts()
        wanted = self.log.rotated if self.paths == "archives" else [*self.log.rotated, *self.log.live]
        if self.loose:
            fine = len(set(got)) == len(got) and (set(got) == set(wanted) if end else set(got) <= set(wanted))
        else:
            fine = got == wanted if end else got == wanted[: len(got)]
        return "" if fine else f"lines {[one[5:11] for one in got]}, not {[one[5:11] for one in wanted]}"

    def _rotations(self):
        what = self.choose.choice(
            ["running", "looks between", "behind", "down", "down", "paused", "killed", "reads a little"]
        )
        times = self.choose.choice([1, 1, 2, 3])
        self.story.append(f"{what}, {times}")
        self.log.delete_oldest(self.tailing.texts())
        getattr(self, f"_{what.replace(' ', '_')}")(times)
        if self.choose.random() < 0.4:
            self.story.append("is killed")
            self.tailing.crash()
        self.tailing.step(self.choose.choice([1, 1, 2, 12]))

    def _running(self, _times):
        self.log.rotate()

    def _looks_between(self, _times):
        self.log.rotate(self._perhaps_look)

    def _perhaps_look(self):
        if self.choose.random() < 0.5:
            self.story.append("looks")
            self.tailing.step(seconds=self.choose.choice([0.05, 1.0]))

    def _behind(self, times):
        for _ in range(times):
            self.log.rotate()

    def _down(self, times):
        self.tailing.stop()
        self._behind(times)
        self.tailing.start()

    def _paused(self, times):
        self.tailing.paused = True
        for _ in range(times):
            self.log.rotate()
            self.tailing.step()
        self.tailing.paused = False

    def _killed(self, _times):
        self.log.rotate()
        self.tailing.clock.advance(1)
        self.tailing.tail.scan()
        self.tailing.tail.read(1 << 20)
        self.tailing.crash()

    def _reads_a_little(self, times):
        self.log.rotate()
        self.tailing.clock.advance(1)
        self.tailing.tail.scan()
        self.tailing.commit(self.tailing.tail.read(1))
        if self.choose.random() < 0.5:
            self.story.append("is killed")
            self.tailing.crash()
        self._behind(times - 1)


def check(folder, scheme, seed):
    folder.mkdir()
    with Inodes(folder, random.Random(seed), reuse=0.6):
        program = Program(folder, scheme, seed)
        try:
            fault = program.run()
        finally:
            program.tailing.stop()
    assert not fault, "\n".join([f"seed {seed}: {fault}", *program.story])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_line_once_in_order(tmp_path, scheme):
    for seed in range(4):
        check(tmp_path / str(seed), SCHEMES[scheme], seed)


@pytest.mark.soak
@pytest.mark.parametrize("scheme", SCHEMES)
def test_five_hundred_programs_of_each_scheme(tmp_path, scheme):
    for seed in range(1000, 1500):
        check(tmp_path / str(seed), SCHEMES[scheme], seed)
