"""Data as JSON: a copy made of plain values, and everything in it that JSON cannot carry."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logsource.model import JSONValue

Complain = Callable[[str, str], None]
"""Takes what a problem is about, and what the problem is."""
MOST_NESTING = 40
"""Levels; deeper JSON loses its event in the pipeline (the wrappers around the data count, too: the judge knows)."""
FIRST, LAST = -(2**63), 2**64 - 1
"""Integers beyond 64 bits are read as something else by many readers of JSON."""
_HINTS: dict[str, str] = {
    "datetime": "write value.isoformat(), with a time zone",
    "date": "write value.isoformat()",
    "UUID": "write str(value)",
    "Decimal": "write float(value), or str(value) where the schema says string",
    "bytes": "write value.decode()",
    "set": "write sorted(value)",
}


def unicode_problem(text: str) -> str | None:
    """Why a text cannot be sent."""
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"has half of a surrogate pair at character {error.start}; decode with errors='replace'"
    return None


def plain(value: Any, where: str, complain: Complain, depth: int = 0) -> JSONValue:
    """A copy of a value in plain types. Each problem goes to `complain(where, what)`; None stands in its place."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if isinstance(value, str):
        return _text(value, where, complain)
    if isinstance(value, bool | int | float):
        return _number(value, where, complain)
    if depth > MOST_NESTING:
        complain(where, f"is nested more than {MOST_NESTING} levels deep (does it contain itself?)")
        return None
    if isinstance(value, Mapping):
        return {
            _key(key, where, complain): plain(item, f"{where}/{key}", complain, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}/{at}", complain, depth + 1) for at, item in enumerate(value)]
    hint = _HINTS.get(kind.__name__, "convert it first")
    complain(where, f"is {_a(kind)}, which JSON does not have; {hint}")
    return None


def _text(value: str, where: str, complain: Complain) -> str:
    problem = unicode_problem(value)
    if problem is not None:
        complain(where, problem)
        return ""
    return str.__str__(value)  # of an enumeration too: its value


def _key(key: Any, where: str, complain: Complain) -> str:
    if not isinstance(key, str):
        complain(where, f"has a key that is no text but {_a(type(key))}; write str(key)")
        return str(key)
    return _text(key, where, complain)


def _number(value: Any, where: str, complain: Complain) -> float | int | None:
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        complain(where, f"is {value}, which JSON does not have; leave it out")
    elif FIRST <= value <= LAST:
        return int(value)
    else:
        complain(where, "is an integer beyond 64 bits; send it as a string")
    return None


def _a(kind: type) -> str:
    name = kind.__name__
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"
