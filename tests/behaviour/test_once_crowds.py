"""`run --once` over more files than a look has time for: not all are looked at before each part of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from logsource.tail.poller import Poller
from tests.behaviour.test_tail_stalls import SlowMachine, come

if TYPE_CHECKING:
    from types import FrameType

TICK = 0.005
"""Seconds that pass whenever somebody looks at the clock: a look meets a few hundred files."""


class Looks:
    """Counts how often a file is looked at while the block lasts."""

    def __init__(self) -> None:
        self.number = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _notice(self, frame: FrameType, event: str, _: object) -> None:
        self.number += event == "call" and frame.f_code is Poller.look.__code__


def test_what_was_read_is_not_looked_at_between_two_parts_of_a_crowd(tmp_path, follow):
    names = come(tmp_path, 1200)
    tailing = follow(tmp_path / "*.log", once=True, poll_interval=1000.0)
    tailing.clock = SlowMachine(tailing.clock.now_ms())
    tailing.clock.tick = TICK
    tailing.stop().start()
    parts = []
    with Looks() as looks:
        while not parts or not tailing.tail.at_end():
            tailing.step(seconds=0.0)
            parts.append(len(tailing.got))
    assert sorted(tailing.texts()) == [name.name for name in names]
    assert len(set(parts)) > 3, "they were met a part at a time"
    # Those that were met in the last seconds are looked at in each poll; the rest was as well, twice as often.
    assert looks.number <= 18 * len(names)
