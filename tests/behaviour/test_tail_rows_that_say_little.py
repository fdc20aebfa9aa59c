"""Rows from which little can be known: of a log that was empty, of an earlier version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.midlook import Before
from tests.support.tailing import Tailing, next_tick, numbered, source, write

MOST = 40
"""More questions than the look asks before it is through with what stands in the directory."""


def shift(folder):
    """What logrotate does with numbered generations."""
    (folder / "app.log.1").rename(folder / "app.log.2")


@pytest.mark.parametrize("number", range(MOST))
def test_a_log_that_was_empty_keeps_its_row_though_it_is_renamed_while_it_is_looked_for(tmp_path, number):
    log = tmp_path / "logs" / "app.log"
    log.parent.mkdir()
    log.touch()
    tailing = Tailing(source(log)).step().stop()
    (row,) = tailing.rows
    next_tick(log)
    write(log, numbered(0, 20))
    log.rename(log.with_name("app.log.1"))
    next_tick(log.with_name("app.log.1"))
    write(log, numbered(20, 20))
    tailing.start()
    with Before(number, lambda: shift(log.parent)):
        tailing.step()
    assert tailing.settle().texts() == numbered(0, 40)
    assert {one.id[0] for one in tailing.got[:20]} == {row}
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("found_ms", ["told", "not told"])
def test_what_was_there_before_a_log_was_found_is_history_to_the_row_of_an_earlier_version_too(
    tmp_path, found_ms
):
    log = tmp_path / "logs" / "app.log"
    log.parent.mkdir()
    write(log.with_name("app.log.1"), numbered(0, 20))
    next_tick(log.with_name("app.log.1"))
    write(log, numbered(20, 20))
    tailing = Tailing(source(log)).step().stop()
    assert tailing.texts() == numbered(20, 20)
    ((key, row),) = tailing.rows.items()
    state = {**row.state, "doubted": True}
    if found_ms == "not told":
        del state["found_ms"]
    tailing.rows[key] = replace(row, state=state)
    write(log, numbered(40, 5))
    assert tailing.start().settle().texts() == numbered(20, 25)
    tailing.stop()
