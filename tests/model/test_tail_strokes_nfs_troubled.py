"""The same on a server that is in trouble now and then, on mounts with other options, and with clocks that differ.

Whatever a look is answered while the server reboots, or while the export is gone, nothing may be concluded from it: afterwards
every line is there once.
"""

from __future__ import annotations

import errno
import time

import pytest

from tests.model.test_tail_strokes_nfs import NOT_THERE, Shared, check
from tests.support.clocks import ManualClock
from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.rotationmodes import MODES

TROUBLES = (errno.ESTALE, errno.EIO, errno.EHOSTDOWN, errno.ETIMEDOUT)
"""No longer exported or moved; a soft mount (NFS, SMB); one with `softerr`. EACCES is an answer: it may not be read."""
MOUNTS = {"noac": (0.0, 0.0), "defaults": (3.0, 30.0), "actimeo=60": (60.0, 60.0)}
CLOCKS = {"slow": -3600.0, "same": 0.0, "fast": 3600.0}
"""Seconds by which this machine's clock is ahead of the server's."""


class SkewedTailing(RemoteTailing):
    """Has a clock that is not the server's."""

    ahead = 0.0

    def _new(self):
        if "mounts" not in self.options:
            self.clock = ManualClock(time.time_ns() // 1_000_000 + round(self.ahead * 1000))
        return super()._new()


class Troubled(Shared):
    """Some looks find a server that answers all or some questions with an error."""

    def __init__(self, folder, mode, seed, *, mount="defaults", clock="same"):
        self._ahead, self._mount = CLOCKS[clock], MOUNTS[mount]
        super().__init__(folder, mode, seed)

    def new_client(self, folder):
        files, directories = self._mount
        return NfsClient(folder, self._now, files=files, directories=directories)

    def new_tailing(self, config, **options):
        kind = type("Skewed", (SkewedTailing,), {"ahead": self._ahead})
        self.tailing = kind(self._folder, config, **options)
        return self.tailing

    def _look(self, what):
        between = super()._look(what)
        share = self.choose.choice([0.0, 0.0, 0.05, 0.3, 1.0])
        number = self.choose.choice(TROUBLES)
        if share:
            self.story.append(f"  the server is troubled: {errno.errorcode[number]} {share}")
        self.client.fails = lambda _: number if share and self.choose.random() < share else 0
        return between

    def last_strokes(self):
        self.client.fails = lambda _: 0
        super().last_strokes()


KINDS = [{"mount": mount, "clock": clock} for mount in MOUNTS for clock in CLOCKS]
STEADY = sorted(mode for mode in MODES.keys() - NOT_THERE if MODES[mode].move != "renamecopy")
"""Between the server's renaming and copying, an error hides which of the two files is whole."""


def kind_of(seed):
    """All mounts and clocks in turn."""
    return KINDS[seed % len(KINDS)]


@pytest.mark.parametrize("mode", STEADY)
def test_every_line_once(tmp_path, mode):
    first = 4 * STEADY.index(mode)
    for seed in range(first, first + 4):
        faults, story = check(tmp_path / str(seed), mode, seed, 6, program=Troubled, **kind_of(seed))
        assert not faults, "\n".join([f"seed {seed}: {kind_of(seed)} {faults}", *story])


@pytest.mark.parametrize(
    ("mode", "seed"),
    [
        ("heedless", 8),
        ("heedless", 16),
        ("heedless", 21),
        ("copytruncate", 9),
        ("copytruncate", 10),
        ("create", 15),
        ("delaycompress", 15),
        ("heedless_delaycompress", 32),
        ("heedless_dateext_compress", 8),
        ("olddir", 62),
    ],
)
def test_programs_that_once_lost_lines(tmp_path, mode, seed):
    faults, story = check(tmp_path / "program", mode, seed, 6, program=Troubled, **kind_of(seed))
    assert not faults, "\n".join([str(faults), *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", STEADY)
def test_hundreds_of_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 1300):
        faults, story = check(tmp_path / str(seed), mode, seed, 6, program=Troubled, **kind_of(seed))
        assert not faults, "\n".join([f"seed {seed}: {kind_of(seed)} {faults}", *story])
