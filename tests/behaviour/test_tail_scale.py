"""Many files, few descriptors, stale handles, vanished files."""

from __future__ import annotations

from pathlib import Path

from logsource.tail.absence import RETENTION_MS
from tests.support.tailing import numbered, write


def test_more_files_than_descriptors(tmp_path, follow):
    names = [f"{number:03d}" for number in range(200)]
    for name in names:
        write(tmp_path / name, [f"{name} one"])
    before = len(list(Path("/proc/self/fd").iterdir()))
    tailing = follow(tmp_path / "*", max_open=20).step()
    for round_ in ("two", "three"):
        for name in names:
            write(tmp_path / name, [f"{name} {round_}"])
        tailing.step(20)
        assert len(list(Path("/proc/self/fd").iterdir())) - before <= 21
    assert sorted(tailing.texts()) == sorted(f"{name} {n}" for name in names for n in ("one", "two", "three"))
    assert tailing.texts(str(tmp_path / "007")) == ["007 one", "007 two", "007 three"]


def test_rotation_of_a_file_that_was_closed_for_want_of_descriptors(tmp_path, follow):
    names = [f"{number:02d}.log" for number in range(30)]
    for name in names:
        write(tmp_path / name, [f"{name} one"])
    tailing = follow(tmp_path / "*.log", max_open=5).step(3)
    for name in names:
        write(tmp_path / name, [f"{name} two"])
        (tmp_path / name).rename(tmp_path / f"{name}.1")
        write(tmp_path / name, [f"{name} three"])
    tailing.settle()
    for name in names:
        assert tailing.texts(str(tmp_path / name)) == [f"{name} {n}" for n in ("one", "two", "three")]


def test_quiet_files_are_looked_at_in_turn_and_none_is_forgotten(tmp_path, follow):
    names = [f"{number:04d}.log" for number in range(3000)]
    for name in names:
        write(tmp_path / name, ["one"])
    tailing = follow(tmp_path / "*.log", max_open=100).step(60)
    assert len(tailing.texts()) == 3000
    for name in names[::500]:
        write(tmp_path / name, ["two"])
    tailing.step(3)
    assert tailing.texts()[3000:] == ["two"] * 6


def test_a_thousand_new_files_between_two_scans(tmp_path, follow):
    tailing = follow(tmp_path / "*.log").step()
    for number in range(1000):
        write(tmp_path / f"{number}.log", [f"line of {number}"])
    tailing.step(2)
    assert len(tailing.texts()) == 1000


class StaleHandle:
    """A network file system's handle that knows the size and gives no bytes."""

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def read(self, offset, size):
        data = self._inner.read(offset, size)
        return data[: max(0, 36 - offset)]


def test_a_file_that_gives_fewer_bytes_than_it_has_is_opened_anew(tmp_path, follow):
    log = tmp_path / "app.log"
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    (follower,) = tailing.tail._sources["app"].registry.by_key.values()
    follower.content = StaleHandle(follower.content)
    write(log, numbered(3, 3))
    tailing.step(5)
    assert tailing.texts() == numbered(0, 3)
    tailing.step(15)
    assert tailing.texts() == numbered(0, 6)
    assert [one.kind for one in tailing.events] == ["found", "stalled"]


def test_a_vanished_file_is_accounted_for_at_once_and_forgotten_after_a_week(tmp_path, follow):
    log = tmp_path / "app.log"
    write(log, numbered(0, 3))
    tailing = follow(log).step()
    tailing.paused = True
    write(log, numbered(3, 2))
    tailing.step()
    tailing.commit([])
    tailing.stop()
    log.unlink()
    tailing.paused = False
    tailing.start().step(3)
    (row,) = tailing.rows.values()
    assert row.state["absent_ms"]
    tailing.crash().step(3)
    tailing.clock.advance(RETENTION_MS / 1000)
    tailing.step(2)
    assert tailing.rows == {}
    assert [one.kind for one in tailing.events][-1] == "forgotten"


def test_bytes_that_were_seen_and_vanished_unread_are_counted(tmp_path, follow):
    log = tmp_path / "app.log"
    write(log, numbered(0, 400))
    tailing = follow(log)
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    read = tailing.chunks[0].end
    assert read < 4800
    tailing.stop()
    log.unlink()
    tailing.start().step(3)
    assert tailing.abandoned() == {"vanished": 4800 - read}
    tailing.crash().step(3)
    assert tailing.abandoned() == {"vanished": 4800 - read}, "counted once"
