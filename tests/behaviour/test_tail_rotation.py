"""Rotation of every kind, while the agent runs, is stopped, is paused; behind by one, two, three generations."""

from __future__ import annotations

import pytest

from tests.support.rotating import KINDS, Writer, ends_whole, rotate
from tests.support.tailing import Tailing, source

MANNERS = dict.fromkeys(KINDS, ("reopens", "keeps")) | {
    "copytruncate": ("keeps", "no_append"),
    "copytruncate_compress": ("keeps", "no_append"),
    # A writer that keeps its descriptor while its log is compressed loses its own lines: no reader can help.
    "compress": ("reopens",),
    "delaycompress": ("reopens",),
}
CASES = [
    (kind, manner, state, generations, matched)
    for kind in KINDS
    for manner in MANNERS[kind]
    for state in ("running", "stopped", "paused")
    for generations in (1, 2, 3)
    for matched in ("live", "all")
]


@pytest.mark.parametrize(("kind", "manner", "state", "generations", "matched"), CASES)
def test_every_line_once_in_order(tmp_path, kind, manner, state, generations, matched):
    log = tmp_path / "app.log"
    pattern = log if matched == "live" else f"{log}*"
    tailing = Tailing(source(pattern))
    writer = Writer(log, manner)
    writer.write(20)
    tailing.step()
    writer.write(7)
    if state == "stopped":
        tailing.stop()
    elif state == "paused":
        tailing.paused = True
        tailing.step()
    for generation in range(generations):
        writer.write(5)
        if state == "running":
            tailing.step()
            writer.write(3)
        rotate(log, kind, writer, generation)
        writer.write(5)
        if state == "paused":
            tailing.step()
    if state == "stopped":
        tailing.start()
    tailing.paused = False
    ends_whole(tailing, writer)
    if matched == "live":
        assert {one.path for one in tailing.got} == {str(log)}
