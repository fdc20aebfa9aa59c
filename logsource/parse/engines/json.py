"""JSON objects, one a record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from logsource.model import Reject

if TYPE_CHECKING:
    from logsource.model import JSONValue

MAX_NESTING = 64
"""Levels of objects within each other that flattening follows; deeper ones stay as they are."""

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""One escape of a JSON string, or a pair that is one character; the group is half of a pair alone."""


def read_json(text: str) -> JSONValue:
    """Value of a JSON text; ValueError when it is none.

    Half of a surrogate pair becomes U+FFFD, as it does in UTF-8. RFC 8259 (8.2) leaves it open what is made of
    it; JavaScript writes one as an escape wherever a program cuts a text inside a character.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        if "\\ud" not in text and "\\uD" not in text:
            raise
        return orjson.loads(_ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], text))


class JsonEngine:
    """Takes a JSON object apart.

    `flatten` makes nested members dotted names (`{"a": {"b": 1}}` → `a.b`); lists stay values. `prefix` is
    a text that may stand before the object (such as a syslog cookie `@cee:`) and is skipped.
    """

    textual = True
    """No text of a record is longer than the record, and each level of nesting has its bracket in it."""

    def __init__(self, *, flatten: bool = False, prefix: str = "") -> None:
        self._flatten = flatten
        self._prefix = prefix

    def start_of(self, text: str) -> int:
        """Where the object begins: behind the prefix, if there is one."""
        if not self._prefix:
            return 0
        start = len(text) - len(text.lstrip())
        return start + len(self._prefix) if text.startswith(self._prefix, start) else start

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Members of the object; Reject `no_match` for anything that is not one."""
        if self._prefix:
            text = text[self.start_of(text) :]
        try:
            value = read_json(text)
        except (ValueError, UnicodeError) as error:
            return Reject("no_match", f"not JSON: {error}")
        if not isinstance(value, dict):
            return Reject("no_match", f"JSON, but not an object: {type(value).__name__}")
        return flattened(value) if self._flatten else value


def flattened(value: dict[str, JSONValue]) -> dict[str, JSONValue]:
    """Copy with dotted names instead of nested objects; where two meet, the first stays."""
    flat: dict[str, JSONValue] = {}
    stack: list[tuple[str, JSONValue, int]] = [(name, inner, 1) for name, inner in reversed(value.items())]
    while stack:
        name, inner, depth = stack.pop()
        if isinstance(inner, dict) and inner and depth < MAX_NESTING:
            stack.extend((f"{name}.{key}", below, depth + 1) for key, below in reversed(inner.items()))
        else:
            flat.setdefault(name, inner)
    return flat
