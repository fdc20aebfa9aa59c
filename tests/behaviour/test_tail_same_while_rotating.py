"""A job says the same each night, and its log is rotated while the agent looks: of equal generations the oldest is meant."""

from __future__ import annotations

import gzip
import os
import sys

import pytest

from tests.support.tailing import Tailing, next_tick, numbered, source, write


class Before:
    """Something happens before the first question of a kind that the tailer asks about a path."""

    def __init__(self, question, path, happens):
        self._question, self._path, self._happens = question, str(path), happens
        self.happened = False

    def __enter__(self):
        sys.setprofile(self._notice)

    def __exit__(self, *_):
        sys.setprofile(None)

    def _notice(self, frame, event, called):
        if event == "c_call" and called is self._question and frame.f_locals.get("path") == self._path:
            sys.setprofile(None)
            self.happened = True
            self._happens()


def shift(folder, newest, *, packed="", down_to=1):
    """logrotate: each generation gets the next number, the oldest first."""
    for number in range(newest, down_to - 1, -1):
        (folder / f"app.log.{number}{packed}").rename(folder / f"app.log.{number + 1}{packed}")


def pack(path):
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    path.unlink()


def say(log, count, first=0):
    """What the job says in one night. Nights are longer than what time stamps tell apart."""
    write(log, numbered(first, count))
    next_tick(log)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def test_an_elder_that_got_another_name_since_it_was_listed_is_not_passed_over(folder):
    log, first = folder / "app.log", folder / "app.log.2.gz"
    say(log, 5)
    tailing = Tailing(source(log)).step().stop()
    for night in range(2):
        say(log, 3 + night, first=5)  # after what was read, the generations differ
        shift(folder, night, packed=".gz")
        log.rename(folder / "app.log.1")
        pack(folder / "app.log.1")
        say(log, 5)
    between = Before(os.open, first, lambda: shift(folder, 2, packed=".gz", down_to=2))
    tailing.start()
    with between:
        tailing.step()
    assert between.happened
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 5), *numbered(5, 3), *numbered(0, 9), *numbered(0, 5)]
    assert not tailing.abandoned()
    tailing.stop()


def test_a_generation_that_gets_another_name_before_it_is_opened_is_not_taken_for_a_younger_one(folder):
    log = folder / "app.log"
    say(log, 5)
    tailing = Tailing(source(log)).step()
    say(log, 3, first=5)
    log.rename(folder / "app.log.1")
    say(log, 9)
    tailing.stop()
    shift(folder, 1)
    log.rename(folder / "app.log.1")
    say(log, 5)
    between = Before(os.open, folder / "app.log.2", lambda: shift(folder, 2, down_to=2))
    tailing.start()
    with between:
        tailing.step()
    assert between.happened
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 8), *numbered(0, 9), *numbered(0, 5)]
    assert not tailing.abandoned()
    tailing.stop()


def test_an_archive_that_takes_the_place_of_its_original_keeps_it_under_its_next_name(folder):
    log = folder / "app.log"
    say(log, 5)
    tailing = Tailing(source(log)).step()
    log.rename(folder / "app.log.1")
    say(log, 9)
    tailing.step()
    pack(folder / "app.log.1")
    tailing.step()  # the archive is known; the original is still held open
    shift(folder, 1, packed=".gz")
    log.rename(folder / "app.log.1")
    say(log, 5)
    pack(folder / "app.log.1")
    between = Before(os.stat, folder / "app.log.1.gz", lambda: shift(folder, 2, packed=".gz"))
    with between:
        tailing.step()
    assert between.happened
    tailing.settle()
    assert tailing.texts() == [*numbered(0, 5), *numbered(0, 9), *numbered(0, 5)]
    assert not tailing.abandoned()
    tailing.stop()
