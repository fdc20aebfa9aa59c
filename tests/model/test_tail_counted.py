"""What is counted as lost is lost, to the byte: random programs with copytruncate whose looks nobody disturbs.

Between a copy and its truncation a heedless program goes on writing. What of that the agent saw (its size; `status` tells
it) and neither read nor finds in the copy is what `unread_bytes_abandoned_total` has to say. What it never saw nobody can
count, nor what an agent saw that was killed before it committed anything.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from tests.model.test_tail_strokes import Between, Program, check
from tests.support.rotationmodes import MODES

CUT = [name for name, mode in MODES.items() if mode.move == "copytruncate"]


@dataclass
class Cut:
    """One truncation."""

    copied: int
    gap: bytes
    seen: int
    of: tuple[str, int] | None


class Counted(Program):
    """Knows what the agent saw of the log before each truncation."""

    def __init__(self, folder, mode, seed):
        self.seen, self.of, self.up = 0, None, True
        self.cuts, self.unnoticed = [], []
        super().__init__(folder, mode, seed)
        self.looked()

    def stroke(self, indent=""):
        super().stroke(indent)
        if self._cut():
            return
        if self.story[-1] == "copies the rest" and self.up and self.log.mode.manner == "heedless":
            self.story.append(self.log.write(self.choose.choice([1, 2, 5])))
            self.choose.choice([self.refused, self.little])()

    def _cut(self):
        if len(self.log.gaps) == len(self.cuts) + len(self.unnoticed):
            return False
        self.unnoticed.append(Cut(*self.log.gaps[-1], self.seen, self.of))
        self.seen, self.of = 0, None
        return True

    def _look(self, what):
        self.log.may_begin = not self.log.rotating
        self._wait()
        self.story.append(what)
        return Between(self.choose, 0, self.stroke)

    def looked(self):
        self.cuts += self.unnoticed
        self.unnoticed = []
        inode = self.log.log.stat().st_ino
        for one in self.tailing.tail.status():
            if one.inode == inode and one.size <= self.log.log.stat().st_size:
                self.seen, self.of = one.size, (one.file_id, one.epoch)

    def step(self):
        """The outbox is full more often than not: else nothing that was seen stays unread."""
        if self.choose.random() < 0.7:
            self.refused()
            return
        super().step()
        self.looked()

    def _wait(self):
        self.tailing.clock.advance(self.choose.choice([0.15, 0.3, 0.5]))

    def little(self):
        super().little()
        self.looked()

    def refused(self):
        super().refused()
        self.tailing.commit([])
        self.looked()

    def killed(self):
        super().killed()
        self._forgotten()

    def down(self):
        self._forgotten()
        self.up = False
        super().down()
        self.up = True

    def _forgotten(self):
        """A row is written with the events of its file, not whenever somebody sees that the file has grown."""
        self.seen = min(self.seen, self._in_its_row(self.of))
        for cut in self.unnoticed:
            cut.seen = min(cut.seen, self._in_its_row(cut.of))

    def _in_its_row(self, of):
        rows = [row.state for row in self.tailing.rows.values()]
        return max((row["size"] for row in rows if (row["file_id"], row["epoch"]) == of), default=0)

    def known_to_be_lost(self):
        self._cut()  # logrotate came to its end before the agent settled
        got = set(self.tailing.texts())
        lost = 0
        for cut in [*self.cuts, *self.unnoticed]:
            end = cut.copied
            for line in cut.gap.decode().splitlines():
                if line not in got:
                    break
                end += len(line) + 1
            lost += max(cut.seen - end, 0)
        return lost


def counted(folder, mode, seed, length):
    folder.mkdir()
    program = Counted(folder, mode, seed)
    try:
        program.run(length)
        faults = program.faults()
        given_up, lost = program.tailing.abandoned(), program.known_to_be_lost()
        if given_up.total() != lost:
            faults.append(f"counted {given_up}, lost {lost}")
        return faults, program.story, lost
    finally:
        program.end()


@pytest.mark.parametrize("mode", CUT)
def test_what_is_counted_is_lost_and_the_other_way_round(tmp_path, mode):
    most = 0
    for seed in range(40):
        faults, story, lost = counted(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
        most = max(most, lost)
    assert (most > 0) == (MODES[mode].manner == "heedless"), (
        "only a program that goes on writing loses anything"
    )


@pytest.mark.parametrize(
    ("mode", "seed"),
    [
        ("copytruncate_no_append", 4011),
        ("copytruncate_no_append", 4082),
        ("copytruncate_no_append", 4106),
        ("copytruncate_no_append", 4133),
        ("copytruncate_no_append", 4161),
        ("copytruncate_no_append", 4169),
        ("copytruncate_delaycompress", 4240),
        ("copytruncate_compress", 20256),
        ("heedless", 4061),
        ("heedless_delaycompress", 4031),
        ("heedless_delaycompress", 4248),
        ("heedless_dateext_compress", 20363),
    ],
)
def test_programs_that_once_counted_what_a_copy_held(tmp_path, mode, seed):
    faults, story = check(tmp_path / "program", mode, seed, length=8)
    assert not faults, "\n".join([str(faults), *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", CUT)
def test_a_thousand_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 2000):
        folder = tmp_path / str(seed)
        faults, story, _ = counted(folder, mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
        shutil.rmtree(folder)
