"""What is behind, and what is merely not finished: a last line without an end is no lag."""

from __future__ import annotations

import pytest

from tests.support.tailing import Tailing, numbered, source, write


@pytest.fixture
def tailing(log):
    one = Tailing(source(log), linger=1.5)
    yield one
    one.stop()


def status(tailing):
    (one,) = tailing.tail.status()
    return one


def test_unread_lines_are_lag_until_they_are_committed(tailing, log):
    write(log, numbered(0, 5))
    tailing.step(seconds=0.5)
    assert (status(tailing).lag, status(tailing).unfinished) == (60, 0)
    since = status(tailing).behind_since
    assert since == tailing.clock.monotonic()
    tailing.step(seconds=0.5)
    assert status(tailing).behind_since == since
    tailing.step(2)
    assert (status(tailing).lag, status(tailing).behind_since) == (0, None)


def test_a_line_without_an_end_is_no_lag_however_long_it_takes(tailing, log):
    write(log, numbered(0, 5))
    write(log, ["begun"], end="")
    tailing.step(3600)
    assert tailing.texts() == numbered(0, 5)
    assert (status(tailing).lag, status(tailing).unfinished, status(tailing).behind_since) == (0, 5, None)
    assert status(tailing).state == "waiting"
    write(log, [" and ended"])
    tailing.step(seconds=0.01)
    assert tailing.texts()[5:] in ([], ["begun and ended"])
    behind = status(tailing).behind_since
    assert behind is None or tailing.clock.monotonic() - behind < 1.0, "not since an hour ago"
    tailing.step(2)
    assert tailing.texts()[5:] == ["begun and ended"]
    assert (status(tailing).lag, status(tailing).unfinished) == (0, 0)


def test_reading_that_is_held_back_is_lag(tailing, log):
    write(log, numbered(0, 5))
    tailing.step(3)
    tailing.paused = True
    write(log, numbered(5, 5))
    write(log, ["begun"], end="")
    tailing.step(10)
    assert (status(tailing).lag, status(tailing).unfinished) == (65, 0), "nobody looked where its lines end"
    assert tailing.clock.monotonic() - status(tailing).behind_since >= 8


@pytest.mark.parametrize("source_options", [{"multiline": {"preset": "java"}}])
def test_an_open_record_of_several_lines_is_lag(log, source_options):
    """It is going to be given out when nothing more comes, so it is late until then."""
    tailing = Tailing(source(log, **source_options))
    write(log, ["Exception in thread", "\tat a.b.C"])
    tailing.step(seconds=0.2)
    assert status(tailing).lag > 0
    tailing.step(10)
    assert status(tailing).lag == 0
    assert tailing.texts() == ["Exception in thread\n\tat a.b.C"]
    tailing.stop()
