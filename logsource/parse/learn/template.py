"""The form of a line as a list of parts, and how it is written as grok."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.parse.learn.timeforms import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")
_CLASS_SPECIAL = re.compile(r"[\\^\[\]&-]")
_NUMBERS = frozenset({"int", "float"})
_NAMED = {"ip": "IP", "mac": "MAC", "uuid": "UUID", "level": "LOGLEVEL", "method": "WORD"}


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that is the same in every line."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """White space of varying width."""

    lines: bool = False
    """A line may end in it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A part that varies, or that means something even where it does not vary."""

    kinds: frozenset[str]
    """Kinds of its values; see `tokens.Token.kind`."""
    wrap: str = ""
    """The character that encloses it: a quote or an opening bracket."""
    key: str = ""
    """Key of a key=value pair."""
    unit: str = ""
    """Unit that follows it as a literal: `ms`, `%`."""
    free: bool = False
    """Any text, up to the next part or to the end of the line."""
    stop: str = ""
    """Characters it cannot hold (besides white space, unless it is free or enclosed)."""
    unquoted: bool = False
    """Quotes around it come and go."""
    escapes: bool = False
    """Its values hold backslashes (in quotes)."""
    holds: frozenset[str] = frozenset()
    """Marks that its values hold, so that they cannot be what ends it."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """Parts that some lines lack."""

    items: tuple[Item, ...]


Item = Literal | Gap | Field | Maybe
END = re.compile(r"\Z")


def fields(items: Sequence[Item]) -> Iterator[Field]:
    """All fields, in order."""
    for item in items:
        if isinstance(item, Field):
            yield item
        elif isinstance(item, Maybe):
            yield from fields(item.items)


def structured(items: Sequence[Item]) -> int:
    """How many fields are more than free text or any word."""
    return sum(not weak(field) for field in fields(items))


def weak(field: Field) -> bool:
    """Whether a field may as well be a word of a sentence."""
    if field.free:
        return True
    if field.key or field.wrap or "time" in field.kinds:
        return False
    return len(field.kinds - {"dash"}) != 1 or bool(field.kinds & {"word", "dash"})


def is_anchor(item: Item) -> bool:
    """Whether a part tells that the line is not yet free text here."""
    if isinstance(item, Literal):
        return bool(item.text.strip()) and not any(char.isalnum() for char in item.text)
    return isinstance(item, Maybe) or (isinstance(item, Field) and not weak(item))


def to_grok(items: Sequence[Item], names: Sequence[str]) -> str:
    """Grok pattern; `names` are those of `fields(items)`, in their order."""
    return _write(tuple(items), iter(names), last=True)


def _write(items: tuple[Item, ...], names: Iterator[str], *, last: bool) -> str:
    parts = []
    for index, item in enumerate(items):
        follows = items[index + 1 :]
        match item:
            case Literal(text):
                parts.append(_SPECIAL.sub(r"\\\g<0>", text).replace("\t", "\\t").replace("\n", "\\n"))
            case Gap(lines):
                parts.append("\\s+" if lines else "[ \\t]+")
            case Maybe(inner):
                parts.append(f"(?:{_write(inner, names, last=last and not follows)})?")
            case Field():
                if item.free and follows and isinstance(follows[0], Literal):
                    parts.append(_free_before(item, next(names), follows[0]))
                else:
                    parts.append(_field(item, next(names), at_end=last and not follows))
    return "".join(parts)


def _free_before(item: Field, name: str, follows: Literal) -> str:
    """Text up to the first place where the literal stands; the literal itself is written by the caller.

    The look-ahead is inside an atomic group: once found, the place is never looked for again, so that the
    pattern stays linear however often the literal occurs.
    """
    mark = follows.text.strip()
    if len(mark) == 1 and item.stop == mark:
        return f"(?<{name}>[^{_in_class(mark)}]*?)"
    return f"(?<{name}>(?>.*?(?={_SPECIAL.sub(lambda found: chr(92) + found[0], follows.text)})))"


def _field(item: Field, name: str, *, at_end: bool) -> str:  # noqa: C901 - one case per kind of field
    if item.free:
        if not at_end:
            return f"(?<{name}>.*?)"
        return f"%{{GREEDYDATA:{name}}}"
    if item.unquoted:
        stop = _in_class(item.stop)
        return f'"?(?<{name}>(?<=")[^"]*|[^\\s"{stop}]*)"?'
    if item.wrap:
        if item.escapes:
            return f'(?<{name}>[^"\\\\]*(?:\\\\.[^"\\\\]*)*)'
        return f"(?<{name}>[^{_in_class(item.stop)}]*)"
    if "time" in item.kinds:
        forms = [BY_NAME[kind] for kind in sorted(item.kinds - {"time"})]
        if len(forms) == 1:
            return forms[0].named(name)
        return f"(?<{name}>{'|'.join(form.body for form in forms)})"
    if len(item.kinds) == 1 and (known := _NAMED.get(next(iter(item.kinds)))):
        return f"%{{{known}:{name}}}"
    if item.kinds == {"int"}:
        return f"%{{INT:{name}}}"
    if item.kinds == {"decimal"}:
        return f"(?<{name}>[+-]?[0-9]+,[0-9]+)"
    if item.kinds <= _NUMBERS:
        return f"%{{NUMBER:{name}}}"
    often = "*" if item.key else "+"
    if item.stop or item.key:
        return f"(?<{name}>[^\\s{_in_class(item.stop)}]{often})"
    return f"%{{NOTSPACE:{name}}}"


def _in_class(chars: str) -> str:
    return "".join(_CLASS_SPECIAL.sub(r"\\\g<0>", char) for char in sorted(set(chars)))


def apart(items: Sequence[Item]) -> tuple[Item, ...]:
    """The parts up to where two fields touch each other; from there on the text is free.

    Without a mark between them nobody can tell where the first ends, and a pattern takes quadratic time to try.
    """
    for index, item in enumerate(items[1:], 1):
        first = item.items[0] if isinstance(item, Maybe) and item.items else item
        if isinstance(first, Field) and isinstance(items[index - 1], Field):
            return (*items[: index - 1], Field(frozenset(), free=True))
    return tuple(items)


def with_stops(items: Sequence[Item], after: str = "") -> tuple[Item, ...]:
    """The same parts; each field that a mark follows cannot hold that mark, where its kinds allow to say so."""
    done: list[Item] = []
    following = after
    for item in reversed(items):
        fixed = item
        if isinstance(item, Maybe):
            fixed = Maybe(with_stops(item.items, following))
            inner = fixed.items[0] if fixed.items else None
            following = (inner.text[:1] if isinstance(inner, Literal) else "") + following
        elif isinstance(item, Field):
            if not item.free and not item.wrap and following.strip():
                ends = [
                    c for c in following if not c.isspace() and c not in item.stop and c not in item.holds
                ]
                fixed = replace(item, stop=item.stop + "".join(ends))
            following = ""
        else:
            following = item.text[:1] if isinstance(item, Literal) else " "
        done.append(fixed)
    return tuple(reversed(done))
