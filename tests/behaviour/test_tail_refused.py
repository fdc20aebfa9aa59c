"""What was seen of a log while nothing of it could be committed (the outbox is full) is known to the agent that comes next."""

from __future__ import annotations

import os

import pytest

from tests.support.tailing import numbered, write


def held_back(tailing, times=1):
    """Steps of the pipeline while the outbox is full: rows are committed, and nothing that was read."""
    tailing.paused = True
    for _ in range(times):
        tailing.step().commit([])
    return tailing


def size_of(lines):
    return sum(len(line) + 1 for line in lines)


@pytest.mark.parametrize("what", ["deleted", "truncated"])
@pytest.mark.parametrize("read_before", [0, 5])
def test_what_is_gone_then_is_counted_to_the_byte(log, follow, what, read_before):
    write(log, numbered(0, read_before))
    tailing = follow(log).step()
    for first in range(read_before, 20, 5):
        write(log, numbered(first, 5))
        held_back(tailing)
    tailing.stop()
    if what == "deleted":
        log.unlink()
    else:
        os.truncate(log, 0)
    tailing.start()
    tailing.paused = False
    tailing.settle()
    assert sum(tailing.abandoned().values()) == size_of(numbered(read_before, 20 - read_before))
    assert tailing.texts() == numbered(0, read_before)


def test_a_log_that_does_not_grow_gives_no_more_rows(log, follow):
    write(log, numbered(0, 5))
    tailing = held_back(follow(log), 3)
    assert not tailing.tail.updates()
    write(log, numbered(5, 5))
    tailing.clock.advance(1)
    tailing.tail.scan()
    assert len(tailing.tail.updates()) == 1
    tailing.paused = False
    tailing.settle()
    assert tailing.texts() == numbered(0, 10)
    write(log, numbered(10, 5))
    tailing.clock.advance(1)
    tailing.tail.scan()
    assert not tailing.tail.updates(), "what is read is in the row of its chunk"
