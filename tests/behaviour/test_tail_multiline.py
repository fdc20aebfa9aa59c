"""Several lines, one record: patterns, limits, idle flush, restarts."""

from __future__ import annotations

import pytest

from logsource.errors import ConfigError
from tests.support.tailing import Tailing, source, write

FLUSH = 1.0


RECORDS = ["2026-01-01 one", "2026-01-02 two\n  more\nand more", "2026-01-03 three\n  end"]


@pytest.mark.parametrize(
    ("multiline", "records"),
    [
        ({"start": r"^\d{4}-"}, RECORDS),
        ({"continue": r"^\s|^and"}, RECORDS),
        ({"end": r";$"}, ["a;", "b\nc;", "d\n;"]),
        ({"join_next": r"\\$"}, ["a", "b\\\nc\\\nd", "e"]),
        ({"start": "^BEGIN", "end": "^END"}, ["BEGIN\nx\nEND", "BEGIN\nEND"]),
        ({"count": 3}, ["a\nb\nc", "\n\n", "d\ne"]),
        ({"count": 1}, ["a", "b"]),
        ({"json": True}, ['{"a": 1}', '{\n  "b": [\n    {"c": "}"}\n  ]\n}', "text [", "[\n]", "end"]),
        ({"preset": "indent"}, ["a\n b\n\tc", "d", "e\n f"]),
    ],
)
def test_patterns(log, follow, multiline, records):
    write(log, records)
    assert follow(source={"multiline": multiline}).step(3).texts() == records


def test_a_record_is_given_out_when_the_file_was_idle_since_its_last_line(log, follow):
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": FLUSH}})
    write(log, ["A1"])
    tailing.step(seconds=1.1)
    for number in range(5):
        write(log, [f" {number}"])
        tailing.step(2, seconds=0.4)
    assert tailing.texts() == [], "each line starts the wait anew"
    tailing.step(2, seconds=0.4)
    assert tailing.texts() == ["A1\n 0\n 1\n 2\n 3\n 4"]


def test_a_restart_never_splits_a_record(log, follow):
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": 60.0}})
    write(log, ["A1", " 1", "A2", " 2"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1"]
    tailing.crash()
    write(log, [" 3", "A3"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1", "A2\n 2\n 3"]
    assert [one.id[2] for one in tailing.got] == [0, 6]


def test_limits_of_lines_and_bytes_lose_nothing(log, follow):
    lines = ["A"] + [f" {number:04d}" for number in range(50)]
    write(log, lines)
    tailing = follow(source={"multiline": {"start": "^A", "max_lines": 10}}).step(3)
    assert [text.count("\n") + 1 for text in tailing.texts()] == [10, 10, 10, 10, 10, 1]
    assert "\n".join(tailing.texts()).split("\n") == lines


JSON_RECORDS = [
    '{"one": 1}',
    '{\n  "message": "brackets in strings do not count: }]{[ and \\\\\\" neither",\n  "path": "C:\\\\"\n}',
    "[\n{},\n{}\n]",
    "[warning] a line of text with one { stands alone",
    '  {"indented":\n{"deep": [[[\n]]]}}',
    "[2026-01-02 03:04:05] {",
    "[1,\n-2.5e-3, true\n]",
    "} closes nothing",
]


def test_balanced_json_whatever_the_size_of_the_pieces(log, follow):
    tailing = follow(source={"multiline": {"json": True, "flush_after": 60.0}})
    for byte in "".join(record + "\n" for record in JSON_RECORDS).encode():
        with log.open("ab") as file:
            file.write(bytes([byte]))
        tailing.step(seconds=0.1)
    assert tailing.texts() == JSON_RECORDS, "a closed record does not wait for the next"


@pytest.mark.parametrize(
    ("multiline", "records"),
    [
        ({"count": 4}, [f"{n}\n b\n c\n d" for n in range(40)]),
        ({"json": True}, [f'{{\n "n": {n},\n "list": [\n  1\n ]\n}}' for n in range(40)]),
    ],
    ids=["count", "json"],
)
def test_a_restart_after_any_line_splits_no_record(log, follow, multiline, records):
    tailing = follow(source={"multiline": {**multiline, "flush_after": 60.0}})
    for line in "\n".join(records).split("\n"):
        write(log, [line])
        tailing.step(seconds=0.1).crash()
    tailing.step()
    assert tailing.texts() == records
    starts = [sum(len(record) + 1 for record in records[:n]) for n in range(len(records))]
    assert [one.id[2] for one in tailing.got] == starts


@pytest.mark.parametrize("multiline", [{"count": 60}, {"json": True}], ids=["count", "json"])
def test_unfinished_groups_are_given_out_at_the_limits_and_when_idle(log, follow, multiline):
    lines = ["{"] + [f' "{number:04d}": [' for number in range(50)]
    write(log, lines)
    tailing = follow(source={"multiline": {**multiline, "max_lines": 20, "flush_after": FLUSH}})
    tailing.step(2, seconds=0.4)
    assert tailing.texts()[0].count("\n") == 19, "the limit does not wait"
    tailing.step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines, "nothing is lost"


def test_a_group_that_stays_short_is_given_out_when_idle_and_counting_begins_anew(log, follow):
    tailing = follow(source={"multiline": {"count": 3, "flush_after": FLUSH}})
    write(log, ["a", "b"])
    tailing.step(3)
    write(log, ["c", "d", "e"])
    tailing.step(seconds=0.1)
    assert tailing.texts() == ["a\nb", "c\nd\ne"]


def test_a_json_record_of_many_lines_is_limited_by_its_bytes(log, follow):
    lines = ["["] + [f" {number:05d}," for number in range(3000)] + ["]"]
    write(log, lines)
    tailing = follow(source={"multiline": {"json": True, "max_lines": 9999, "max_size": 15_000}}).step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines
    assert max(len(text) for text in tailing.texts()) <= 15_000


def test_a_record_larger_than_a_block(log, follow):
    lines = ["A"] + [f" {number:05d}" for number in range(3000)]
    write(log, [*lines, "A end"])
    tailing = follow(source={"multiline": {"start": "^A", "max_lines": 9999, "max_size": 15_000}}).step(3)
    assert "\n".join(tailing.texts()).split("\n") == [*lines, "A end"]
    assert max(len(text) for text in tailing.texts()) <= 15_000
    assert len(tailing.texts()) == 3


def test_a_cut_line_ends_its_record(log, follow):
    write(log, ["A", " " + "x" * 5000, " after", "A2"])
    tailing = follow(source={"max_line": 1024, "multiline": {"start": "^A"}}).step(3)
    assert tailing.texts() == ["A\n " + "x" * 1023, " after", "A2"]
    assert tailing.got[0].flags == {"truncated"}


def test_once_gives_out_the_open_record(log, follow):
    write(log, ["A", " 1"], end="\n")
    write(log, [" half"], end="")
    tailing = follow(source={"multiline": {"start": "^A"}}, once=True).step()
    assert tailing.texts() == ["A\n 1\n half"]
    assert tailing.got[0].flags == {"unterminated"}


def test_an_unknown_preset_is_named(log):
    with pytest.raises(ConfigError, match=r"unknown preset 'cobol' \(there are: indent, java"):
        Tailing(source(log, multiline={"preset": "cobol"}))


def test_a_pattern_that_explodes_is_stopped(log, follow):
    write(log, ["a" * 30 + "!", "b"])
    assert follow(source={"multiline": {"start": "^(a+)+$|b"}}).step(3).texts() == ["a" * 30 + "!", "b"]


def test_custom_delimiters(log, follow):
    log.write_bytes(b"one\x00two\nthree\x00\x00four")
    tailing = follow(source={"delimiter": "\x00"}).step()
    assert tailing.texts() == ["one", "two\nthree", ""]


def test_a_restart_does_not_shorten_the_wait_for_more_lines(log, follow):
    """The size of a file with an open record may be known from before; how long it has been idle is not."""
    tailing = follow(source={"multiline": {"start": "^A", "flush_after": FLUSH}})
    write(log, ["A1", "A2", " 2"])
    tailing.step(seconds=0.1).step(seconds=0.1)
    assert next(iter(tailing.rows.values())).state["size"] == log.stat().st_size
    tailing.crash().step(3, seconds=0.2)
    assert tailing.texts() == ["A1"]
    write(log, [" more"])
    tailing.step(2)
    assert tailing.texts() == ["A1", "A2\n 2\n more"]
