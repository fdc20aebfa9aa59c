"""The `%{NAME:field:type}` notation and field references, as the grok of Logstash reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Coerce = Literal["int", "float"]

REFERENCE = re.compile(
    r"%\{(?P<name>[A-z0-9]+(?::[@\[\]A-z0-9_:.-]+)?)"
    r"(?:=(?P<definition>(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.)*\})+))?"
    r"[^}]*\}",
    re.DOTALL,
)
"""A reference; `A-z` is Logstash's (it takes `[ ] ^ _` and the backtick too). Whatever stands between
the name and the brace is ignored, as it is there."""

_FIELD = re.compile(r"(?:\[[^\[\],]+\])+")


@dataclass(frozen=True, slots=True)
class CaptureName:
    """What the text between `(?<` and `>`, or between `%{` and `}`, says about a capture."""

    pattern: str
    path: tuple[str, ...]
    coerce: Coerce | None
    explicit: bool
    """False for `%{WORD}`: the field would be called as the pattern is."""


def capture_name(text: str) -> CaptureName:
    """Split `PATTERN:field:int`; a missing field name means the pattern's own."""
    parts = text.split(":")
    field = parts[1] if len(parts) > 1 and parts[1] else parts[0]
    coerce: Coerce | None = None
    if len(parts) > 2 and parts[2] in {"int", "float"}:
        coerce = "int" if parts[2] == "int" else "float"
    return CaptureName(parts[0], field_path(field), coerce, len(parts) > 1)


def field_path(reference: str) -> tuple[str, ...]:
    """`[a][b]` → ("a", "b"); anything else is one name, as it stands."""
    if _FIELD.fullmatch(reference):
        return tuple(reference[1:-1].split("]["))
    return (reference,)
