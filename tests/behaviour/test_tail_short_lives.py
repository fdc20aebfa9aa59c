"""A directory in which logs come and go by the hundred: jobs that write one each and delete it."""

from __future__ import annotations

import gzip

import pytest

from logsource.tail.orphans import CROWD
from tests.support.opens import Opens
from tests.support.tailing import numbered, write

GONE = 300
FEW = 5
"""Listings of a directory in one scan, and not one for each log that is gone."""


@pytest.fixture
def jobs(tmp_path):
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


def come_and_go(jobs, tailing, count):
    names = [jobs / f"job-{number:04d}x.log" for number in range(count)]
    for name in names:
        write(name, [name.name])
    tailing.step(2)
    for name in names:
        name.unlink()
    return names


@pytest.mark.parametrize("most", [20, 8000], ids=["few descriptors", "many descriptors"])
def test_the_directory_is_not_listed_for_each_of_them(jobs, follow, most):
    tailing = follow(jobs / "*.log", max_open=most)
    come_and_go(jobs, tailing, GONE)
    with Opens(jobs) as listings:
        tailing.step()
        for number in range(3):
            write(jobs / f"other{number}x.log", ["something else happens here"])
            listings.take()
            tailing.step()
            assert 0 < listings.take() <= FEW
    assert len(tailing.texts()) == GONE + 3
    assert not tailing.abandoned()
    tailing.step(150)  # a descriptor without a name is kept for a minute, and accounts are made once a minute
    assert all(row.state["absent_ms"] for row in tailing.rows.values() if "job-" in row.state["path"])


def test_nor_is_it_for_each_that_is_gone_with_unread_bytes(jobs, follow):
    """They are lost, and counted; one of them was only rotated, and is read."""
    tailing = follow(jobs / "*.log", max_open=20)
    names = [jobs / f"job-{number:04d}x.log" for number in range(GONE)]
    for name in names:
        write(name, [name.name])
    tailing.step(2)
    tailing.paused = True
    for name in names:
        write(name, ["unread"])
    tailing.step(2)
    names[7].rename(f"{names[7]}.1")
    for name in [*names[:7], *names[8:]]:
        name.unlink()
    with Opens(jobs) as listings:
        tailing.step()
        assert 0 < listings.take() <= 4 * FEW
    tailing.paused = False
    tailing.step(150)
    lost = GONE - tailing.texts().count("unread")
    assert tailing.texts(str(names[7])) == [names[7].name, "unread"]
    assert tailing.abandoned() == {"vanished": lost * len("unread\n")}
    assert lost >= GONE - 30, "only those that were held open are still to be had"


@pytest.mark.parametrize("crowd", [3, CROWD + 50])
def test_one_that_comes_back_and_is_rotated_away_between_two_looks_is_read(jobs, follow, crowd):
    tailing = follow(jobs / "*.log")
    names = come_and_go(jobs, tailing, crowd)
    tailing.step(70)
    log = names[1]
    write(log, numbered(0, 20))
    log.rename(f"{log}.1")
    tailing.step(3)
    assert tailing.texts(str(log)) == [log.name, *numbered(0, 20)]
    write(log, numbered(20, 5))
    tailing.step(3)
    assert tailing.texts(str(log)) == [log.name, *numbered(0, 25)]


def test_one_that_turns_up_as_an_archive_is_not_read_again(jobs, follow):
    tailing = follow(jobs / "*.log")
    names = [jobs / f"job{number}x.log" for number in range(5)]
    for name in names:
        write(name, numbered(0, 20, name.name))
    tailing.step(2)
    for name in names:
        name.unlink()
    tailing.step(70)
    with gzip.open(f"{names[2]}.1.gz", "wb") as archive:
        archive.write("".join(f"{one}\n" for one in [*numbered(0, 20, names[2].name), "one more"]).encode())
    tailing.step(15)
    assert tailing.texts(str(names[2])) == [*numbered(0, 20, names[2].name), "one more"]
    assert not tailing.abandoned()


def test_the_next_one_under_the_same_names_and_inode_is_read(jobs, follow):
    """Where inodes are given away at once, nothing in the listing tells the second generation from the first."""
    tailing = follow(jobs / "*.log")
    log = jobs / "app.log"
    old = jobs / "app.log.1"
    write(log, numbered(0, 20))
    tailing.step()
    for first in (20, 40, 60):
        if old.exists():
            old.unlink()
        log.rename(old) if log.exists() else write(old, [])
        tailing.settle()
        old.unlink()
        write(log, numbered(first, 20))
        log.rename(old)
        tailing.step(3)
    assert tailing.texts() == numbered(0, 80)
