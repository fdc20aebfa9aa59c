"""The power failed: what was committed of a log is known, and the end of the log itself was not on the disk yet."""

from __future__ import annotations

import os

import pytest

from tests.support.tailing import dated, numbered, write

LINES = 400


@pytest.fixture
def read_so_far(log, follow):
    """A log of lines that say when they were written, read in many small steps; the agent is down now."""
    tailing = follow(log)
    for number in range(0, LINES, 10):
        write(log, dated(number, 10))
        tailing.step()
    assert tailing.texts() == dated(0, LINES)
    return tailing.stop()


def ids_of(tailing):
    ids = {}
    for one in tailing.got:
        ids.setdefault(one.text, set()).add(one.id)
    return ids


def repeated(tailing):
    return [text for text, ids in ids_of(tailing).items() if len(ids) > 1]


@pytest.mark.parametrize("lost", [1, 7, 100, 8000])
def test_the_beginning_is_not_sent_again(log, read_so_far, lost):
    whole = log.read_bytes()
    os.truncate(log, len(whole) - lost)
    there = log.read_bytes().count(b"\n")
    write(log, ["", *dated(LINES, 20)])  # the line that was cut off is ended by the next one
    tailing = read_so_far.start().settle()
    assert tailing.texts()[LINES:][-20:] == dated(LINES, 20)
    assert set(dated(0, LINES + 20)) <= set(tailing.texts())
    assert set(repeated(tailing)) <= set(dated(0, there + 1)), (
        "the last of them was cut off within or behind it"
    )
    assert len(repeated(tailing)) * len(dated(0, 1)[0]) <= 64 * lost + 1000
    assert len(repeated(tailing)) < LINES / 2 or lost == 8000


def test_zeros_in_the_place_of_the_end(log, read_so_far):
    whole = log.read_bytes()
    os.truncate(log, len(whole) - 300)
    os.truncate(log, len(whole))
    write(log, ["", *dated(LINES, 20)])
    tailing = read_so_far.start().settle()
    assert tailing.texts()[-20:] == dated(LINES, 20)
    assert len(repeated(tailing)) < LINES / 2


def test_it_goes_on_as_ever_after_that(log, read_so_far):
    os.truncate(log, log.stat().st_size - 100)
    tailing = read_so_far.start().settle()
    write(log, ["", *dated(LINES, 20)])
    tailing.step(2)
    tailing.crash()
    write(log, dated(LINES + 20, 20))
    tailing.settle()
    assert tailing.texts()[-40:] == dated(LINES, 40)
    log.rename(f"{log}.1")
    write(log, dated(LINES + 40, 5))
    tailing.settle()
    assert tailing.texts()[-5:] == dated(LINES + 40, 5)
    assert len(repeated(tailing)) < LINES / 2


def test_twice_in_a_row(log, read_so_far):
    tailing = read_so_far
    for number in range(LINES, LINES + 200, 100):
        os.truncate(log, log.stat().st_size - 100)
        write(log, ["", *dated(number, 100)])
        tailing.start().settle().stop()
        assert tailing.texts()[-100:] == dated(number, 100)
    assert len(repeated(tailing)) < LINES
    everything = [one.id for one in tailing.got]
    assert len(everything) == len(set(everything)), "no id is given to two lines"


def test_what_says_the_same_without_times_is_read_again(log, follow):
    tailing = follow(log)
    for number in range(0, LINES, 10):
        write(log, numbered(number, 10))
        tailing.step()
    tailing.stop()
    os.truncate(log, log.stat().st_size // 2)
    tailing.start().settle()
    assert len(tailing.texts()) > LINES + LINES // 3
    assert tailing.texts()[LINES] == numbered(0, 1)[0]


def test_another_content_that_begins_alike_is_read_as_a_whole(log, read_so_far):
    begins = log.read_bytes()[:2048].rpartition(b"\n")[0].decode().split("\n")
    with log.open("r+b") as file:
        file.truncate()
    other = [line.replace("line", "LINE") for line in dated(100, 250)]
    write(log, [*begins, *other])
    tailing = read_so_far.start().settle()
    assert tailing.texts()[LINES:] == [*begins, *other]


def test_a_log_that_was_written_anew_is_read_as_a_whole(log, read_so_far):
    with log.open("r+b") as file:
        file.truncate()
    write(log, dated(5000, 300))
    tailing = read_so_far.start().settle()
    assert tailing.texts()[LINES:] == dated(5000, 300)
