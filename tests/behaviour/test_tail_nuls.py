"""NULs where lines should be, as a power loss leaves them: they end a record, are none, and are counted."""

from __future__ import annotations

import gzip
import os

import pytest

from tests.support.tailing import numbered, write

SIZES = [512, 5000, 300_000, 5 << 20]


def as_text(lines):
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("size", SIZES)
def test_the_line_behind_them_is_whole(log, follow, size, packed):
    data = as_text(numbered(0, 5)) + bytes(size) + as_text(numbered(5, 5))
    log.write_bytes(gzip.compress(data, 1) if packed else data)
    tailing = follow(once=packed).step(3)
    assert tailing.texts() == numbered(0, 10)
    assert not any(one.flags for one in tailing.got)
    assert tailing.got[5].id[2] == len(as_text(numbered(0, 5))) + size, "at its own place in the file"
    assert tailing.abandoned() == {"nuls": size}


@pytest.mark.parametrize("size", SIZES)
def test_the_line_that_they_end_has_no_end(log, follow, size):
    log.write_bytes(b"one\npart of tw" + bytes(size) + b"three\nfour\n")
    tailing = follow().step(3)
    assert tailing.texts() == ["one", "part of tw", "three", "four"]
    assert [set(one.flags) for one in tailing.got] == [set(), {"unterminated"}, set(), set()]
    assert tailing.abandoned() == {"nuls": size}


def test_the_rest_of_a_cut_line_ends_with_them(log, follow):
    log.write_bytes(b"x" * 5000 + bytes(3000) + b"two\n" + b"y" * 1500 + b"\nthree\n")
    tailing = follow(source={"max_line": 1024}).step(3)
    assert tailing.texts() == ["x" * 1024, "two", "y" * 1024, "three"]
    assert tailing.abandoned() == {"max_line": 5000 - 1024 + 1500 - 1024, "nuls": 3000}


@pytest.mark.parametrize("size", [1, 511])
def test_few_of_them_are_a_part_of_their_line(log, follow, size):
    log.write_bytes(b"one\nname" + bytes(size) + b"rest\n")
    tailing = follow().step()
    assert tailing.texts() == ["one", "name" + "\0" * size + "rest"]
    assert not tailing.abandoned()


def test_an_agent_that_dies_again_and_again_counts_each_once(log, follow):
    log.write_bytes(as_text(numbered(0, 3)) + bytes(200_000) + as_text(numbered(3, 3)) + bytes(700))
    write(log, numbered(6, 3))
    tailing = follow()
    for _ in range(80):
        tailing.clock.advance(1.0)
        tailing.tail.scan()
        tailing.commit(tailing.tail.read(1))
        if not tailing.tail.at_end():
            tailing.crash()
    assert tailing.texts() == numbered(0, 9)
    assert sum(chunk.end - chunk.start for chunk in tailing.chunks) == log.stat().st_size


def test_they_end_a_record_of_several_lines(log, follow):
    log.write_bytes(b"2026 one\n  more of one\n" + bytes(4096) + b"  lost its head\n2026 two\n")
    tailing = follow(source={"multiline": {"start": r"^\d{4} "}}).step(3).settle()
    assert tailing.texts() == ["2026 one\n  more of one", "  lost its head", "2026 two"]
    assert tailing.abandoned() == {"nuls": 4096}


def test_a_log_that_goes_on_behind_them_while_it_is_read(log, follow):
    write(log, numbered(0, 3))
    tailing = follow().step()
    os.truncate(log, log.stat().st_size + 100_000)
    assert tailing.step(3).texts() == numbered(0, 3), "room, as far as anybody can know"
    assert not tailing.abandoned()
    write(log, numbered(3, 3))
    assert tailing.step(3).texts() == numbered(0, 6)
    assert tailing.abandoned() == {"nuls": 100_000}
    assert not tailing.rotations()


@pytest.mark.parametrize(
    ("options", "data", "expected"),
    [
        (
            {"encoding": "utf-16-le"},
            ("a\n" + "\0" * 600 + "b\n").encode("utf-16-le"),
            ["a", "\0" * 600 + "b"],
        ),
        ({"delimiter": "\0"}, b"a\0" + bytes(600) + b"b\0", ["a", *[""] * 600, "b"]),
    ],
    ids=["wide characters", "NUL is the delimiter"],
)
def test_where_nuls_are_text_they_stay(log, follow, options, data, expected):
    log.write_bytes(data)
    tailing = follow(source=options).step(2)
    assert tailing.texts() == expected
    assert not tailing.abandoned()
