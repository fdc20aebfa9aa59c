"""One field of many lines at once: captured texts in, pieces of JSON out.

A field's JSON stands inside the string `ue_pr`, so it is escaped twice. Each function here does for a
column what `FieldSpec.convert` plus two rounds of JSON do for one text, and must give the same
characters; whatever it is not sure of it converts one by one, and rows whose value is bad are named, so
that the row path can say why.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from logsource.event.payload import escaped, json_text
from logsource.parse.fields import BadValueError, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD = "\0"
"""Marks a row that the columns cannot render; no piece of JSON is a NUL."""
KNOWN_TEXTS = 4096
_USUAL = bytes(sorted({0x0A, *range(0x20, 0x100)} - {0x22, 0x5C}))
_TWICE = [escaped(escaped(chr(code))) for code in range(0x20)]
_BACKSLASH = escaped(escaped("\\"))
_QUOTE = escaped(escaped('"'))
_NOT_FLOAT = str.maketrans("", "", "0123456789.,")
_SEPARATED_ZERO = ",0"
_LONE_ZERO = ",0,"


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """What is known of all texts of a block, found out once for all columns."""

    backslashes: int
    """That captured texts hold, at the most."""
    controls: int
    """Control characters that captured texts hold, at the most."""
    quotes: int
    """Double quotes that captured texts hold, at the most."""
    longest: int
    """Bytes of the longest line; no text has more characters."""
    empty: bool
    """Whether a line is."""

    @staticmethod
    def of(found: bytes, *, longest: int, empty: bool) -> BlockFacts:
        """Count what `specials` found."""
        quotes, backslashes = found.count(b'"'), found.count(b"\\")
        return BlockFacts(
            backslashes=backslashes,
            controls=len(found) - quotes - backslashes,
            quotes=quotes,
            longest=longest,
            empty=empty,
        )

    def without(self, found: bytes) -> BlockFacts:
        """Facts of the rest, when what `found` was counted in is left out."""
        out = BlockFacts.of(found, longest=0, empty=False)
        return replace(
            self,
            backslashes=self.backslashes - out.backslashes,
            controls=self.controls - out.controls,
            quotes=self.quotes - out.quotes,
        )


@dataclass(frozen=True, slots=True)
class Column:
    """Pieces for three slots of each row (before, value, after), and the rows that cannot be rendered so."""

    before: str
    values: Sequence[str] | str
    """One a row, or the same for all."""
    after: str
    bad: Sequence[int] = ()


class FieldColumn:
    """Renders one field of a pattern."""

    def __init__(self, spec: FieldSpec, *, first: bool, always: bool) -> None:
        """`first`: there is no comma before it. `always`: its group takes part in every match."""
        self.spec = spec
        self._may_be_absent = not always or bool(spec.nulls)
        self._missing: list[Any] = [*spec.nulls] if always else [None, *spec.nulls]
        self._nulls = frozenset(self._missing)
        self._must_be_there = first or spec.required
        quote = '\\"' if spec.type == "string" else ""
        self._before = ("" if first else ",") + f"{escaped(json_text(spec.name[-1]))}:{quote}"
        self._after = quote
        self._digits = _safe_digits(spec)
        self._known = _Pieces(spec, first=first)

    def render(self, texts: list[str], facts: BlockFacts) -> Column:
        """Pieces of all rows; rows in `bad` get an empty piece and belong to the row path."""
        if self._may_be_absent:
            absent = sum(map(texts.count, self._missing))
            if absent:
                if self._must_be_there:
                    return self._one_by_one(texts)
                return self._some(texts, facts) if absent < len(texts) else Column("", "", "")
        values = self._values(texts, facts)
        return self._one_by_one(texts) if values is None else Column(self._before, values, self._after)

    def _some(self, texts: list[str], facts: BlockFacts) -> Column:
        """A column with gaps."""
        nulls, before, after = self._nulls, self._before, self._after
        if self.spec.type != "string":
            return self._one_by_one(texts)
        if None in nulls:
            filled = [text or "" for text in texts]
            values = self._values(filled, facts)
        else:
            values = self._values(texts, facts)
        if values is None:
            return self._one_by_one(texts)
        return Column(
            "",
            [
                "" if text in nulls else before + value + after
                for text, value in zip(texts, values, strict=True)
            ],
            "",
        )

    def _values(self, texts: list[str], facts: BlockFacts) -> Sequence[str] | None:
        """JSON of texts that are all there, without quotes; None when each needs a look."""
        spec = self.spec
        if spec.type == "string":
            if spec.enum is not None or (spec.max_length is not None and facts.longest > spec.max_length):
                return None
            if not (facts.backslashes or facts.controls or facts.quotes):
                return texts
            return escape_twice(texts, controls=facts.controls > 0)
        if spec.type in {"integer", "to_i"}:
            return texts if _canonical_integers(texts, self._digits) else None
        if spec.type in {"number", "to_f"}:
            return _plain_floats(texts, spec)
        return None

    def _one_by_one(self, texts: list[str]) -> Column:
        pieces = list(map(self._known.__getitem__, texts))
        if BAD not in pieces:
            return Column("", pieces, "")
        bad = [row for row, piece in enumerate(pieces) if piece is BAD]
        for row in bad:
            pieces[row] = ""
        return Column("", pieces, "", bad)


class _Pieces(dict[str | None, str]):
    """Text → its whole piece with name and comma; bounded. BAD where the row path must say why."""

    def __init__(self, spec: FieldSpec, *, first: bool) -> None:
        super().__init__()
        self._spec = spec
        self._first = first

    def __missing__(self, text: str | None) -> str:
        if len(self) >= KNOWN_TEXTS:
            self.clear()
        piece = self[text] = self._piece(text)
        return piece

    def _piece(self, text: str | None) -> str:
        try:
            value = self._spec.convert(text)
            member = f"{json_text(self._spec.name[-1])}:{json_text(value)}"
        except (BadValueError, TypeError):  # TypeError: an integer of more than 64 bits
            return BAD
        if value is None:
            return BAD if self._first else ""
        return ("" if self._first else ",") + escaped(member)


def escape_twice(texts: list[str], *, controls: bool = True) -> list[str]:
    """Each text as the inside of a JSON string inside a JSON string; all of them in a few C calls.

    `controls`: there may be control characters; to look for them costs more than all the rest.
    """
    joined = plain = "\n".join(texts)
    if "\\" in joined:
        joined = joined.replace("\\", _BACKSLASH)
    if '"' in joined:
        joined = joined.replace('"', _QUOTE)
    if controls:
        for code in set(specials(plain)) - {0x22, 0x5C}:
            joined = joined.replace(chr(code), _TWICE[code])
    return texts if joined is plain else joined.split("\n")


def specials(text: str | bytes) -> bytes:
    """Quotes, backslashes and control characters but LF of a text; a tenth of what a regex would cost."""
    return (text if isinstance(text, bytes) else text.encode()).translate(None, _USUAL)


def _safe_digits(spec: FieldSpec) -> int:
    """Up to so many digits, any unsigned integer is within the limits; 0 when that cannot be said."""
    if spec.type not in {"integer", "to_i"} or (spec.minimum is not None and spec.minimum > 0):
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
    if joined.count(",") != 2 * (len(texts) - 1):  # one of them holds a comma itself
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
