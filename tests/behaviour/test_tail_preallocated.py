"""Programs that make their log longer before they write: what is NUL at its end is room, and no content yet."""

from __future__ import annotations

import mmap
import os

import pytest

from tests.support.tailing import Tailing, numbered, source, write


class Preallocated:
    """A log that is longer than what was written to it."""

    def __init__(self, log, way, size):
        self._file = log.open("w+b")
        self._way, self._size = way, size
        self.end = 0
        self.lines = []
        self.extend()
        self._map = mmap.mmap(self._file.fileno(), size) if way == "mapped" else None

    def extend(self):
        """Make room behind what is there."""
        size = self.end + self._size
        if self._way == "fallocate":
            os.posix_fallocate(self._file.fileno(), self.end, self._size)
        elif self._way == "zeros":
            os.pwrite(self._file.fileno(), bytes(self._size), self.end)
        else:
            os.ftruncate(self._file.fileno(), size)

    def write(self, count, codec="utf-8"):
        lines = numbered(len(self.lines), count)
        data = "".join(f"{line}\n" for line in lines).encode(codec)
        if self._map is not None:
            self._map[self.end : self.end + len(data)] = data
        else:
            os.pwrite(self._file.fileno(), data, self.end)
        self.end += len(data)
        self.lines += lines

    def trim(self):
        os.ftruncate(self._file.fileno(), self.end)

    def close(self):
        if self._map is not None:
            self._map.close()
        self._file.close()


@pytest.fixture
def program(log):
    made = []

    def begin(way="sparse", size=1 << 16):
        made.append(Preallocated(log, way, size))
        return made[-1]

    yield begin
    for one in made:
        one.close()


@pytest.mark.parametrize("size", [512, 1 << 16, 4 << 20], ids=["512", "64K", "4M"])
@pytest.mark.parametrize("way", ["sparse", "fallocate", "zeros", "mapped"])
def test_lines_come_as_they_are_written_and_once(log, program, way, size):
    at_work = program(way, size)
    tailing = Tailing(source(log)).step()
    for turn in range(8):
        at_work.write(5)
        assert tailing.step(2).texts() == at_work.lines
        if turn == 3:
            tailing.crash()
    assert tailing.step().tail.at_end()
    at_work.trim()
    tailing.step(3)
    write(log, ["the end"])
    tailing.step(2)
    assert tailing.texts() == [*at_work.lines, "the end"]
    assert not tailing.rotations()
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
def test_another_stretch_and_a_rotation_with_room_left(tmp_path, log, program, state):
    at_work = program("sparse", 1 << 20)
    at_work.write(100)
    tailing = Tailing(source(log)).step()
    if state == "stopped":
        tailing.stop()
    tailing.paused = state == "paused"
    at_work.write(300)
    at_work.extend()
    at_work.write(100)
    if state != "stopped":
        tailing.step()
    log.rename(tmp_path / "app.log.1")
    tailing.paused = False
    if state == "stopped":
        tailing.start()
    next_one = program()
    next_one.write(10)
    tailing.settle()
    assert tailing.texts() == [*at_work.lines, *next_one.lines]
    assert not tailing.abandoned()
    tailing.stop()


def test_room_that_comes_between_a_look_and_its_read(log, program):
    at_work = program("sparse", 0)
    at_work.write(10)
    tailing = Tailing(source(log))
    tailing.tail.scan()  # looked at: no room yet
    os.truncate(log, 8 << 20)
    tailing.step(3)
    at_work.write(10)
    assert tailing.step(2).texts() == at_work.lines
    assert not tailing.abandoned()
    tailing.stop()


def test_the_last_bytes_of_wide_characters_are_no_room(log, program):
    at_work = program()
    tailing = Tailing(source(log, encoding="utf-16-le")).step()
    for _ in range(3):
        at_work.write(3, "utf-16-le")
        assert tailing.step(2).texts() == at_work.lines
    tailing.stop()


def test_a_nul_that_ends_a_record_is_no_room(log):
    log.write_bytes(b"one\0two\0")
    tailing = Tailing(source(log, delimiter="\0")).step()
    assert tailing.texts() == ["one", "two"]
    tailing.stop()


def test_nuls_between_lines_are_a_part_of_the_line_behind_them(log):
    """What a machine that lost its power leaves in a log."""
    log.write_bytes(b"one\n" + bytes(500))
    tailing = Tailing(source(log)).step()
    assert tailing.texts() == ["one"]
    write(log, ["two"])
    assert tailing.step(2).texts() == ["one", "\0" * 500 + "two"]
    assert not tailing.rotations()
    tailing.stop()


def test_started_at_the_end_means_the_end_of_what_was_written(log, program):
    at_work = program()
    at_work.write(5)
    tailing = Tailing(source(log, start_at="end")).step()
    at_work.write(5)
    assert tailing.step(2).texts() == at_work.lines[5:]
    tailing.stop()
