"""A damaged archive is not unpacked again and again: it is remembered as it is, until somebody touches it."""

from __future__ import annotations

import gzip
import os
import random
from pathlib import Path

import pytest

LINES = 20_000


def lines():
    chance = random.Random(3)
    return [f"{number} {chance.randbytes(50).hex()}" for number in range(LINES)]


def bytes_read():
    """By this process so far, from whatever."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


@pytest.fixture
def archive(tmp_path):
    """A megabyte of lines, and the archive of them whose check sum is wrong."""
    path = tmp_path / "old.log.gz"
    whole = gzip.compress("".join(f"{line}\n" for line in lines()).encode(), 1)
    path.write_bytes(whole[:-8] + bytes(4) + whole[-4:])
    return path, whole


def test_it_is_unpacked_once_and_read_when_it_is_whole(archive, follow):
    path, whole = archive
    tailing = follow(path).step(3)
    assert tailing.texts() == lines(), "what stands before the damage is as good as ever"
    (status,) = tailing.tail.status()
    assert status.state == "unreadable"
    before = bytes_read()
    tailing.step(20, seconds=100.0)
    assert bytes_read() - before < len(whole) // 2, "2000 s, at least 30 tries"
    path.write_bytes(whole)
    tailing.step(3, seconds=60.0)
    assert tailing.texts() == lines()
    assert [one.state for one in tailing.tail.status()] == ["idle"]
    kinds = [event.kind for event in tailing.events if event.kind in {"unreadable", "readable"}]
    assert kinds == ["unreadable", "readable"]


def test_one_that_is_restored_with_its_old_date_is_not_taken_for_the_damaged_one(archive, follow):
    path, whole = archive
    tailing = follow(path).step(3)
    dates = path.stat()
    damaged = path.read_bytes()
    with path.open("r+b") as file:
        file.write(whole)
    os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    assert path.stat().st_size == len(damaged)
    tailing.step(3, seconds=60.0)
    assert [one.state for one in tailing.tail.status()] == ["idle"]
    assert tailing.texts() == lines()


def test_it_is_tried_again_after_an_hour(archive, follow):
    """The damage may have been one of the file system."""
    path, whole = archive
    tailing = follow(path).step(3)
    before = bytes_read()
    tailing.step(60, seconds=100.0)
    assert len(whole) <= bytes_read() - before < 6 * len(whole)


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("restarts", [False, True])
def test_the_first_bytes_of_an_archive_are_no_line(tmp_path, follow, length, restarts):
    """Whoever packs it has not come further, or never will: a full disk, a machine that was switched off."""
    log, old = tmp_path / "app.log", tmp_path / "app.log.1.gz"
    whole = gzip.compress(b"one\ntwo\n")
    old.write_bytes(whole[:length])
    log.write_text("three\n")
    tailing = follow(tmp_path / "app.log*").step(100)
    assert tailing.texts() == ["three"]
    assert {one.path: one.state for one in tailing.tail.status()}[str(log)] == "idle"
    assert [one.broken_off for one in tailing.tail.status() if "gz" in one.path + one.detail] == [True]
    if restarts:
        tailing.crash().step(5)
    old.write_bytes(whole)
    tailing.step(100).crash().settle()
    assert tailing.texts() == ["three", "one", "two"]


def test_after_a_restart_it_is_looked_into_once(archive, follow):
    path, whole = archive
    tailing = follow(path).step(3).crash().step(3)
    before = bytes_read()
    tailing.step(20, seconds=100.0)
    assert bytes_read() - before < len(whole) // 2
    assert [one.state for one in tailing.tail.status()] == ["unreadable"]
    assert tailing.texts() == lines()
