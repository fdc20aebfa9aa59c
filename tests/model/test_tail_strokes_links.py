"""The programs of `test_tail_strokes` where each file has a name of its own, and `paths` name a link to the latest."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.model.test_tail_strokes import Program
from tests.support.linkedlog import NAMES, LinkedLog
from tests.support.rotationmodes import Mode
from tests.support.tailing import source

PACKED = {"": "", "packed": "now"}
MODES = [
    one
    for one in itertools.product(NAMES, ("replaced", "soft", "hard"), PACKED)
    if one[0] != "ring" or one[2] != "packed"
]
"""Nobody packs what is about to be written anew."""


class Linked(Program):
    """One random program."""

    def __init__(self, folder, mode, seed):
        names, turn, packed = mode
        self.choose = random.Random(seed)
        self.story = []
        self.log = LinkedLog(
            folder / "current", Mode(compress=PACKED[packed]), self.choose, names=names, turn=turn
        )
        self.log.write(3)
        block_size = self.choose.choice([128, 4096])
        self.tailing = self.new_tailing(source(self.log.log), block_size=block_size).step()
        self.left = 0.0


def check(folder, mode, seed, length):
    folder.mkdir()
    return Linked(folder, mode, seed).outcome(length)


@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_every_line_once_in_order(tmp_path, mode):
    for seed in range(8):
        faults, story = check(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES, ids=" ".join)
def test_a_thousand_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 2000):
        faults, story = check(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
