"""The programs of `test_tail_strokes` where rotation keeps extensions (`app.1.log`), and `paths` name what it makes.

Then each generation may as well be a log of its own, and nothing that is seen in the middle of a rotation must be begun as
one.
"""

from __future__ import annotations

import random

import pytest

from tests.model.test_tail_strokes import Program
from tests.support.rotationmodes import MODES
from tests.support.strokes import LoggedTo
from tests.support.tailing import source

KEPT = [name for name, mode in MODES.items() if not mode.interrupted and mode.move != "copy"]
"""A copy of a log that is not cut is read if `paths` name it: it may be a log that says the same."""


class KeptExtensions(Program):
    """One random program."""

    def __init__(self, folder, mode, seed):
        self.choose = random.Random(seed)
        self.story = []
        self.log = LoggedTo(folder / "app.log", MODES[mode], self.choose, keeps_extension=True)
        patterns = [[self.log.log], [folder / "app*"], [folder / "app*", folder / "old/*"]]
        self.log.write(3)
        block_size = self.choose.choice([128, 4096])
        self.tailing = self.new_tailing(source(*self.choose.choice(patterns)), block_size=block_size).step()
        self.left = 0.0


def check(folder, mode, seed, length):
    folder.mkdir()
    return KeptExtensions(folder, mode, seed).outcome(length)


@pytest.mark.parametrize("mode", KEPT)
def test_every_line_once_in_order(tmp_path, mode):
    for seed in range(8):
        faults, story = check(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", KEPT)
def test_a_thousand_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 2000):
        faults, story = check(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
