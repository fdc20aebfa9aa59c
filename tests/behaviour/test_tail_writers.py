"""Whoever may ask the kernel knows whether somebody still writes to a file that has no name, or is about to have none."""

from __future__ import annotations

import contextlib

import pytest

from tests.support.tailing import Tailing, deleted_and_held, source, write

MOST = 40
LONG = 120


@pytest.fixture
def told(tmp_path, opened):
    """The kernel tells."""
    opened.append(Tailing(source(tmp_path / "*.log"), max_open=MOST))
    return opened[-1].step()


def test_one_whose_writer_is_gone_is_closed_at_once(tmp_path, told):
    (tmp_path / "early.log").write_bytes(b"one\ntwo, and no end")
    told.step()
    (tmp_path / "early.log").unlink()
    told.step(2)
    assert deleted_and_held() == []
    assert told.texts() == ["one", "two, and no end"]


def test_what_a_writer_says_to_a_deleted_log_after_an_hour_is_read(tmp_path, told):
    with (tmp_path / "job.log").open("ab", buffering=0) as job:
        job.write(b"one\n")
        told.step()
        (tmp_path / "job.log").unlink()
        told.step(120, seconds=30)
        job.write(b"two\n")
        told.step(3, seconds=30)
        assert deleted_and_held() == ["job", "job"]  # the writer and the agent
    told.step(3)
    assert deleted_and_held() == []
    assert told.texts() == ["one", "two"]
    assert not told.abandoned()


def test_of_many_those_that_nobody_writes_to_go_and_of_too_many_the_longest_silent(tmp_path, told):
    with contextlib.ExitStack() as stack:
        for number in range(MOST):
            job = stack.enter_context((tmp_path / f"job{number:02d}.log").open("ab", buffering=0))
            job.write(b"a line\n")
        told.step()
        for log in tmp_path.glob("*.log"):
            log.unlink()
        told.step(5)
        assert len(deleted_and_held()) == MOST + MOST // 2
        write(tmp_path / "another.log", ["another"])
        told.step(2)
    told.step(5)
    assert deleted_and_held() == []
    assert len(told.got) == MOST + 1


def test_what_a_writer_still_has_open_is_not_deleted_before_it_is_closed(tmp_path, log, opened):
    with log.open("ab", buffering=0) as writer:
        writer.write(b"one\n")
        opened.append(
            Tailing(source(tmp_path / "app.log*", after_delivery="delete"), undelivered=lambda: None)
        )
        tailing = opened[-1].step()
        log.rename(copy := log.with_name("app.log.1"))
        write(log, ["two"])
        tailing.step(LONG)
        assert copy.exists()
        writer.write(b"late\n")
        tailing.step(LONG)
        assert copy.exists()
    tailing.step(LONG)
    assert not copy.exists()
    assert sorted(tailing.texts()) == ["late", "one", "two"]
