"""What a captured text means: its type, its absence, its limits.

A `FieldSpec` is the single definition of a field, used by the row path (here) and compiled by the column
path; both must give the same JSON for the same text. Limits come from the field's JSON Schema, so a
value that passes here cannot be refused by the schema later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from logsource.parse.ruby import ruby_to_f, ruby_to_i
from logsource.parse.urltext import decoded, host_of, parameter

if TYPE_CHECKING:
    from logsource.model import JSONValue

FieldType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "to_i",
    "to_f",
    "url_text",
    "url_host",
    "url_parameter",
    "fixed_string",
    "fixed_integer",
    "fixed_number",
    "fixed_boolean",
]
"""`to_i` and `to_f` are grok's `:int` and `:float`: as Ruby does it, whatever number the text begins with, else 0.
`url_…` are strings made of what stands encoded in a query (see `urltext`). `fixed_…` are values that stand in a column
of fixed width and lose their filler first; a number there may have its sign behind it, as COBOL writes it."""
FIXED_TYPES: dict[FieldType, FieldType] = {
    "string": "fixed_string",
    "integer": "fixed_integer",
    "number": "fixed_number",
    "boolean": "fixed_boolean",
}
TEXTS: frozenset[FieldType] = frozenset({"string", "url_text", "url_host", "url_parameter", "fixed_string"})
"""Types whose values are strings."""

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
    words: tuple[tuple[str, str], ...] = ()
    """(text in the log, text that it stands for), for booleans and strings of an enum; others stand for themselves."""
    max_length: int | None = None
    """Characters (code points); a longer string is cut."""
    minimum: float | None = None
    maximum: float | None = None
    enum: frozenset[str] | None = None
    required: bool = False
    """A record without it is rejected (reason bad_value)."""
    filler: str = ""
    """Characters on both sides of a text that are no part of it (`fixed_…` only)."""

    def convert(self, text: str | None) -> JSONValue:
        """Value of a captured text; None when there is none. Raises BadValueError."""
        if text is not None and self.filler:
            text = text.strip(self.filler)
        if text is None or text in self.nulls:
            return self._absent()
        if self.words:
            text = next((meaning for word, meaning in self.words if word == text), text)
        return self._value(text)

    def _value(self, text: str) -> JSONValue:
        match self.type:
            case "string" | "fixed_string":
                return self._string(text)
            case "boolean" | "fixed_boolean":
                return self._boolean(text)
            case "to_i":
                return self._storable(ruby_to_i(text))
            case "to_f":
                return ruby_to_f(text)
            case "url_text":
                return self._made(decoded(text))
            case "url_host":
                return self._made(host_of(text))
            case "url_parameter":
                return self._made(parameter(text))
            case _:
                return self._number(text)

    def _string(self, text: str) -> str:
        if self.max_length is not None and len(text) > self.max_length:
            text = text[: self.max_length]
        if self.enum is not None and text not in self.enum:
            raise BadValueError(f"{self.label}: {text[:80]!r} is not one of the values of the schema")
        return text

    def _made(self, text: str | None) -> str | None:
        """What was made of a captured text; nothing is no value."""
        if not text:
            self._absent()
            return None
        return self._string(text)

    def _storable(self, value: int) -> int:
        if not -(2**63) <= value < 2**64:
            raise BadValueError(f"{self.label}: an integer of more than 64 bits")
        return value

    def _boolean(self, text: str) -> bool:
        lowered = text.lower()
        if lowered in {"true", "false"}:
            return lowered == "true"
        raise BadValueError(f"{self.label}: {text[:80]!r} is not true or false")

    def _number(self, text: str) -> int | float:
        whole = self.type in {"integer", "fixed_integer"}
        pattern = _INTEGER if whole else _NUMBER
        if self.filler and text.endswith("-") and not text.startswith(("-", "+")):
            text = f"-{text[:-1].rstrip()}"
        if not pattern.fullmatch(text):
            kind = self.type.removeprefix("fixed_")
            raise BadValueError(f"{self.label}: {text[:80]!r} is not of type {kind}")
        return self.within(int(text) if whole else float(text))

    def within(self, value: float) -> int | float:
        """The number, if it keeps the limits. Raises BadValueError."""
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
