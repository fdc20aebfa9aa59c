"""Archives that `paths` name without their log: a backfill reads those, now and when it is run again, and no others."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.tailing import Tailing, numbered, source, write

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


def generations(log: Path) -> dict[int, list[str]]:
    """A log with four archives; lines by generation, the oldest first. They were written a day apart."""
    write(log, numbered(400, 10))
    now = log.stat().st_mtime
    texts = {}
    for number in range(4, 0, -1):
        texts[number] = numbered(100 * (4 - number), 10)
        archive = log.with_name(f"{log.name}.{number}.gz")
        archive.write_bytes(gzip.compress("".join(f"{text}\n" for text in texts[number]).encode()))
        os.utime(archive, (now - number * DAY, now - number * DAY))
    return texts


@pytest.mark.parametrize("cut_short", [False, True], ids=["read whole", "cut short"])
def test_a_second_run_reads_no_archive_that_was_not_named(tmp_path: Path, *, cut_short: bool):
    """Another agent follows the log, and has read the younger ones: they would come twice, under two ids."""
    log = tmp_path / "app.log"
    texts = generations(log)
    tailing = Tailing(source(tmp_path / "app.log.4.gz", tmp_path / "app.log.3.gz"))
    tailing = (tailing.step() if cut_short else tailing.settle()).stop()
    tailing.start().settle()
    assert tailing.texts() == [*texts[4], *texts[3]]
    tailing.stop()


def test_the_archives_of_a_followed_log_need_no_name(tmp_path: Path):
    """Those that came while the agent was down are what it missed."""
    log = tmp_path / "app.log"
    texts = generations(log)
    tailing = Tailing(source(log)).step().stop()
    log.rename(tmp_path / "app.log.0")
    write(log, numbered(500, 5))
    missed = tmp_path / "app.log.0.gz"
    missed.write_bytes(gzip.compress((tmp_path / "app.log.0").read_bytes() + b"added\n"))
    (tmp_path / "app.log.0").unlink()
    tailing.start().settle()
    assert tailing.texts() == [*numbered(400, 10), "added", *numbered(500, 5)]
    assert not set(texts[1]) & set(tailing.texts())
    tailing.stop()


def test_an_archive_was_asked_for_under_the_name_that_it_had_before_it_was_compressed(tmp_path: Path):
    """`paths` name archives as rotation first leaves them; the next one was compressed while the agent was down."""
    first = tmp_path / "app.log.1"
    write(first, numbered(0, 10))
    tailing = Tailing(source(tmp_path / "app.log.[1-9]")).step().stop()
    packed = tmp_path / "app.log.2.gz"
    packed.write_bytes(gzip.compress(first.read_bytes()))
    first.unlink()
    (tmp_path / "app.log.1.gz").write_bytes(gzip.compress(b"the next\n"))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 10), "the next"]
    tailing.stop()


NAMES = {"app.log.[0-9]": "app.log.{}", "app.log-*": "app.log-2026010{}", "@*": "@40000000{:08x}0b388d0c.s"}


@pytest.mark.parametrize("pattern", NAMES)
@pytest.mark.parametrize("once", [False, True], ids=["running", "once"])
def test_archives_that_are_longer_than_a_block_are_read_one_after_the_other(tmp_path: Path, pattern, *, once):
    """Where nothing but archives is named, the oldest looked like a log, and the next one was read beside it."""
    for number in range(4):
        stamp = 4 - number if "[" in pattern else number
        write(tmp_path / NAMES[pattern].format(stamp), numbered(number * 1000, 1000))
    tailing = Tailing(source(tmp_path / pattern), once=once).step(3)
    assert tailing.texts() == numbered(0, 4000)
    tailing.stop()


def test_an_archive_waits_for_the_one_that_was_alone_before_it(tmp_path: Path):
    write(tmp_path / "app.log-20260101", numbered(0, 10))
    tailing = Tailing(source(tmp_path / "app.log-*")).step()
    tailing.paused = True
    write(tmp_path / "app.log-20260101", numbered(10, 1000))
    tailing.step()
    write(tmp_path / "app.log-20260102", numbered(1010, 1000))
    tailing.step(2)
    tailing.paused = False
    tailing.step()
    assert tailing.texts() == numbered(0, 2010)
    tailing.stop()


def test_the_last_line_of_an_archive_comes_out_in_a_directory_that_is_never_at_rest(tmp_path: Path):
    """Whatever comes, an archive that was found under its own name stays one, and its end an end."""
    archive = tmp_path / "app.log.1"
    write(archive, ["first", "last"], end="\n")
    os.truncate(archive, archive.stat().st_size - 1)
    write(tmp_path / "app.log", ["live"])
    tailing = Tailing(source(tmp_path / "app*"))
    for number in range(20):
        write(tmp_path / f"app{number}.txt", ["other"])
        tailing.step()
    assert tailing.texts(str(archive)) == ["first", "last"]
    tailing.stop()
