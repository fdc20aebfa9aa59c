"""What is left to look at in the fields of a record when the types of all values are known.

Nearly all values stay as they are; a comparison tells. The definition is `members.convert`: a record that does not
pass here, or needs more than this, goes there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logsource.parse.fields import BadValueError
from logsource.parse.members import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logsource.model import JSONValue
    from logsource.parse.structured import Member

_MOST = 10**18 - 1
"""Largest integer of eighteen digits; `FieldSpec` refuses larger ones where the schema sets no limit."""
_DIGITS = 18
"""Of a text that is an integer, as in `FieldSpec`."""
_LARGEST = sys.float_info.max
_NEVER: tuple[frozenset[str], bool] = (frozenset(), False)


@dataclass(slots=True)
class Checks:
    """Looks at the values of one row of types, by field."""

    absent: list[str] = field(default_factory=list)
    """Their value is null."""
    strip: list[str] = field(default_factory=list)
    null_texts: tuple[str, ...] = ()
    """All texts that mean "no value" in some field."""
    nulls: dict[str, tuple[frozenset[str], bool]] = field(default_factory=dict)
    """Those of each field, and whether the field is required."""
    lengths: list[tuple[int, str]] = field(default_factory=list)
    """Shortest first."""
    enums: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    ranges: list[tuple[str, float, float]] = field(default_factory=list)
    digits: list[tuple[str, float, float]] = field(default_factory=list)
    """Texts that must be integers."""
    lists: list[tuple[str, int, int]] = field(default_factory=list)
    """Texts of at most so many characters, and at most so many of them."""
    others: list[tuple[str, Member]] = field(default_factory=list)
    """To be converted the way of the definition."""
    objects: list[str] = field(default_factory=list)
    """Free JSON; whoever asks looks how deep it is nested."""
    special: bool = False
    """There is more to do than to compare lengths, ranges and null texts."""

    def passed(self, data: dict[str, JSONValue], longest: int) -> bool:
        """Whether the fields are good now; they may have been cut, converted, or left out.

        No text has more characters than `longest`.
        """
        if self.special and not self._converted(data):
            return False
        for name, low, high in self.ranges:
            if not low <= data[name] <= high:
                return False
        for limit, name in self.lengths:
            if limit >= longest:
                break
            if len(data[name]) > limit:
                data[name] = data[name][:limit]
        for text in self.null_texts:
            if text in data.values():
                return self._without_nulls(data)
        return True

    def _converted(self, data: dict[str, Any]) -> bool:
        for name in self.strip:
            data[name] = data[name].rstrip()
        for name, enum in self.enums:
            if data[name] not in enum and not self._is_null(data, name):
                return False
        for name, low, high in self.digits:
            text = data[name]
            if self._is_null(data, name):
                continue
            if len(text) > _DIGITS or not (text.isdecimal() and text.isascii()):
                return False
            number = data[name] = int(text)
            if not low <= number <= high:
                return False
        return self._lists_passed(data) and self._others_converted(data)

    def _lists_passed(self, data: Mapping[str, Any]) -> bool:
        for name, longest, most in self.lists:
            if len(data[name]) > most:
                return False
            for text in data[name]:
                if type(text) is not str or len(text) > longest:
                    return False
        return True

    def _others_converted(self, data: dict[str, JSONValue]) -> bool:
        try:
            for name, member in self.others:
                data[name] = value = convert(member.rule, data[name], member.nulls)
                if value is None:
                    del data[name]
        except BadValueError:
            return False
        for name in self.absent:
            del data[name]
        return True

    def _is_null(self, data: Mapping[str, JSONValue], name: str) -> bool:
        return name in self.nulls and data[name] in self.nulls[name][0]

    def _without_nulls(self, data: dict[str, JSONValue]) -> bool:
        for text in self.null_texts:
            for name in [name for name, value in data.items() if value == text]:
                nulls, required = self.nulls.get(name, _NEVER)
                if text in nulls:
                    if required:
                        return False
                    del data[name]
        return True


def checks_of(members: Sequence[Member], types: Iterable[type]) -> Checks | None:
    """What to look at when members have values of these types; None when a value is null that must not be."""
    checks = Checks()
    for member, kind in zip(members, types, strict=True):
        if kind is type(None):
            if member.rule.required:
                return None
            checks.absent.append(member.rule.path[0])
            continue
        if kind is str and member.nulls:
            checks.nulls[member.rule.path[0]] = (member.nulls, member.rule.required)
        if kind is str and member.strip:
            checks.strip.append(member.rule.path[0])
        _add_check(checks, member, kind)
    checks.lengths.sort()
    checks.null_texts = tuple(sorted({text for nulls, _ in checks.nulls.values() for text in nulls}))
    checks.special = any(
        (checks.absent, checks.strip, checks.enums, checks.digits, checks.lists, checks.others)
    )
    return checks


def _add_check(checks: Checks, member: Member, kind: type) -> None:
    rule, name, items = member.rule, member.rule.path[0], member.rule.items
    if kind is str and rule.kind == "string":
        _add_text_check(checks, member)
        return
    low = -_LARGEST if rule.minimum is None else rule.minimum
    high = _LARGEST if rule.maximum is None else rule.maximum
    match rule.kind, kind.__name__:
        case "integer", "int":
            checks.ranges.append((name, max(low, -_MOST), min(high, _MOST)))
        case "integer", "str":
            checks.digits.append((name, low, high))
        case "number", "float":
            checks.ranges.append((name, low, high))
        case "boolean", "bool":
            pass
        case "array", "list" if items is not None and items.kind == "string" and items.enum is None:
            limit = sys.maxsize if items.max_length is None else items.max_length
            checks.lists.append((name, limit, sys.maxsize if rule.max_items is None else rule.max_items))
        case "object", "dict":
            checks.objects.append(name)
        case _:
            checks.others.append((name, member))


def _add_text_check(checks: Checks, member: Member) -> None:
    rule, name = member.rule, member.rule.path[0]
    limit = sys.maxsize if rule.max_length is None else rule.max_length
    if any(len(text) > limit for text in (*member.nulls, *(rule.enum or ()))):
        checks.others.append((name, member))  # the first step is not to cut it
    elif rule.enum is not None:
        checks.enums.append((name, rule.enum))
    elif rule.max_length is not None:
        checks.lengths.append((limit, name))
