"""A record that is cut, and a rotation anywhere in it: its parts are the same, flagged, and counted once."""

from __future__ import annotations

import pytest

from tests.behaviour.test_tail_crossing import rotate
from tests.support.tailing import write
from tests.support.toolong import CASES, configured, told

INTERLEAVED = {"pieces_while_the_other_stream_goes_on", "two_traces_at_once"}
"""Each file gives its part: where records of another stream begin between, nobody can know."""
ROTATED = [
    name
    for name, case in CASES.items()
    if name not in INTERLEAVED and (case.multiline is not None or "container" in case.keys)
]


@pytest.mark.parametrize("killed", [False, True], ids=["running", "killed"])
@pytest.mark.parametrize("name", ROTATED)
def test_rotated_between_any_two_lines(log, follow, name, killed):
    case = CASES[name]
    for at in range(1, len(case.lines)):
        path = log.with_name(f"{at}.log")
        write(path, case.lines[:at])
        tailing = follow(path, source=configured(case)).step(seconds=0.05)
        rotate(path)
        tailing.step(seconds=0.05)
        if killed:
            tailing.crash()
        for one in case.lines[at:]:
            write(path, [one])
            tailing.step(seconds=0.05)
            if killed:
                tailing.crash()
        tailing.step(30)
        tailing.step(2, seconds=61)
        assert told(tailing) == case.records, at
        assert tailing.cuts() == case.cuts, at
        assert len({one.id for one in tailing.got}) == len(tailing.got)
