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


class Polls:
    """Counts the polls that look at everything, while the block lasts."""

    def __init__(self) -> None:
        self.of_all = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _notice(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is Poller.poll.__code__:
            self.of_all += bool(frame.f_locals["everything"])


def test_what_was_read_is_not_looked_at_between_two_parts_of_a_crowd(tmp_path, follow):
    names = come(tmp_path, 800)
    tailing = follow(tmp_path / "*.log", once=True, poll_interval=1000.0)
    tailing.clock = SlowMachine(tailing.clock.now_ms())
    tailing.clock.tick = TICK
    tailing.stop().start()
    before_the_end = [0]
    with Polls() as polls:
        while len(tailing.got) < len(names):
            tailing.step(seconds=0.0)
            before_the_end.append(polls.of_all)
    tailing.step()
    assert tailing.tail.at_end()
    assert sorted(tailing.texts()) == [name.name for name in names]
    assert before_the_end[-2] <= 2, "not for each part of the crowd"
