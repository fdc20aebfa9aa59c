"""As `test_tail_strokes`: agent and logrotate are both killed, and logrotate runs again before anybody sees what it left."""

from __future__ import annotations

import shutil

import pytest

from tests.model.test_tail_strokes import Program
from tests.support.rotationmodes import KILLED_TWICE


class KilledTwice(Program):
    """One log of such a program."""

    modes = KILLED_TWICE


def check(folder, mode, seed, length):
    folder.mkdir()
    return KilledTwice(folder, mode, seed).outcome(length)


@pytest.mark.parametrize("mode", KILLED_TWICE)
def test_every_line_once_in_order(tmp_path, mode):
    for seed in range(20):
        faults, story = check(tmp_path / str(seed), mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", KILLED_TWICE)
def test_a_thousand_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 2000):
        folder = tmp_path / str(seed)
        faults, story = check(folder, mode, seed, length=8)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
        shutil.rmtree(folder)
