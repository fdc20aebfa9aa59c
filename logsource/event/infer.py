"""A schema from what was seen: types, limits with head-room, lists of values, and what may be missing.

Limits are wider than what was seen, because a sample never holds the longest text. What is missing in any
record may be null. Every result keeps the lint rules of `event.lint`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logsource.event.lint import META_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from logsource.event.iglu import IgluUri

    Describe = Callable[[tuple[str, ...]], str]
    """From the path of a property to its description."""

LENGTHS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65535)
INT32 = 2_147_483_647
INT64 = 9_223_372_036_854_775_807
LARGEST_NUMBER = 1e15
MOST_NAMES = 60
"""An object with more names than that maps names to values; it becomes one column of free JSON."""
_MOST_VALUES = 8
_LEAST_LENGTH = 128
_WORD_LENGTH = 40
_LEAST_TEXT = 4096
"""Characters; what is longer than a word (a message, a URL, a user agent) has no natural limit."""
_LEAST_RECORDS = 50
_LEAST_EACH = 3
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,31}")
_OPEN = frozenset(
    [
        "user",
        "username",
        "name",
        "account",
        "customer",
        "tenant",
        "client",
        "host",
        "hostname",
        "server",
        "logger",
        "thread",
        "program",
        "component",
        "module",
        "service",
        "app",
        "application",
        "city",
        "country",
        "path",
        "url",
        "message",
        "msg",
        "text",
        "title",
        "label",
        "tag",
        "key",
        "id",
    ]
)
"""Names of what there are always more of, however few a sample holds: no list of values is made for them."""
_FORMATS = (
    (
        "date-time",
        re.compile(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
        ),
    ),
    ("ipv4", re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.|$)){4}(?<!\.)")),
)
_LEVELS = frozenset(
    [
        "trace",
        "debug",
        "info",
        "notice",
        "warn",
        "warning",
        "error",
        "critical",
        "fatal",
        "severe",
        "alert",
        "emerg",
        "emergency",
        "panic",
        "err",
        "crit",
    ]
)
_METHODS = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user of a schema wants of it."""

    formats: bool = True
    """State date-time and ipv4, where all texts have that form."""
    unions: bool = True
    """A property with values of several types allows them all; else it is a text."""
    least_required: int = 1
    """Records that must all have a property before it is required."""
    lists: bool = True
    """State the values of a text that has few; else only lists that are known to be complete (severities)."""


@dataclass
class Seen:
    """Values of one property over all records, summed up."""

    kinds: Counter[str] = field(default_factory=Counter)
    """How often each JSON type came; never `null`: a null is as good as nothing."""
    longest: int = 0
    shortest: int | None = None
    texts: Counter[str] = field(default_factory=Counter)
    """Texts and how often; no more than are needed to tell a list of values from free text."""
    many_texts: bool = False
    formats: set[str] | None = None
    least: float | None = None
    most: float | None = None
    members: dict[str, Seen] = field(default_factory=dict)
    items: Seen | None = None
    most_items: int = 0

    @property
    def count(self) -> int:
        """Records that have a value."""
        return self.kinds.total()

    def add(self, value: Any) -> None:
        """Look at one value."""
        kind = _type(value)
        if kind is None:
            return
        self.kinds[kind] += 1
        match value:
            case str():
                self._text(value)
            case bool():
                pass
            case int() | float():
                self.least = value if self.least is None else min(self.least, value)
                self.most = value if self.most is None else max(self.most, value)
            case dict():
                for name, member in value.items():
                    self.members.setdefault(str(name), Seen()).add(member)
            case list():
                self.items = self.items or Seen()
                self.most_items = max(self.most_items, len(value))
                for item in value:
                    self.items.add(item)

    def _text(self, text: str) -> None:
        self.longest = max(self.longest, len(text))
        self.shortest = len(text) if self.shortest is None else min(self.shortest, len(text))
        fitting = {name for name, form in _FORMATS if form.fullmatch(text)}
        self.formats = fitting if self.formats is None else self.formats & fitting
        if not self.many_texts:
            self.texts[text] += 1
            if len(self.texts) > _MOST_VALUES:
                self.many_texts = True
                self.texts.clear()


def infer_schema(
    records: Iterable[Mapping[str, Any]],
    uri: IgluUri,
    *,
    description: str,
    describe: Describe,
    rules: Rules | None = None,
) -> dict[str, Any]:
    """Schema of records that are data of one event each."""
    return schema_of(look_at(records), uri, description=description, describe=describe, rules=rules)


def look_at(records: Iterable[Mapping[str, Any]]) -> Seen:
    """Sum up records."""
    seen = Seen()
    for record in records:
        seen.add(dict(record))
    return seen


def schema_of(
    seen: Seen, uri: IgluUri, *, description: str, describe: Describe, rules: Rules | None = None
) -> dict[str, Any]:
    """Schema of what was seen of records."""
    body = _object(seen, (), describe, rules or Rules())
    return {
        "$schema": META_SCHEMA,
        "description": description,
        "self": {"vendor": uri.vendor, "name": uri.name, "format": uri.format, "version": uri.version},
        **body,
    }


def _type(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _object(seen: Seen, path: tuple[str, ...], describe: Describe, rules: Rules) -> dict[str, Any]:
    properties, required = {}, []
    for name, member in seen.members.items():
        always = member.count == seen.kinds["object"] and member.count >= rules.least_required
        if always:
            required.append(name)
        properties[name] = _property(member, (*path, name), describe, rules, nullable=not always)
    body: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        body["required"] = required
    return {**body, "additionalProperties": False}


def _property(
    seen: Seen, path: tuple[str, ...], describe: Describe, rules: Rules, *, nullable: bool
) -> dict[str, Any]:
    kinds = sorted(seen.kinds)
    if {"integer", "number"} <= set(kinds):
        kinds.remove("integer")
    if not kinds:
        # nothing but nulls: a text that may be missing promises least
        kinds = ["string"]
    if len(kinds) > 1 and not rules.unions:
        # whoever makes the events writes such values as texts
        types: list[str] = ["string", "null"] if nullable else ["string"]
        single = types[0] if len(types) == 1 else types
        return {"description": describe(path), "type": single, "maxLength": LENGTHS[-1]}
    described: dict[str, Any] = {"description": describe(path)}
    types = [*kinds, "null"] if nullable else kinds
    described["type"] = types[0] if len(types) == 1 else types
    if "string" in kinds:
        described |= _string(seen, path, rules, alone=len(kinds) == 1)
        if "enum" in described and nullable:
            described["enum"] = [*described["enum"], None]
    if "integer" in kinds or "number" in kinds:
        described |= _number(seen, path, whole="integer" in kinds)
    if "object" in kinds:
        listed = "[]" in path and not rules.unions  # nobody makes one type of the members of listed objects
        if not seen.members or len(seen.members) > MOST_NAMES or len(kinds) > 1 or listed:
            described["additionalProperties"] = True
        else:
            inner = _object(seen, path, describe, rules)
            del inner["type"]
            described |= inner
    if "array" in kinds:
        items = seen.items or Seen()
        described["items"] = _property(items, (*path, "[]"), describe, rules, nullable=False)
        described["maxItems"] = max(64, 2 * seen.most_items)
    return described


def _string(seen: Seen, path: tuple[str, ...], rules: Rules, *, alone: bool) -> dict[str, Any]:
    """Limits of a text. Next to other types (not `alone`) an enum or a format would have to hold for those too."""
    wanted = 2 * seen.longest if seen.shortest == seen.longest else max(4 * seen.longest, _LEAST_LENGTH)
    if seen.longest > _WORD_LENGTH and seen.shortest != seen.longest:
        wanted = max(wanted, _LEAST_TEXT)
    length = next((one for one in LENGTHS if one >= wanted), LENGTHS[-1])
    values = enum_of(seen, path[-1], lists=rules.lists) if alone else None
    if values is not None:
        return {"enum": values}
    limits: dict[str, Any] = {"maxLength": max(length, seen.longest)}
    if rules.formats and alone and seen.formats and path[-1] != "[]":
        limits["format"] = min(seen.formats)
    return limits


def enum_of(seen: Seen, name: str, *, lists: bool = True) -> list[str] | None:
    """Values of a property that is clearly one of a few words; completed where the list is a known one."""
    values = sorted(seen.texts)
    if (
        seen.many_texts
        or not values
        or name.rsplit("_", 1)[-1].lower() in _OPEN
        or not all(map(_WORD.fullmatch, values))
    ):
        return None
    if all(value.lower() in _LEVELS for value in values):
        return sorted({*values, *(_cased(level, values[0]) for level in _LEVELS)})
    if all(value in _METHODS for value in values):
        return None  # clients may send any method, and a log of attacks must not be refused
    if not lists:
        return None
    enough = seen.texts.total() >= _LEAST_RECORDS and len(values) > 1
    return values if enough and min(seen.texts.values()) >= _LEAST_EACH else None


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.capitalize() if like[0].isupper() else word


def _number(seen: Seen, path: tuple[str, ...], *, whole: bool) -> dict[str, Any]:
    least, most = seen.least or 0, seen.most or 0
    if whole and path and path[-1] == "status" and 100 <= most <= 599 and least >= 0:
        return {"minimum": 0, "maximum": 999}
    if whole:
        highest = INT32 if 10 * most <= INT32 else INT64
        lowest = 0 if least >= 0 else (-INT32 - 1 if 10 * least >= -INT32 else -INT64 - 1)
        return {"minimum": lowest, "maximum": highest}
    bound = max(LARGEST_NUMBER, 10 * most, -10 * least)
    return {"minimum": 0 if least >= 0 else -bound, "maximum": bound}
