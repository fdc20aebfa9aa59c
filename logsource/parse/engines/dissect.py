"""Dissect: splitting at fixed delimiters, without backtracking (the notation of Logstash and Elasticsearch).

`%{name}` takes the text up to the delimiter that follows it. Modifiers before the name: `+` appends to the
field of the same name, joined by the delimiter that stands before the key (a space if there is none), `?` (or no name)
skips, `?` and `&` (in Elasticsearch's notation `*` and `&`) make a field of which the one gives the name and the other
the value. Behind the name: `/2` gives the order of appending, `->` lets the delimiter repeat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.grok.references import field_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.model import JSONValue

_KEY = re.compile(r"%\{([^{}]*)\}")
_PARTS = re.compile(r"([+?*&]?)\s*([^/>]*?)(?:/([0-9]{1,4}))?(->)?")


@dataclass(frozen=True, slots=True)
class _Key:
    kind: str
    """One of field, append, skip, name, value."""
    name: str
    order: int
    padded: bool
    before: str
    """What stands before the key; joins it to the field it is appended to."""
    delimiter: str
    """What follows the key; empty at the end of the pattern."""


class DissectEngine:
    """Tries its patterns in order; the first whose delimiters are all there wins.

    `append_separator` joins appended values instead of the delimiters of the pattern.
    """

    def __init__(self, patterns: str | Sequence[str], *, append_separator: str | None = None) -> None:
        listed = [patterns] if isinstance(patterns, str) else list(patterns)
        if not listed:
            raise PackError("dissect: no pattern")
        self._patterns = [_compile(pattern) for pattern in listed]
        self._separator = append_separator

    @property
    def names(self) -> tuple[frozenset[str], ...] | None:
        """Dotted names of what each pattern gives; None when records name fields themselves (`*` and `&`)."""
        if any(key.kind == "name" for _, keys in self._patterns for key in keys):
            return None
        return tuple(
            frozenset(".".join(field_path(key.name)) for key in keys if key.kind in {"field", "append"})
            for _, keys in self._patterns
        )

    def fields(self, text: str) -> dict[str, JSONValue] | Reject:
        """Fields of the text; Reject `no_match` names the delimiter that was missing."""
        missing = ""
        for prefix, keys in self._patterns:
            values = _split(text, prefix, keys)
            if isinstance(values, list):
                return self._collect(keys, values)
            missing = missing or values
        return Reject("no_match", missing)

    @property
    def count(self) -> int:
        """Number of its patterns."""
        return len(self._patterns)

    def reach(self, number: int, text: str) -> tuple[int, str, str]:
        """Characters that one pattern can take, the text it misses there (empty: none), and the field before that."""
        prefix, keys = self._patterns[number]
        if not text.startswith(prefix):
            common = next((at for at, char in enumerate(prefix) if text[at : at + 1] != char), len(prefix))
            return common, prefix[common:], ""
        position = len(prefix)
        for key in keys:
            if not key.delimiter:
                return len(text), "", ""
            end = text.find(key.delimiter, position)
            if end < 0:
                return position, key.delimiter, key.name
            position = end + len(key.delimiter)
            while key.padded and text.startswith(key.delimiter, position):
                position += len(key.delimiter)
        return position, "", ""

    def _collect(self, keys: Sequence[_Key], values: Sequence[str]) -> dict[str, JSONValue]:
        found: dict[str, JSONValue] = {}
        parts: dict[str, list[tuple[_Key, str]]] = {}
        names: dict[str, str] = {}
        pairs: dict[str, str] = {}
        appended = {key.name for key in keys if key.kind == "append"}
        for key, value in zip(keys, values, strict=True):
            if key.kind == "name":
                names[key.name] = value
            elif key.kind == "value":
                pairs[key.name] = value
            elif key.kind == "append" or (key.kind == "field" and key.name in appended):
                parts.setdefault(key.name, []).append((key, value))
            elif key.kind == "field":
                _put(found, key.name, value)
        for name, pieces in parts.items():
            _put(found, name, self._joined(sorted(pieces, key=lambda piece: piece[0].order)))
        for reference, name in names.items():
            if name and reference in pairs:
                _put(found, name, pairs[reference])
        return found

    def _joined(self, pieces: Sequence[tuple[_Key, str]]) -> str:
        text = pieces[0][1]
        for key, piece in pieces[1:]:
            text += (key.before if self._separator is None else self._separator) + piece
        return text


def _put(found: dict[str, JSONValue], name: str, value: str) -> None:
    path = field_path(name)
    for step in path[:-1]:
        inner = found.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        found = inner
    found[path[-1]] = value


def _compile(pattern: str) -> tuple[str, tuple[_Key, ...]]:
    matches = list(_KEY.finditer(pattern))
    if not matches:
        raise PackError(f"dissect pattern {pattern!r}: it has no %{{key}}")
    keys: list[_Key] = []
    for index, match in enumerate(matches):
        following = matches[index + 1].start() if index + 1 < len(matches) else len(pattern)
        before = pattern[matches[index - 1].end() if index else 0 : match.start()] or " "
        keys.append(_key(match[1], before, pattern[match.end() : following], pattern))
        if not keys[-1].delimiter and index + 1 < len(matches):
            raise PackError(
                f"dissect pattern {pattern!r}: no text between {match[0]} and {matches[index + 1][0]}"
            )
    values = {key.name for key in keys if key.kind == "value"}
    named = [replace(key, kind="name") if key.kind == "skip" and key.name in values else key for key in keys]
    names = {key.name for key in named if key.kind == "name"}
    for name in sorted(names ^ values):
        raise PackError(
            f"dissect pattern {pattern!r}: %{{?{name}}} (or %{{*{name}}}) and %{{&{name}}} go together"
        )
    return pattern[: matches[0].start()], tuple(named)


def _key(text: str, before: str, delimiter: str, pattern: str) -> _Key:
    match = _PARTS.fullmatch(text.strip())
    if match is None:
        raise PackError(f"dissect pattern {pattern!r}: %{{{text}}} is not a key")
    modifier, name, order, padding = match.groups()
    kind = {"": "field", "+": "append", "?": "skip", "*": "name", "&": "value"}[modifier]
    if not name:
        if kind not in {"field", "skip"}:
            raise PackError(f"dissect pattern {pattern!r}: %{{{text}}} needs a name")
        kind = "skip"
    return _Key(kind, name, int(order or 0), padding is not None, before, delimiter)


def _split(text: str, prefix: str, keys: Sequence[_Key]) -> list[str] | str:
    """Value of each key, or what was missing."""
    if not text.startswith(prefix):
        return f"does not begin with {prefix!r}"
    position = len(prefix)
    values: list[str] = []
    for key in keys:
        if not key.delimiter:
            values.append(text[position:].rstrip() if key.padded else text[position:])
            return values
        end = text.find(key.delimiter, position)
        if end < 0:
            return f"no {key.delimiter!r} after character {position + 1}"
        values.append(text[position:end])
        position = end + len(key.delimiter)
        if key.padded:
            while text.startswith(key.delimiter, position):
                position += len(key.delimiter)
    return values if position == len(text) else f"text follows the end at character {position + 1}"
