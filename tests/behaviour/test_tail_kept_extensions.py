"""Rotation that keeps extensions: `app.1.log` may be a generation of `app.log`, or a log of its own that `*.log` names."""

from __future__ import annotations

import gzip
import os
import shutil

import pytest

from tests.support.rotating import compress
from tests.support.tailing import next_tick, numbered, write

KEPT = ["app.1.log", "app-20260102.log", "app.2026-01-02.0.log", "app-2026-01-02T22-23-50.000.log"]


@pytest.mark.parametrize("name", ["app.log.1", *KEPT])
@pytest.mark.parametrize("looks", [1, 9])
def test_a_copy_that_is_seen_before_the_log_is_cut_is_read_once(tmp_path, follow, log, name, looks):
    """copytruncate of a large log takes seconds, and the agent looks every second."""
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / "app*").step()
    write(log, numbered(10, 5))
    shutil.copyfile(log, tmp_path / name)
    tailing.step(looks)
    os.truncate(log, 0)
    tailing.step()
    write(log, numbered(15, 5))
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 20)
    assert not tailing.abandoned()


@pytest.mark.parametrize("name", ["app.log.1.gz", *(f"{name}.gz" for name in KEPT)])
@pytest.mark.parametrize("restarts", [False, True])
def test_what_was_packed_elsewhere_and_turns_up_later_is_known(tmp_path, follow, log, name, restarts):
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / "app*").step()
    packed = tmp_path.parent / f"{tmp_path.name}.packed"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    write(log, numbered(10, 5))
    tailing.settle()
    if restarts:
        tailing.crash().settle()
    packed.rename(tmp_path / name)
    tailing.settle()
    assert tailing.texts() == numbered(0, 15)


@pytest.mark.parametrize("name", KEPT)
def test_two_logs_that_say_the_same_stay_two_logs(tmp_path, follow, log, name):
    """The younger one is left alone for a while, because it may be a copy; then it is read all the same."""
    other = tmp_path / name
    write(log, numbered(0, 10))
    tailing = follow(tmp_path / "*.log").step()
    write(other, numbered(0, 10))
    tailing.settle()
    write(other, numbered(10, 2))
    write(log, numbered(20, 2))
    tailing.settle().crash().settle()
    assert tailing.texts(str(log)) == [*numbered(0, 10), *numbered(20, 2)]
    assert tailing.texts(str(other)) == numbered(0, 12)
    assert len({one.id[0] for one in tailing.got}) == 2


@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_log_without_an_extension_beside_one_with_it(tmp_path, follow, log, state, kept):
    """`app.1.log` is of `app.log` (logrotate's `extension`), or of `app` (`addextension`) where that is the only log."""
    bare = tmp_path / "app"
    write(bare, numbered(500, 10))
    if kept:
        write(log, numbered(0, 10))
    tailing = follow(tmp_path / "app", *([log] if kept else [])).step()
    rotated, first = (log, 10) if kept else (bare, 510)
    if state == "stopped":
        tailing.stop()
    for number in range(2):
        if (tmp_path / "app.1.log").exists():
            (tmp_path / "app.1.log").rename(tmp_path / "app.2.log")
        next_tick(rotated)
        rotated.rename(tmp_path / "app.1.log")
        write(rotated, numbered(first + number * 10, 10))
        if state == "running":
            tailing.step()
    if state == "stopped":
        tailing.start()
    tailing.settle().crash().settle()
    assert tailing.texts(str(log)) == (numbered(0, 30) if kept else [])
    assert tailing.texts(str(bare)) == numbered(500, 10 if kept else 30)


def test_an_empty_archive_of_this_name_hides_no_log(tmp_path, follow, log):
    """It is followed as what it is called, a log of its own; the next one under its name is what the log was."""
    write(log, numbered(0, 10))
    (tmp_path / "app.1.log.gz").write_bytes(gzip.compress(b""))
    tailing = follow(tmp_path / "app*").step()
    for number in range(1, 4):
        for age in range(9, 0, -1):
            old = tmp_path / f"app.{age}.log.gz"
            if old.exists():
                old.rename(tmp_path / f"app.{age + 1}.log.gz")
        compress(log.rename(tmp_path / "app.1.log"))
        write(log, numbered(number * 10, 10))
        tailing.crash().step(2)
    tailing.settle()
    assert tailing.texts() == numbered(0, 40)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("packs", [False, True], ids=["plain", "packed"])
def test_two_logs_of_like_names_are_each_rotated(tmp_path, follow, log, name, state, packs):
    other = tmp_path / name
    write(log, numbered(0, 10))
    write(other, numbered(500, 10))
    tailing = follow(tmp_path / "*.log").step()
    for number in range(1, 3):
        if state == "stopped":
            tailing.stop()
        for one, first in ((log, 10), (other, 510)):
            for age in (2, 1):
                for extension in ("", ".gz"):
                    old = tmp_path / f"{one.name}.{age}{extension}"
                    if old.exists():
                        old.rename(tmp_path / f"{one.name}.{age + 1}{extension}")
            one.rename(tmp_path / f"{one.name}.1")
            if packs:
                compress(tmp_path / f"{one.name}.1")
            write(one, numbered(first * number, 10))
        if state == "stopped":
            tailing.start()
        tailing.step(2)
    tailing.settle().crash().settle()
    assert tailing.texts(str(log)) == [*numbered(0, 20), *numbered(20, 10)]
    assert tailing.texts(str(other)) == [*numbered(500, 20), *numbered(1020, 10)]
    assert {one.path for one in tailing.got} == {str(log), str(other)}
