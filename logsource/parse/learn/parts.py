"""One class of token in many lines as parts of a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.parse.learn.template import Field, Gap, Item, Literal, structured
from logsource.parse.learn.tokens import CLOSE, kind_of, single_kind, tokens
from logsource.parse.learn.vocabulary import UNIT_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.learn.tokens import Token

_UNIT = re.compile(r"[0-9.]+(.*)")
_NUMBER_AND_UNIT = re.compile(
    r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?(°?[A-Za-zµμΩ]{1,5}(?:/[A-Za-z]{1,4})?)"
)
_MANY = 5
"""Different numbers with one unit, before it is taken for one."""
_ALWAYS_FIELDS = frozenset(
    {
        "level",
        "ip",
        "ip_port",
        "mac",
        "int",
        "float",
        "path",
        "url",
        "uuid",
        "hex",
        "http",
        "method",
        "duration",
        "percent",
        "clock",
        "grouped",
    }
)
_INNER_SHARE = 0.9
_NAME_LIKE = re.compile(r"[A-Za-z]+#?")
_NUMBERED = re.compile(r"([A-Za-z][A-Za-z_]*)#([0-9]{1,18})")
_HEADER = 4
"""Time, space, host, space."""


def part_of(column: Sequence[Token], before: Sequence[Item]) -> list[Item]:
    """Parts for tokens of the same class."""
    cls, texts = column[0].cls, [token.text for token in column]
    if cls == "space":
        return (
            [Literal(texts[0])] if len(set(texts)) == 1 else [Gap(lines=any("\n" in text for text in texts))]
        )
    if cls.startswith("mark:"):
        return [Literal(texts[0])]
    if cls == "time":
        return [Field(frozenset({"time", *(token.kind for token in column)}))]
    if cls == "quoted" or cls.startswith("bracket"):
        return _enclosed(texts)
    if cls.startswith("kv:"):
        return _pair(cls[3:], [text[len(cls) - 2 :] for text in texts])
    return _atom(column, before)


def _atom(column: Sequence[Token], before: Sequence[Item]) -> list[Item]:
    texts = {token.text for token in column}
    kinds = frozenset(token.kind for token in column)
    if len(texts) == 1 and not kinds & _ALWAYS_FIELDS:
        text = column[0].text
        if (
            kinds == {"dash"}
            or (text in UNIT_WORDS and _behind_number(before))
            or (_NAME_LIKE.fullmatch(text) and not _behind_time(before))
        ):
            return [Literal(text)]
    return typed([token.text for token in column], kinds)


def _behind_number(before: Sequence[Item]) -> bool:
    """Whether a number and a space are in front: `3.64 m/s`."""
    field = before[-2] if len(before) > 1 else None
    return isinstance(field, Field) and field.kinds <= {"int", "float"}


def _behind_time(before: Sequence[Item]) -> bool:
    """Whether this is the host or the program behind the time of a syslog line."""
    first = before[0] if before else None
    return isinstance(first, Field) and "syslog" in first.kinds and len(before) <= _HEADER


def typed(texts: Sequence[str], kinds: frozenset[str], key: str = "") -> list[Item]:
    """Field for texts without white space, with its unit or its second half apart."""
    if kinds == {"ip_port"}:
        return [
            Field(frozenset({"ip"}), key=key),
            Literal(":"),
            Field(frozenset({"int"}), key=f"{key}_port" if key else "port"),
        ]
    if kinds == {"http"}:
        return [Literal("HTTP/"), Field(frozenset({"version"}), key=key)]
    if kinds in ({"duration"}, {"percent"}):
        units = {match[1] for text in texts if (match := _UNIT.fullmatch(text))}
        if len(units) == 1:
            unit = units.pop()
            numbers = frozenset(kind_of(text.removesuffix(unit)) for text in texts)
            return [Field(numbers, key=key, unit=unit), Literal(unit)]
    numbered = _numbered(texts) if kinds == {"word"} and not key else None
    if numbered is not None:
        return numbered
    quantity = _quantity(texts) if kinds <= {"word", "percent"} else None
    if quantity is not None:
        numbers = frozenset(kind_of(text.removesuffix(quantity)) for text in texts)
        return [Field(numbers, key=key, unit=quantity), Literal(quantity)]
    if kinds == {"level"} and any(
        text.upper() in {"WRN", "DBG", "PANIC", "VERBOSE", "FINE"} for text in texts
    ):
        kinds = frozenset({"level", "odd"})
    holds = frozenset(char for text in texts for char in text if not char.isalnum())
    return [Field(kinds, key=key, holds=holds)]


def _quantity(texts: Sequence[str]) -> str | None:
    """Unit that stands right behind every one of many numbers: `5014B`, `21.5°C`."""
    found = {text: match for text in set(texts) if (match := _NUMBER_AND_UNIT.fullmatch(text))}
    units = {match[1] for match in found.values()}
    if len(units) != 1 or len(found) < _MANY or len(found) < len(set(texts)):
        return None
    return units.pop()


def _numbered(texts: Sequence[str]) -> list[Item] | None:
    """A name and a number, the name being the same everywhere: `job#4711`."""
    found = [_NUMBERED.fullmatch(text) for text in texts]
    names = {match[1] if match is not None else None for match in found}
    name = names.pop()
    if names or name is None:
        return None
    kinds = frozenset(kind_of(match[2]) for match in found if match is not None)
    return [Literal(f"{name}#"), Field(kinds, key=name)]


def _enclosed(texts: Sequence[str]) -> list[Item]:
    """Quoted or bracketed texts: by their inner form when nearly all share one, else as one field."""
    opening = texts[0][0]
    closing = CLOSE.get(opening, '"')
    inner = [text[1:-1] for text in texts]
    items = _inner(inner, opening)
    return _joined([Literal(opening), *items, Literal(closing)])


def _inner(inner: Sequence[str], opening: str) -> list[Item]:
    from logsource.parse.learn.align import Row, align  # noqa: PLC0415 - parts within parts: the two are one recursion

    closing = CLOSE.get(opening, '"')
    escapes = opening == '"' and any("\\" in text for text in inner)
    whole = Field(frozenset(map(single_kind, inner)), wrap=opening, stop=closing, escapes=escapes)
    rows = [Row(tokens(text)) for text in inner if text not in {"", "-"}]
    if escapes or len(rows) < _INNER_SHARE * len(inner):
        return [whole]
    singles = all(len(row.tokens) == 1 and row.tokens[0].cls == "atom" for row in rows)
    if singles:
        kinds = frozenset(map(single_kind, inner))
        # what has a type of its own needs no closing mark to be told apart
        return (
            typed(inner, kinds)
            if kinds <= {"int", "float", "duration", "ip", "ip_port", "uuid", "level"}
            else [whole]
        )
    items = list(align(rows, whole=True))
    constant = all(not isinstance(item, Field) for item in items)
    if not items or constant or not structured(items):
        return [whole]
    return items


def _pair(key: str, values: Sequence[str]) -> list[Item]:
    given = [value for value in values if value]
    if (
        given
        and all(value.startswith('"') and len(value) > 1 for value in given)
        and len(given) == len(values)
    ):
        inner = [value[1:-1] for value in values]
        escapes = any("\\" in text for text in inner)
        kinds = frozenset(kind_of(text) for text in inner)
        return [Literal(f'{key}="'), Field(kinds, wrap='"', key=key, stop='"', escapes=escapes), Literal('"')]
    if given and len(given) == len(values) and all(value[0] == "'" == value[-1] for value in given):
        kinds = frozenset(kind_of(value[1:-1]) for value in values)
        return [Literal(f"{key}='"), Field(kinds, wrap="'", key=key, stop="'"), Literal("'")]
    if any(value.startswith('"') for value in given):
        return [Literal(f"{key}="), Field(frozenset({"word"}), key=key, unquoted=True)]
    if any(value[0] in "[{" for value in given):
        return [Literal(f"{key}="), Field(frozenset({"bracketed"}), key=key)]
    return [Literal(f"{key}="), *typed(values, frozenset(kind_of(value) for value in values), key)]


def _joined(items: list[Item]) -> list[Item]:
    """Neighbouring literals as one."""
    done: list[Item] = []
    for item in items:
        if isinstance(item, Literal) and done and isinstance(done[-1], Literal):
            done[-1] = Literal(done[-1].text + item.text)
        else:
            done.append(item)
    return done
