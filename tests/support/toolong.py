"""Files with records that are longer than they may be, and the records that become of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.behaviour.test_tail_containers import PIECE, cri, docker

if TYPE_CHECKING:
    from tests.support.tailing import Tailing

CUT = frozenset({"truncated"})
WHOLE: frozenset[str] = frozenset()
KEEP = 60.0
"""Seconds: no record is given out because its file was idle."""


@dataclass(frozen=True)
class Case:
    """Lines of a file, and the records that become of them."""

    lines: list[str]
    records: list[tuple[str, frozenset[str]]]
    cuts: dict[str, int]
    multiline: dict[str, Any] | None = None
    keys: dict[str, Any] = field(default_factory=dict)


def parts(*texts: str) -> list[tuple[str, frozenset[str]]]:
    return [(text, CUT) for text in texts]


def whole(*texts: str) -> list[tuple[str, frozenset[str]]]:
    return [(text, WHOLE) for text in texts]


BODY = [f" {number:03d}" for number in range(7)]
WIDE = [f" {number:03d} " + "w" * 395 for number in range(5)]
LONG = "x" * 1500
JSON = ["{", ' "a": [', "  1,", "  2,", "  3", " ],", ' "b": {', '  "c": 4', " }", "}"]
TRACE = [
    "2026-01-02 03:04:05 ERROR no",
    "Traceback (most recent call last):",
    '  File "a.py", line 1, in <module>',
    "    one()",
    '  File "a.py", line 2, in one',
    "    two()",
    "ValueError: several",
    "lines of a message",
]
PHP = ["what", "happened", "was that", "it broke in /srv/a.php on line 5"]
INFO = "2026-01-02 03:04:06 INFO yes"
A, B, C = "a" * PIECE, "b" * PIECE, "c" * PIECE
CASES = {
    "lines_of_a_record": Case(
        ["A", *BODY, "A2", " x"],
        [*parts("A\n 000\n 001", " 002\n 003\n 004", " 005\n 006"), *whole("A2\n x")],
        {"max_lines": 2},
        {"start": "^A", "max_lines": 3},
    ),
    "exactly_as_many_lines_as_allowed": Case(
        ["A", *BODY[:2], "A2", *BODY[:2], "A3"],
        whole("A\n 000\n 001", "A2\n 000\n 001", "A3"),
        {},
        {"start": "^A", "max_lines": 3},
    ),
    "twice_as_many_lines_as_allowed": Case(
        ["A", *BODY[:5], "A2"],
        [*parts("A\n 000\n 001", " 002\n 003\n 004"), *whole("A2")],
        {"max_lines": 1},
        {"start": "^A", "max_lines": 3},
    ),
    "bytes_of_a_record": Case(
        ["A", *WIDE, "A2"],
        [*parts("\n".join(["A", *WIDE[:2]]), "\n".join(WIDE[2:4]), WIDE[4]), *whole("A2")],
        {"max_size": 2},
        {"start": "^A", "max_size": 1024},
    ),
    "indented": Case(
        ["A", *BODY, "B"],
        [*parts("A\n 000\n 001\n 002", " 003\n 004\n 005\n 006"), *whole("B")],
        {"max_lines": 1},
        {"preset": "indent", "max_lines": 4},
    ),
    "continued": Case(
        ["A", *BODY[:4], "B"],
        [*parts("A\n 000\n 001", " 002\n 003"), *whole("B")],
        {"max_lines": 1},
        {"continue": "^ ", "max_lines": 3},
    ),
    "joined_with_the_next": Case(
        ["a\\", "b\\", "c\\", "d", "e"],
        [*parts("a\\\nb\\", "c\\\nd"), *whole("e")],
        {"max_lines": 1},
        {"join_next": r"\\$", "max_lines": 2},
    ),
    "until_an_end": Case(
        ["a", "b", "c", "d;", "e;"],
        [*parts("a\nb", "c\nd;"), *whole("e;")],
        {"max_lines": 1},
        {"end": ";$", "max_lines": 2},
    ),
    "until_an_end_that_stands_alone": Case(
        ["a", "b", ";", "e;"],
        [*parts("a\nb", ";"), *whole("e;")],
        {"max_lines": 1},
        {"end": ";$", "max_lines": 2},
    ),
    "a_number_of_lines_that_are_wide": Case(
        [*WIDE[:4], "1", "2", "3", "4"],
        [*parts("\n".join(WIDE[:2]), "\n".join(WIDE[2:4])), *whole("1\n2\n3\n4")],
        {"max_size": 1},
        {"count": 4, "max_size": 1024},
    ),
    "json": Case(
        [*JSON, '{"next": 1}'],
        [
            *parts("\n".join(JSON[:4]), "\n".join(JSON[4:8]), "\n".join(JSON[8:])),
            *whole('{"next": 1}'),
        ],
        {"max_lines": 2},
        {"json": True, "max_lines": 4},
    ),
    "json_that_is_never_closed": Case(
        ["{", ' "a": [', "  1", "]", '{"b": 2}', "text", '{"c": 3}'],
        [*parts('{\n "a": [', "  1\n]"), *whole('{"b": 2}', "text", '{"c": 3}')],
        {"max_lines": 1},
        {"json": True, "max_lines": 2},
    ),
    "python_whose_message_is_behind_the_cut": Case(
        [*TRACE, INFO],
        [*parts("\n".join(TRACE[:3]), "\n".join(TRACE[3:6]), "\n".join(TRACE[6:])), *whole(INFO)],
        {"max_lines": 2},
        {"preset": "python", "max_lines": 3},
    ),
    "python_whose_message_is_cut": Case(
        [*TRACE, INFO],
        [*parts("\n".join(TRACE[:7]), TRACE[7]), *whole(INFO)],
        {"max_lines": 1},
        {"preset": "python", "max_lines": 7},
    ),
    "told_by_what_stands_behind": Case(
        [TRACE[0], *PHP, INFO],
        [*parts(TRACE[0] + "\n" + PHP[0], "\n".join(PHP[1:3]), PHP[3]), *whole(INFO)],
        {"max_lines": 2},
        {"preset": "php", "max_lines": 2},
    ),
    "a_line_of_a_record": Case(
        ["A", " " + LONG, " after", "A2", " x"],
        [*parts("A\n " + LONG[:1023], " after"), *whole("A2\n x")],
        {"max_line": 1},
        {"start": "^A"},
        {"max_line": 1024},
    ),
    "a_line_that_ends_a_record": Case(
        ["A", " " + LONG, "A2"],
        [*parts("A\n " + LONG[:1023]), *whole("A2")],
        {"max_line": 1},
        {"start": "^A"},
        {"max_line": 1024},
    ),
    "a_long_string_in_json": Case(
        ["{", f' "a": "{LONG}",', ' "b": 1', "}", '{"c": 2}'],
        [*parts('{\n "a": "' + LONG[:1017], ' "b": 1\n}'), *whole('{"c": 2}')],
        {"max_line": 1},
        {"json": True},
        {"max_line": 1024},
    ),
    "a_line_of_json_among_others": Case(
        [f'{{"a": {{"b": "{LONG}"}}}}', '{"c": 2}'],
        [*parts('{"a": {"b": "' + LONG[:1011]), *whole('{"c": 2}')],
        {"max_line": 1},
        {"json": True},
        {"max_line": 1024},
    ),
    "plain_lines": Case(
        ["a", LONG, "b"],
        [*whole("a"), *parts(LONG[:1024]), *whole("b")],
        {"max_line": 1},
        None,
        {"max_line": 1024},
    ),
    "lines_with_a_delimiter_of_their_own": Case(
        ["a\n", LONG, "b"],
        [*whole("a\n"), *parts(LONG[:1024]), *whole("b")],
        {"max_line": 1},
        None,
        {"max_line": 1024, "delimiter": "|"},
    ),
    "pieces_of_docker": Case(
        [docker(A), docker(B), docker(C), docker("end\n"), docker("next\n")],
        [*parts(A + B, C + "end"), *whole("next")],
        {"max_line": 1},
        None,
        {"container": "docker", "max_line": 40_000},
    ),
    "pieces_of_a_line_of_three_parts": Case(
        [cri("P", "a" * 900), cri("P", "b" * 900), cri("P", "c" * 900), cri("F", "d"), cri("F", "next")],
        [*parts("a" * 900, "b" * 900, "c" * 900 + "d"), *whole("next")],
        {"max_line": 2},
        None,
        {"container": "cri", "max_line": 1024},
    ),
    "a_line_that_ends_with_the_piece_behind_the_cut": Case(
        [cri("P", "a" * 900), cri("F", "b" * 900), cri("F", "next")],
        [*parts("a" * 900, "b" * 900), *whole("next")],
        {"max_line": 1},
        None,
        {"container": "cri", "max_line": 1024},
    ),
    "pieces_while_the_other_stream_goes_on": Case(
        [
            cri("P", "a" * 900),
            cri("F", "err 1", "stderr"),
            cri("P", "b" * 900),
            cri("F", "err 2", "stderr"),
            cri("F", "c"),
            cri("F", "next"),
            cri("F", "err 3", "stderr"),
        ],
        [*parts("a" * 900), *whole("err 1"), *parts("b" * 900 + "c"), *whole("err 2", "next", "err 3")],
        {"max_line": 1},
        None,
        {"container": "cri", "max_line": 1024},
    ),
    "a_piece_that_is_too_long_itself": Case(
        [cri("P", "a" * 2000), cri("F", "end"), cri("F", "next")],
        [*parts("a" * 984, "end"), *whole("next")],
        {"max_line": 1},
        None,
        {"container": "cri", "max_line": 1024},
    ),
    "a_trace_in_a_container": Case(
        [cri("F", one) for one in [*TRACE, INFO]],
        [*parts("\n".join(TRACE[:3]), "\n".join(TRACE[3:6]), "\n".join(TRACE[6:])), *whole(INFO)],
        {"max_lines": 2},
        {"preset": "python", "max_lines": 3},
        {"container": "cri"},
    ),
    "two_traces_at_once": Case(
        [cri("F", one, stream) for one in [*TRACE, INFO] for stream in ("stdout", "stderr")],
        [
            part
            for both in zip(
                *(
                    [
                        *parts("\n".join(TRACE[:3]), "\n".join(TRACE[3:6]), "\n".join(TRACE[6:])),
                        *whole(INFO),
                    ]
                    for _ in range(2)
                ),
                strict=True,
            )
            for part in both
        ],
        {"max_lines": 4},
        {"preset": "python", "max_lines": 3},
        {"container": "cri"},
    ),
    "a_line_of_a_trace_in_a_container": Case(
        [
            cri("F", "ERROR a"),
            cri("P", "\tat " + "b" * 900),
            cri("P", "c" * 800),
            cri("F", "d"),
            cri("F", "\tat e"),
            cri("F", "INFO f"),
        ],
        [*parts("ERROR a\n\tat " + "b" * 900, "c" * 800 + "d\n\tat e"), *whole("INFO f")],
        {"max_size": 1},
        {"preset": "java", "max_size": 1024},
        {"container": "cri"},
    ),
}


def told(tailing: Tailing) -> list[tuple[str, frozenset[str]]]:
    return [(one.text, one.flags) for one in tailing.got]


def configured(case: Case) -> dict[str, Any]:
    multiline = None if case.multiline is None else {"flush_after": KEEP, **case.multiline}
    return {**case.keys, "multiline": multiline}


def end_of(case: Case) -> str:
    return str(case.keys.get("delimiter", "\n"))
