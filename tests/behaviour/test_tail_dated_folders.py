"""Rotation into a folder for each month or day, as Log4j 2 does it by its manual: `2026-01/app-01-02-2026-1.log.gz`."""

from __future__ import annotations

import gzip

import pytest

from logsource.tail.oldfolders import LATEST, old_among
from logsource.tail.siblings import in_order
from tests.support.tailing import Tailing, numbered, source, write

FOLDERS = {
    "2026-01": "app-01-{:02d}-2026-1.log.gz",
    "2026-01-02": "app.2026-01-02.{}.log",
    "202601": "app.log.202601{:02d}.gz",
}


def roll(log, folder, number):
    """Move the log into the folder, compressed if its name says so."""
    to = log.parent / folder / FOLDERS[folder].format(number)
    to.parent.mkdir(exist_ok=True)
    if to.suffix == ".gz":
        to.write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
    else:
        log.rename(to)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("paths", [["app.log"], ["app.log", "*/app*"]], ids=str)
@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, folder, paths, state):
    log = tmp_path / "app.log"
    tailing = Tailing(source(*(tmp_path / path for path in paths)))
    write(log, numbered(0, 10))
    tailing.step()
    for number in range(1, 6, 2):
        if state == "stopped":
            tailing.stop()
        tailing.paused = state == "paused"
        write(log, numbered(number * 100, 3))
        roll(log, folder, number)
        if state != "running":
            write(log, numbered(number * 100 + 50, 3))
            roll(log, folder, number + 1)
        write(log, numbered(number * 100 + 90, 2))
        if state == "stopped":
            tailing.start()
        tailing.step()
    tailing.paused = False
    tailing.settle().crash().settle()
    written = numbered(0, 10)
    for number in range(1, 6, 2):
        more = numbered(number * 100 + 50, 3) if state != "running" else []
        written += [*numbered(number * 100, 3), *more, *numbered(number * 100 + 90, 2)]
    assert tailing.texts() == written
    assert {one.path for one in tailing.got} == {str(log)}
    tailing.stop()


def test_copies_without_a_date_of_their_own_are_nobodys_generations(tmp_path):
    """Somebody saves all logs before an upgrade; or the folder is of another program, with logs of its own."""
    log, saved = tmp_path / "app.log", tmp_path / "2026-01-02"
    saved.mkdir()
    tailing = Tailing(source(log))
    write(log, numbered(0, 3))
    tailing.step().stop()
    write(saved / "app.log.1", numbered(100, 3))
    write(saved / "app.log", numbered(200, 3))
    assert tailing.start().settle().texts() == numbered(0, 3)
    tailing.stop()


def test_a_log_in_a_folder_of_its_day_keeps_its_own_generations(tmp_path):
    log, other = tmp_path / "app.log", tmp_path / "2026-01-02/app.log"
    other.parent.mkdir()
    tailing = Tailing(source(log, other))
    write(log, numbered(0, 3))
    write(other, numbered(100, 3))
    tailing.step().stop()
    other.rename(other.with_name("app.log.1"))
    write(other, numbered(103, 3))
    tailing.start().settle()
    assert tailing.texts(str(log)) == numbered(0, 3)
    assert tailing.texts(str(other)) == numbered(100, 6)
    tailing.stop()


def test_only_the_latest_folders_are_looked_into():
    days = frozenset(f"2026-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29))
    old = old_among(days | {"archive", "www", "2026", "99990101"})
    assert old[0] == "archive"
    assert old[-1] == "2026-12-28"
    assert len(old) == LATEST + 1


@pytest.mark.parametrize("packs", [False, True], ids=["plain", "gz"])
def test_the_turn_of_the_year_while_the_agent_is_down(tmp_path, packs):
    """The year stands last in the manual of Log4j 2: January would come before December."""
    log = tmp_path / "app.log"
    write(log, numbered(0, 3))
    tailing = Tailing(source(log)).step().stop()
    for number, name in enumerate(
        ["2025-12/app-12-30-2025-1", "2025-12/app-12-31-2025-1", "2026-01/app-01-01-2026-1"]
    ):
        to = tmp_path / f"{name}.log{'.gz' * packs}"
        to.parent.mkdir(exist_ok=True)
        to.write_bytes(gzip.compress(log.read_bytes()) if packs else log.read_bytes())
        log.unlink()
        write(log, numbered(3 * number + 3, 3))
    assert tailing.start().settle().texts() == numbered(0, 12)
    tailing.stop()


@pytest.mark.parametrize(
    "names",
    [
        ["-12-31-2025-1.gz", "-01-01-2026-1.gz", "-01-02-2026-1"],
        [".31.12.2025", ".01.01.2026", ".01.02.2026"],
        ["-2024", "-2025", "-2026"],
        [".2026.01.01.2016", ".2026.01.02.2015"],
        [".10", ".9.gz", ".1"],
        ["-20251231.gz", "-20260101"],
    ],
    ids=str,
)
def test_the_order_of_names(names):
    assert [name for name, _ in in_order((name, None) for name in reversed(names))] == names
