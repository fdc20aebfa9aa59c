"""`logsource schemas validate` with whatever people have at hand."""

from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.main import cli

KEY = "iglu:io.logsource/log_line/jsonschema/1-0-0"
GOOD = {"schema": KEY, "data": {"message": "m"}}
BAD = {"schema": KEY, "data": {"message": 1}}
PRETTY = orjson.dumps(GOOD, option=orjson.OPT_INDENT_2)


def validate(text: bytes) -> tuple[int, list[str]]:
    done = CliRunner().invoke(cli, ["schemas", "validate", "-"], input=text)
    return done.exit_code, done.output.splitlines()


OK = f"ok {KEY}"
WRONG = '/message: 1 is not of type "string"'
CASES = [
    (b"", 0, []),
    (b"\n\n", 0, []),
    (orjson.dumps(GOOD) + b"\n\n" + orjson.dumps(BAD), 1, [f"1: {OK}", f"3: {WRONG}"]),
    (PRETTY, 0, [f"1: {OK}"]),
    (b"\n" + PRETTY + b"\n\n", 0, [f"2: {OK}"]),
    (orjson.dumps([GOOD, BAD, GOOD]), 1, [f"1: {OK}", f"2: {WRONG}", f"3: {OK}"]),
    (orjson.dumps([GOOD, BAD], option=orjson.OPT_INDENT_2), 1, [f"1: {OK}", f"2: {WRONG}"]),
    (b"[]", 0, []),
    (b"5", 1, ["1: not a self-describing JSON: it must be an object with schema and data, not a number"]),
    (b'{"ok":true,"schema":"' + KEY.encode() + b'","data":{"message":"m"},"timestamp":null}', 0, [f"1: {OK}"]),
    (b'{"ok":false,"reason":"no_match","detail":"none"}', 1, ["1: no event: no_match: none"]),
    (b'{"ok":false}', 1, ["1: no event: it says so itself"]),
    (b'{"ok":true}', 1, ["1: not a self-describing JSON: it lacks data and schema"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "lines"), CASES)
def test_what_is_read(text, code, lines):
    assert validate(text) == (code, lines)


def test_broken_lines_among_good_ones_are_told_line_by_line():
    """A first line that is no JSON may begin a document, or be just broken."""
    code, lines = validate(b'{"schema": \n' + orjson.dumps(GOOD) + b"\nnope\n")
    assert code == 1
    assert lines[0].startswith("1: not JSON: ")
    assert lines[1] == f"2: {OK}"
    assert lines[2].startswith("3: not JSON: ")
    assert len(lines) == 3


def test_events_of_try_go_straight_into_it():
    tried = CliRunner().invoke(cli, ["try", "plain", "--json", "-"], input="a line\nanother\n")
    assert validate(tried.output.encode()) == (0, [f"1: {OK}", f"2: {OK}"])
