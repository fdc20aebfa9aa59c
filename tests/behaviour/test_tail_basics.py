"""Files that behave: they appear, grow, are renamed, and the agent restarts in between."""

from __future__ import annotations

import os

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, numbered, source, write


@pytest.fixture
def tailing(log):
    one = Tailing(source(log))
    yield one
    one.stop()


def test_what_is_there_and_what_is_added_comes_out_in_order(tailing, log):
    write(log, numbered(0, 500))
    tailing.step()
    write(log, numbered(500, 3))
    tailing.step()
    assert tailing.texts() == numbered(0, 503)


def test_a_restart_goes_on_at_the_right_byte(tailing, log):
    write(log, numbered(0, 10))
    tailing.step()
    tailing.stop()
    write(log, numbered(10, 10))
    tailing.start().step()
    assert tailing.texts() == numbered(0, 20)
    assert len({one.id for one in tailing.got}) == 20
    assert len({one.id[0] for one in tailing.got}) == 1


def test_what_was_not_committed_is_read_again_under_the_same_ids(tailing, log):
    write(log, numbered(0, 10))
    tailing.step()
    write(log, numbered(10, 10))
    tailing.clock.advance(1)
    tailing.tail.scan()
    (lost,) = tailing.tail.read(1 << 20)
    tailing.crash().step()
    assert tailing.texts() == numbered(0, 20)
    assert tailing.chunks[-1].file_id == lost.file_id
    assert (tailing.chunks[-1].start, tailing.chunks[-1].data) == (lost.start, lost.data)


def test_a_file_whose_row_was_kept_before_any_of_its_lines_is_read_after_a_restart(tailing, log):
    """Nothing is added to it meanwhile: a log that was rotated away right after it was found."""
    write(log, numbered(0, 10))
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.tail.read(0)
    tailing.commit([])
    assert [row.offset for row in tailing.rows.values()] == [0]
    tailing.crash().step()
    assert tailing.texts() == numbered(0, 10)


def test_a_pending_chunk_is_not_read_twice(tailing, log):
    write(log, numbered(0, 10))
    tailing.clock.advance(1)
    tailing.tail.scan()
    (chunk,) = tailing.tail.read(1 << 20)
    assert tailing.tail.read(1 << 20) == []
    tailing.tail.rolled_back(chunk)
    (again,) = tailing.tail.read(1 << 20)
    assert again.data == chunk.data
    tailing.commit([again])
    assert tailing.texts() == numbered(0, 10)


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("generations", [1, 2, 3])
@pytest.mark.parametrize("reopens", [True, False], ids=["reopens", "keeps"])
def test_rename_rotation(tailing, log, running, generations, reopens):
    write(log, numbered(0, 10))
    tailing.step()
    if not running:
        tailing.stop()
    writer = Writer(log, "reopens" if reopens else "keeps")
    writer.number = 10
    for generation in range(generations):
        writer.write(5)
        rotate(log, "rename", writer, generation)
    writer.write(5)
    writer.close()
    if not running:
        tailing.start()
    tailing.settle()
    assert tailing.texts() == writer.expected()
    assert {one.path for one in tailing.got} == {str(log)}


def test_truncation_begins_a_new_epoch(tailing, log):
    write(log, numbered(0, 10))
    tailing.step()
    os.truncate(log, 0)
    write(log, numbered(10, 2))
    tailing.step()
    assert tailing.texts() == numbered(0, 12)
    assert [one.id[1] for one in tailing.got] == [0] * 10 + [1] * 2
    assert len({one.id[0] for one in tailing.got}) == 1
    assert tailing.rotations() == ["truncate"]


def test_an_unfinished_line_waits(tailing, log):
    write(log, ["half"], end="")
    tailing.step(20)
    assert tailing.texts() == []
    write(log, [" and half"])
    tailing.step()
    assert tailing.texts() == ["half and half"]


def test_start_at_end_goes_on_with_what_is_written_next(log):
    write(log, numbered(0, 10))
    tailing = Tailing(source(log, start_at="end")).step()
    for number in range(10, 15):
        write(log, numbered(number, 1))
        tailing.step()
    assert tailing.texts() == numbered(10, 5)
    tailing.stop()


def test_start_at_end_reads_only_what_comes_later(log):
    write(log, [*numbered(0, 10)])
    write(log, ["begun "], end="")
    tailing = Tailing(source(log, start_at="end"))
    tailing.step()
    assert tailing.texts() == []
    tailing.stop()
    write(log, ["and ended", *numbered(10, 3)])
    tailing.start().step()
    assert tailing.texts() == ["begun and ended", *numbered(10, 3)]
    tailing.stop()
