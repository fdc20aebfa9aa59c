"""Hundreds of generations of a log: what is read is not looked at again before each turn of each younger one."""

from __future__ import annotations

import os

import pytest

from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write

GENERATIONS = 150


@pytest.fixture
def log(tmp_path):
    """All generations but the youngest are an hour old."""
    log = tmp_path / "app.log"
    write(log, numbered(0, 1))
    for age in range(GENERATIONS, 0, -1):
        old = log.with_name(f"{log.name}.{age}")
        write(old, numbered(1 + (GENERATIONS - age) * 10, 10))
        os.utime(old, (old.stat().st_mtime - 3600,) * 2)
    return log


class Counting(Tailing):
    """Counts looks at files."""

    looks = 0

    def _new(self):
        tail = super()._new()
        look = tail._poller.look

        def counted(*words):
            self.looks += 1
            return look(*words)

        tail._poller.look = counted
        return tail


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_the_work_grows_with_the_number_of_files_and_not_with_its_square(tmp_path, log, packed):
    if packed:
        for age in range(GENERATIONS, 0, -1):
            compress(log.with_name(f"{log.name}.{age}"))
    tailing = Counting(source(f"{log}*")).step(3)
    assert tailing.texts() == [*numbered(1, GENERATIONS * 10), *numbered(0, 1)], "oldest first"
    assert tailing.looks < 12 * GENERATIONS
    tailing.stop()


def test_archives_are_finished_when_they_end_and_go_on_where_a_crash_left_them(log):
    """A crash a second after the start, again and again; nothing would ever be finished by quiet periods."""
    for age in range(GENERATIONS, 0, -1):
        compress(log.with_name(f"{log.name}.{age}"))
    tailing = Tailing(source(f"{log}*"), block_size=64)
    while len(tailing.texts()) < GENERATIONS * 10 + 1:
        before = len(tailing.texts())
        tailing.clock.advance(1)
        for _ in range(40):
            tailing.clock.advance(0.01)
            tailing.tail.scan()
            tailing.commit(tailing.tail.read(1))
        assert len(tailing.texts()) > before
        tailing.crash()
    assert tailing.texts() == [*numbered(1, GENERATIONS * 10), *numbered(0, 1)]
    archives = [row for row in tailing.rows.values() if row.state["compression"]]
    assert sum(row.state["finished"] for row in archives) > GENERATIONS * 0.9
    tailing.stop()
