"""One field of many lines at once: captured texts in, pieces of JSON out.

A field's JSON stands inside the string `ue_pr`, so it is escaped twice. Each function here does for a
column what `FieldSpec.convert` plus two rounds of JSON do for one text, and must give the same
characters; whatever it is not sure of it converts one by one, and rows whose value is bad are named, so
that the row path can say why.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.event.payload import escaped, json_text
from logsource.parse.fields import BadValueError, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = bytes(sorted({0x0A, *range(0x20, 0x100)} - {0x5C}))
_TWICE = [escaped(escaped(chr(code))) for code in range(0x20)]
_BACKSLASH = escaped(escaped("\\"))
_QUOTE = escaped(escaped('"'))
_NOT_FLOAT = str.maketrans("", "", "0123456789.,")
_SEPARATED_ZERO = ",0"
_LONE_ZERO = ",0,"


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """What is known of all texts of a block, found out once for all columns."""

    specials: int
    """Backslashes and control characters that captured texts hold, at the most."""
    quotes: int
    """Double quotes that captured texts hold, at the most."""
    longest: int
    """Bytes of the longest line; no text has more characters."""


@dataclass(frozen=True, slots=True)
class Column:
    """Pieces for three slots of each row (before, value, after), and the rows that cannot be rendered so."""

    before: str
    values: Sequence[str]
    after: str
    bad: Sequence[int] = ()


class FieldColumn:
    r"""Renders one field. `opening` is what stands before a present value: `,\\"status\\":` or without comma."""

    def __init__(self, spec: FieldSpec, *, first: bool) -> None:
        self.spec = spec
        self.first = first
        quote = '\\"' if spec.type == "string" else ""
        self.before = ("" if first else ",") + f"{escaped(json_text(spec.name[-1]))}:{quote}"
        self.after = quote
        self.integer_digits = _safe_digits(spec)

    def render(self, texts: list[str], facts: BlockFacts) -> Column:
        """Pieces of all rows; rows in `bad` get an empty piece and belong to the row path."""
        spec = self.spec
        absent = _absent_rows(texts, spec)
        if absent and (self.first or spec.required):
            return self._one_by_one(texts)
        present = [text for row, text in enumerate(texts) if row not in absent] if absent else texts
        if not present:
            return Column("", [""] * len(texts), "")
        values = self._values(present, facts)
        if values is None:
            return self._one_by_one(texts)
        if not absent:
            return Column(self.before, values, self.after)
        following = iter(values)
        before, after = self.before, self.after
        pieces = ["" if row in absent else f"{before}{next(following)}{after}" for row in range(len(texts))]
        return Column("", pieces, "")

    def _values(self, texts: list[str], facts: BlockFacts) -> Sequence[str] | None:
        spec = self.spec
        if spec.type == "string":
            if spec.enum is not None or (spec.max_length is not None and facts.longest > spec.max_length):
                return None
            return escape_twice(texts) if facts.specials or facts.quotes else texts
        if spec.type == "integer":
            return texts if _canonical_integers(texts, self.integer_digits) else None
        if spec.type == "number":
            return _plain_floats(texts, spec)
        return None

    def _one_by_one(self, texts: list[str]) -> Column:
        bad: list[int] = []
        pieces: list[str] = []
        known: dict[str | None, str | None] = {}
        for row, text in enumerate(texts):
            if text not in known:
                known[text] = self._piece(text)
            piece = known[text]
            if piece is None:
                bad.append(row)
            pieces.append(piece or "")
        return Column("", pieces, "", bad)

    def _piece(self, text: str | None) -> str | None:
        try:
            value = self.spec.convert(text)
        except BadValueError:
            return None
        if value is None:
            return None if self.first else ""
        name = json_text(self.spec.name[-1])
        return ("" if self.first else ",") + escaped(f"{name}:{json_text(value)}")


def escape_twice(texts: list[str]) -> list[str]:
    """Each text as the inside of a JSON string inside a JSON string; all of them in a few C calls."""
    joined = plain = "\n".join(texts)
    found = set(specials(joined))
    if 0x5C in found:
        joined = joined.replace("\\", _BACKSLASH)
    if '"' in joined:
        joined = joined.replace('"', _QUOTE)
    for code in found - {0x5C}:
        joined = joined.replace(chr(code), _TWICE[code])
    return texts if joined is plain else joined.split("\n")


def specials(text: str) -> bytes:
    """The backslashes and the control characters but LF of a text; a tenth of what a regex would cost."""
    return text.encode().translate(None, _PLAIN)


def _absent_rows(texts: list[str], spec: FieldSpec) -> frozenset[int]:
    """Rows without a value; each test is one C call when there are none."""
    missing: list[str | None] = [None, *spec.nulls]
    if not any(null in texts for null in missing):
        return frozenset()
    nulls = frozenset(missing)
    return frozenset(row for row, text in enumerate(texts) if text in nulls)


def _safe_digits(spec: FieldSpec) -> int:
    """Up to so many digits, any unsigned integer is within the limits; 0 when that cannot be said."""
    if spec.type != "integer" or (spec.minimum is not None and spec.minimum > 0):
        return 0
    if spec.maximum is None:
        return 18
    return min(18, len(str(int(spec.maximum))) - 1)


def _canonical_integers(texts: list[str], digits: int) -> bool:
    """Whether each text is a JSON integer just as it stands: digits, not too many, no leading zero."""
    if len(max(texts, key=len)) > digits:
        return False
    joined = ",,".join(texts)
    if not joined.isascii() or not joined.replace(",", "").isdecimal() or "" in texts:
        return False
    bracketed = f",{joined},"
    return bracketed.count(_SEPARATED_ZERO) == bracketed.count(_LONE_ZERO)


def _plain_floats(texts: list[str], spec: FieldSpec) -> Sequence[str] | None:
    """Canonical JSON of unsigned decimals without exponent; None when one of them is something else."""
    joined = ",".join(texts)
    if len(max(texts, key=len)) > 18 or joined.translate(_NOT_FLOAT) or joined.count(",") != len(texts) - 1:
        return None
    if ".," in joined or joined.endswith("."):
        return None
    try:
        numbers = list(map(float, texts))
    except ValueError:
        return None
    if spec.minimum is not None and min(numbers) < spec.minimum:
        return None
    if spec.maximum is not None and max(numbers) > spec.maximum:
        return None
    return orjson.dumps(numbers)[1:-1].decode().split(",")


def hex_offsets(offsets: list[int]) -> list[str]:
    """Each offset as twelve hex digits (the last group of an event id)."""
    packed = array("Q", offsets)
    if sys.byteorder == "little":
        packed.byteswap()
    return ("," + packed.tobytes().hex(",", 8)).split(",0000")[1:]


def decimals(numbers: list[int]) -> list[str]:
    """Each number in decimal."""
    return orjson.dumps(numbers)[1:-1].decode().split(",")
