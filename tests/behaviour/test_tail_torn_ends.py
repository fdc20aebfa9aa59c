"""A rotated log whose last line has no end: somebody may still finish it, so younger generations wait, but not for long."""

from __future__ import annotations

import os

import pytest

from tests.support.tailing import Tailing, numbered, source, write


@pytest.fixture
def log(tmp_path):
    """A log whose generation ends within a line: who wrote it was killed."""
    log = tmp_path / "app.log"
    write(log, numbered(0, 3))
    return log


def tear(log):
    with log.open("ab") as file:
        file.write(b"line 0000")
    old = log.with_name("app.log.1")
    log.rename(old)
    write(log, numbered(4, 3))
    return old


def test_younger_generations_wait_for_a_line_that_is_being_written(log):
    tailing = Tailing(source(log)).step()
    tailing.stop()
    old = tear(log)
    tailing.start().step(3)
    assert tailing.texts() == numbered(0, 3)
    with old.open("ab") as file:
        file.write(b"03\n")
    assert tailing.step(3).texts() == numbered(0, 7)
    tailing.stop()


def test_a_line_that_somebody_stopped_within_long_ago_is_finished_after_the_rotation(log):
    """A program whose buffer was written out in the middle of a line, and is when it is told to open a new log."""
    tailing = Tailing(source(log)).step()
    with log.open("ab") as file:
        file.write(b"line 0000")
    os.utime(log, ns=(tailing.clock.now_ms() * 1_000_000 - 3_600_000_000_000,) * 2)
    tailing.step()
    old = log.with_name("app.log.1")
    log.rename(old)
    write(log, numbered(4, 3))
    tailing.step(3)
    assert tailing.texts() == numbered(0, 3)
    with old.open("ab") as file:
        file.write(b"03\n")
    assert tailing.step(3).texts() == numbered(0, 7)
    tailing.stop()


def test_an_agent_that_crashes_all_the_time_gets_past_an_end_that_nobody_writes_to(log):
    tailing = Tailing(source(log)).step()
    tailing.stop()
    tear(log)
    tailing.clock.advance(60)
    for _ in range(3):
        tailing.start().step(2).crash()
    assert tailing.texts() == [*numbered(0, 3), "line 0000", *numbered(4, 3)]
    tailing.stop()
