"""Deleted logs are held open until their end is proven, but not by the thousand: then the longest silent go first."""

from __future__ import annotations

import contextlib
import os

import pytest

from tests.support.tailing import Tailing, deleted_and_held, descriptors, numbered, source, write

MOST = 40
QUARTER = MOST // 4
"""So many deleted ones may be held."""


@pytest.fixture
def tailing(tmp_path, opened):
    """Nobody tells who has a file open for writing, as for files of other users."""
    opened.append(Tailing(source(tmp_path / "*.log"), max_open=MOST, has_writer=lambda _: None))
    return opened[-1].step()


def deleted_after_reading(tmp_path, tailing, names):
    logs = [tmp_path / f"{name}.log" for name in names]
    for log in logs:
        write(log, [log.stem])
    tailing.step()
    for log in logs:
        log.unlink()
    tailing.step()


def test_few_are_held_for_their_minute(tmp_path, tailing):
    names = [f"job{number:02d}" for number in range(QUARTER)]
    deleted_after_reading(tmp_path, tailing, names)
    tailing.step(40)
    assert deleted_and_held() == names
    tailing.step(80)
    assert deleted_and_held() == []


def test_of_many_those_that_are_silent_longest_are_given_up(tmp_path, tailing):
    early = [f"early{number:02d}" for number in range(20)]
    late = [f"late{number:02d}" for number in range(QUARTER)]
    deleted_after_reading(tmp_path, tailing, early)
    deleted_after_reading(tmp_path, tailing, late)
    tailing.step(4)
    assert deleted_and_held() == late
    assert sorted(tailing.texts()) == [*early, *late]
    assert {row.state["finished"] for row in tailing.rows.values() if "early" in row.state["path"]} == {True}
    assert not tailing.abandoned()


def test_nobody_is_given_up_who_was_deleted_a_moment_ago(tmp_path, tailing):
    names = [f"job{number:02d}" for number in range(30)]
    deleted_after_reading(tmp_path, tailing, names)
    assert deleted_and_held() == names
    tailing.step()
    assert deleted_and_held() == names
    tailing.step(3)
    assert len(deleted_and_held()) == QUARTER


def test_who_goes_on_writing_is_kept(tmp_path, tailing):
    said = []
    with (tmp_path / "a.log").open("ab", buffering=0) as file:
        for turn in range(12):
            deleted_after_reading(tmp_path, tailing, [f"{turn:02d}-{number}" for number in range(5)])
            said.append(f"still here {turn}")
            file.write(f"{said[-1]}\n".encode())
            if not turn:
                tailing.step()
                (tmp_path / "a.log").unlink()
        tailing.step(2)
        assert "a" in deleted_and_held()
    assert tailing.texts(str(tmp_path / "a.log")) == said
    assert len(tailing.texts()) == len(said) + 60


def test_unread_bytes_are_never_given_up(tmp_path, tailing):
    """The outbox is full for a while, and one line has no end yet."""
    names = [f"job{number:02d}" for number in range(30)]
    for name in names:
        write(tmp_path / f"{name}.log", [name])
    tailing.step()
    for name in names[:15]:
        write(tmp_path / f"{name}.log", [f"{name} more"], end="" if name == names[0] else "\n")
    tailing.paused = True
    tailing.step()
    for name in names:
        (tmp_path / f"{name}.log").unlink()
    tailing.step(20)
    assert deleted_and_held() == names[:15], "more than may be held, but nobody could read them again"
    tailing.paused = False
    tailing.step(4)
    assert names[0] in deleted_and_held(), "its end may come"
    assert len(deleted_and_held()) == QUARTER
    tailing.step(120)
    assert sorted(tailing.texts()) == sorted([*names, *(f"{name} more" for name in names[:15])])
    assert not tailing.abandoned()
    assert deleted_and_held() == []


def test_what_was_said_since_the_last_look_is_read(tmp_path, tailing):
    names = [f"job{number:02d}" for number in range(30)]
    with contextlib.ExitStack() as stack:
        files = {
            name: stack.enter_context((tmp_path / f"{name}.log").open("ab", buffering=0)) for name in names
        }
        for name, file in files.items():
            file.write(f"{name}\n".encode())
        tailing.step()
        for name in names:
            (tmp_path / f"{name}.log").unlink()
        tailing.step(2)
        for name, file in files.items():
            file.write(f"{name} last words\n".encode())
        tailing.step(5)
    assert sorted(tailing.texts()) == sorted([*names, *(f"{name} last words" for name in names)])
    assert len(deleted_and_held()) == QUARTER


def test_live_logs_keep_their_descriptors(tmp_path, tailing):
    live = [tmp_path / f"live{number}.log" for number in range(10)]
    for log in live:
        write(log, ["begin"])
    for turn in range(6):
        deleted_after_reading(tmp_path, tailing, [f"{turn}-{number:02d}" for number in range(15)])
    tailing.step(2)
    assert all(descriptors(log) for log in live)


def test_an_inode_that_is_given_away_while_a_directory_is_listed(tmp_path, tailing, monkeypatch):
    """A great directory is listed piece by piece: the name that had it stands there, and the one that has it now."""
    old, new = tmp_path / "a.log", tmp_path / "b.log"
    write(old, numbered(0, 5, "old"))
    tailing.step()
    for number in range(MOST):
        write(tmp_path / f"c{number:02d}.log", ["others take its descriptor"])
    tailing.step()
    assert not descriptors(old)
    scandir = os.scandir

    def piece_by_piece(path):
        monkeypatch.undo()
        first = list(scandir(path))
        old.rename(new)
        new.write_text("".join(f"{line}\n" for line in numbered(0, 9, "new")))
        os.utime(tmp_path)
        return contextlib.nullcontext([*first, *(one for one in scandir(path) if one.name == new.name)])

    write(tmp_path / "d.log", ["so the directory changes"])
    monkeypatch.setattr(os, "scandir", piece_by_piece)
    tailing.step()
    assert tailing.texts(str(new)) == numbered(0, 9, "new")
    assert tailing.texts(str(old)) == numbered(0, 5, "old")
