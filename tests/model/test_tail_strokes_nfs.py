"""The same random programs on a server: another machine rotates, and what we see of it is old in part.

Order is not promised there, and bytes may be counted as lost that turn up later.
"""

from __future__ import annotations

import pytest

from tests.model.test_tail_strokes import Program
from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.rotationmodes import MODES

BUT_FOR = ("order", "abandoned")
NOT_THERE = {
    "keep_two",
    *(name for name, mode in MODES.items() if mode.move == "copy" or mode.same),
    *(name for name, mode in MODES.items() if mode.interrupted and mode.move != "renamecopy"),
}
"""What is deleted on the server has no descriptor that keeps it. That a copy is one of a log that is not going to be cut, that
a killed logrotate left it, or that a job has said the same again, is known by the births of files, of which clients hear
nothing."""
LATER = 70.0
"""Seconds after which a client believes nothing of old."""


class Shared(Program):
    """The program logs, and logrotate works, on the server; the agent is a client."""

    def __init__(self, folder, mode, seed):
        self._folder, self.tailing = folder, None
        self.client = self.new_client(folder)
        super().__init__(folder, mode, seed)
        self.client.forget()

    def new_client(self, folder):
        return NfsClient(folder, self._now)

    def _now(self):
        return self.tailing.clock.monotonic() if self.tailing is not None else 0.0

    def new_tailing(self, config, **options):
        self.tailing = RemoteTailing(self._folder, config, **options)
        return self.tailing

    def stroke(self, indent=""):
        with self.client.server():
            super().stroke(indent)

    def last_strokes(self):
        with self.client.server():
            super().last_strokes()

    def some_lines(self):
        with self.client.server():
            super().some_lines()

    def _wait(self):
        if not self.log.rotating:
            self.tailing.clock.advance(self.choose.choice([0.0, 0.0, 1.0, 5.0, 31.0]))
        with self.client.server():  # what goes on there, not what the agent is told
            super()._wait()

    def faults(self):
        return [one for one in super().faults() if not one.startswith(BUT_FOR)]

    def end(self):
        super().end()
        self.client.forget()


def check(folder, mode, seed, length, program=Shared, **options):
    folder.mkdir()
    program = program(folder, mode, seed, **options)
    try:
        with program.client:
            program.run(length)
            program.tailing.clock.advance(LATER)
            program.tailing.settle()
            faults = program.faults()
            if not faults:
                program.tailing.crash().settle()
                faults = program.faults()
        return faults, program.story
    finally:
        program.end()


@pytest.mark.parametrize("mode", sorted(MODES.keys() - NOT_THERE))
def test_every_line_once(tmp_path, mode):
    for seed in range(10):
        faults, story = check(tmp_path / str(seed), mode, seed, length=6)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])


@pytest.mark.soak
@pytest.mark.parametrize("mode", sorted(MODES.keys() - NOT_THERE))
def test_hundreds_of_programs_of_each_mode(tmp_path, mode):
    for seed in range(1000, 1300):
        faults, story = check(tmp_path / str(seed), mode, seed, length=6)
        assert not faults, "\n".join([f"seed {seed}: {faults}", *story])
