"""How often a run is asked how far it is."""

from __future__ import annotations

from logsource.agent.reports import Reports
from logsource.agent.result import Progressed
from tests.support.clocks import ManualClock


def test_a_look_that_takes_long_is_taken_seldom():
    clock, told = ManualClock(), []
    reports = Reports(told.append, clock)
    looks = 0

    def look(seconds: float) -> Progressed:
        nonlocal looks
        looks += 1
        clock.advance(seconds)
        return Progressed(read=0, size=0, lines=looks, events=0, sent=0, waiting=0, paused=None)

    reports.report(lambda: look(0.001))
    reports.report(lambda: look(0.001))
    assert [one.lines for one in told] == [1]
    clock.advance(0.5)
    reports.report(lambda: look(2.0))
    clock.advance(30.0)
    reports.report(lambda: look(2.0))
    assert [one.lines for one in told] == [1, 2]
    clock.advance(8.0)
    reports.report(lambda: look(2.0))
    assert [one.lines for one in told] == [1, 2, 3]


def test_nobody_looks_for_nobody():
    Reports(None, ManualClock()).report(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
