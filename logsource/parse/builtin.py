"""Parsers that are always there, without a pack: plain, json_lines, logfmt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.engines.json import JsonEngine, read_json
from logsource.parse.engines.logfmt import LogfmtEngine
from logsource.parse.fields import FieldSpec
from logsource.parse.members import MAX_NESTING, nested_deeper_than
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.parse.statedtime import stated_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.model import Parser

LOG_LINE = "iglu:io.logsource/log_line/jsonschema/1-0-0"
JSON_LINE = "iglu:io.logsource/json_line/jsonschema/1-0-0"
LOGFMT_LINE = "iglu:io.logsource/logfmt_line/jsonschema/1-0-0"
MESSAGE_LENGTH = 1_048_576
"""Characters of `message` in log_line; far above the default of max_line, so that nothing is cut twice."""
FIELD_LENGTH = 262_144
"""Characters of a value in logfmt_line."""


def plain() -> Parser:
    """Build the parser that takes the whole record as field `message`; every record is one."""
    message = FieldSpec(name=("message",), group=1, max_length=MESSAGE_LENGTH, required=True)
    # Two patterns, because the block engine takes the first and only multiline records need the second.
    patterns = [
        PatternSpec(name=name, regex=source, fields=(message,), schema=LOG_LINE)
        for name, source in (("line", r"([^\n]*)"), ("multiline", r"((?s:.*))"))
    ]
    return PatternParser("plain", patterns, vetted=True)


class JsonLines:
    """Each record is a JSON object, kept whole in `fields`."""

    name = "json_lines"
    engine = JsonEngine()
    """For tools."""

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the object; anything else, or one nested too deeply, is a Reject."""
        try:
            value = read_json(line.text)
        except ValueError as error:
            return Reject("no_match", f"not JSON: {error}")
        if not isinstance(value, dict):
            return Reject("no_match", f"JSON, but not an object: {type(value).__name__}")
        text = line.text
        if text.count("{") + text.count("[") > MAX_NESTING and nested_deeper_than(value, MAX_NESTING):
            return Reject("bad_value", f"nested more than {MAX_NESTING} levels deep")
        return Record(JSON_LINE, {"fields": value}, stated_time(value))


class Logfmt:
    """Each record is a line of key=value pairs, kept as texts in `fields`."""

    name = "logfmt"

    def __init__(self) -> None:
        self.engine = LogfmtEngine()

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the pairs; a record without any is a Reject."""
        fields = self.engine.fields(line.text)
        if isinstance(fields, Reject):
            return fields
        texts = {key: _text(value) for key, value in fields.items()}
        return Record(LOGFMT_LINE, {"fields": texts}, stated_time(texts))


BUILTINS: dict[str, Callable[[], Parser]] = {"plain": plain, "json_lines": JsonLines, "logfmt": Logfmt}


def _text(value: JSONValue) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text[:FIELD_LENGTH]
