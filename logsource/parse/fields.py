"""What a captured text means: its type, its absence, its limits.

A `FieldSpec` is the single definition of a field, used by the row path (here) and compiled by the column
path; both must give the same JSON for the same text. Limits come from the field's JSON Schema, so a
value that passes here cannot be refused by the schema later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from logsource.model import JSONValue

FieldType = Literal["string", "integer", "number", "boolean"]

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?")


class BadValueError(ValueError):
    """The text is not a value of the field; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of a record."""

    name: tuple[str, ...]
    """Path in the record's data: ("status",) or nested ("source", "address")."""
    group: int
    """Number of the capture group of the pattern that gives the text (1-based)."""
    type: FieldType = "string"
    nulls: frozenset[str] = frozenset()
    """Texts that mean "no value", such as `-`; the field is then left out."""
    max_length: int | None = None
    """Characters (code points); a longer string is cut."""
    minimum: float | None = None
    maximum: float | None = None
    enum: frozenset[str] | None = None
    required: bool = False
    """A record without it is rejected (reason bad_value)."""

    def convert(self, text: str | None) -> JSONValue:
        """Value of a captured text; None when there is none. Raises BadValueError."""
        if text is None or text in self.nulls:
            return self._absent()
        if self.type == "string":
            if self.max_length is not None and len(text) > self.max_length:
                text = text[: self.max_length]
            if self.enum is not None and text not in self.enum:
                raise BadValueError(f"{self.label}: {text[:80]!r} is not one of the values of the schema")
            return text
        if self.type == "boolean":
            lowered = text.lower()
            if lowered in {"true", "false"}:
                return lowered == "true"
            raise BadValueError(f"{self.label}: {text[:80]!r} is not true or false")
        pattern = _INTEGER if self.type == "integer" else _NUMBER
        if not pattern.fullmatch(text):
            raise BadValueError(f"{self.label}: {text[:80]!r} is not of type {self.type}")
        value = int(text) if self.type == "integer" else float(text)
        if (self.minimum is not None and value < self.minimum) or (
            self.maximum is not None and value > self.maximum
        ):
            raise BadValueError(f"{self.label}: {value} is outside [{self.minimum}, {self.maximum}]")
        return value

    @property
    def label(self) -> str:
        """Name for people: `source.address`."""
        return ".".join(self.name)

    def _absent(self) -> None:
        if self.required:
            raise BadValueError(f"{self.label}: the schema requires it and the line has none")
