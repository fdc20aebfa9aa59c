"""Generations that were read to their end and stand under names that no path names: nobody opens them again."""

from __future__ import annotations

import os

import pytest

from tests.support.opens import Opens
from tests.support.tailing import descriptors, numbered, write


@pytest.fixture
def rotated(tmp_path, log, follow):
    """A log with a generation that was read, closed, and is known to be finished."""
    tailing = follow()
    write(log, numbered(0, 50))
    tailing.step()
    old = tmp_path / "app.log.1"
    log.rename(old)
    write(log, numbered(50, 5))
    tailing.settle()
    assert not descriptors(old)
    return tailing, old


def test_a_closed_generation_is_not_opened_to_see_that_it_is_still_the_same(log, rotated):
    tailing, old = rotated
    with Opens(old) as opens:
        write(log, numbered(55, 5))
        tailing.step(20)
        assert opens.take() == 0
    assert tailing.texts() == numbered(0, 60)


def test_behind_a_link_neither(tmp_path, log, follow):
    """What Kubernetes makes of its logs: paths name links, and the generations stand beside what they lead to."""
    links = tmp_path / "links"
    links.mkdir()
    (links / "app.log").symlink_to(log)
    tailing = follow(links / "*.log")
    write(log, numbered(0, 50))
    tailing.step()
    old = tmp_path / "app.log.1"
    log.rename(old)
    write(log, numbered(50, 5))
    tailing.settle()
    with Opens(old) as opens:
        tailing.step(20)
        assert opens.take() == 0
    assert tailing.texts() == numbered(0, 55)


def test_what_is_added_to_a_closed_generation_is_read(log, rotated):
    tailing, old = rotated
    write(old, ["a writer that kept its descriptor for long"])
    tailing.step(3)
    assert tailing.texts() == [*numbered(0, 55), "a writer that kept its descriptor for long"]
    assert not tailing.abandoned()


def test_a_closed_generation_goes_on_under_its_next_names(tmp_path, log, rotated):
    tailing, old = rotated
    old.rename(tmp_path / "app.log.2")
    log.rename(old)
    write(log, numbered(55, 5))
    tailing.settle()
    (tmp_path / "app.log.2").unlink()
    write(log, numbered(60, 5))
    tailing.settle()
    assert tailing.texts() == numbered(0, 65)
    assert not tailing.abandoned()


def test_an_other_file_in_its_place_is_seen_to_be_one(log, rotated):
    """Same name, same size, same time: only the inode tells."""
    tailing, old = rotated
    status = old.stat()
    other = old.with_name("other")
    write(other, numbered(900, 50))
    assert other.stat().st_size == status.st_size
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    with Opens(other) as opens:
        other.rename(old)
        tailing.step(3)
        assert opens.take() > 0
    assert tailing.texts()[:55] == numbered(0, 55)
