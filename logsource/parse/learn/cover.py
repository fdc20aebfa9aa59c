"""Patterns for a log, one after the other: each is learnt from the lines that those before it do not match."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.learn import commas
from logsource.parse.learn.align import Row, Shapes, align
from logsource.parse.learn.template import (
    Field,
    Item,
    Literal,
    Maybe,
    apart,
    fields,
    structured,
    to_grok,
    with_stops,
)
from logsource.parse.learn.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PATTERNS = 8
_LEAST_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Learnt:
    """One pattern, before its fields have names."""

    items: tuple[Item, ...]
    lines: tuple[str, ...]
    """Lines it matches (and no pattern before it)."""
    columns: tuple[tuple[str | None, ...], ...]
    """Texts of each field in these lines."""


@dataclass(frozen=True, slots=True)
class Cover:
    """All patterns, and the lines that none of them matches."""

    patterns: tuple[Learnt, ...]
    odd: tuple[str, ...]


def cover(lines: Sequence[str]) -> Cover:
    """Learn patterns, the one for most lines first unless a later one would take its lines."""
    left = list(lines)
    taken = {line: tokens(line) for line in dict.fromkeys(lines)}
    found: list[Learnt] = []
    odd: list[str] = []
    while left and len(found) < MOST_PATTERNS:
        if found and len(left) < max(2, _LEAST_SHARE * len(lines)):
            break
        items, used = _one([taken[line] for line in left])
        learnt = match_lines(items, left) if structured(items) or (found and _worded(items)) else None
        if learnt is not None and not learnt.lines:
            # a kind is what a text looks like; the pattern of its name may be stricter
            learnt = match_lines(_any_words(items), left)
        if learnt is None or not learnt.lines:
            # lines of this beginning have no form of their own; perhaps the others have
            odd += [line for line in left if id(taken[line]) in used]
            left = [line for line in left if id(taken[line]) not in used]
            continue
        learnt = with_phrases(learnt)
        matched = set(learnt.lines)
        found.append(learnt)
        left = [line for line in left if line not in matched]
    return Cover(tuple(_by_frequency(_with_decimal_commas(found))), tuple(odd + left))


def _with_decimal_commas(found: list[Learnt]) -> list[Learnt]:
    """The same patterns; in a log that writes 17,08 each such number is one field."""
    if not any(commas.proven(one.items, one.columns) for one in found):
        return found
    done = []
    for one in found:
        new = match_lines(with_stops(commas.merged(one.items, one.columns)), one.lines)
        done.append(new if new is not None and new.lines == one.lines else one)
    return done


def _one(token_lists: Sequence[Sequence[object]]) -> tuple[tuple[Item, ...], set[int]]:
    """Template of the largest shape, and the identities of the lines it was learnt from."""
    rows = [Row(one) for one in token_lists]  # type: ignore[arg-type]
    while True:
        try:
            items = align(rows)
        except Shapes as shapes:
            if len(shapes.rows) >= len(rows):
                return (), {id(row.tokens) for row in rows}
            rows = [Row(row.tokens) for row in shapes.rows]
        else:
            return with_stops(apart(items)), {id(row.tokens) for row in rows}


def match_lines(items: Sequence[Item], lines: Sequence[str]) -> Learnt | None:
    """The pattern over lines; None when it does not compile."""
    count = sum(1 for _ in fields(items))
    compiled = compile_grok(
        to_grok(items, [f"f{n}" for n in range(count)]), library=GrokLibrary.builtin(ecs=False)
    )
    groups = {".".join(capture.path): capture.group for capture in compiled.captures}
    match = re.compile(compiled.regex).fullmatch
    matched, rows = [], []
    for line in lines:
        found = match(line)
        if found is not None:
            matched.append(line)
            rows.append([found[groups[f"f{n}"]] for n in range(count)])
    columns = tuple(tuple(column) for column in zip(*rows, strict=True))
    return Learnt(tuple(items), tuple(matched), columns)


def _any_words(items: Sequence[Item]) -> tuple[Item, ...]:
    """The same parts, each field of a kind with a pattern of its own as any word."""
    return tuple(
        Maybe(_any_words(item.items))
        if isinstance(item, Maybe)
        else replace(item, kinds=frozenset({"word"}))
        if isinstance(item, Field) and "time" not in item.kinds
        else item
        for item in items
    )


def with_phrases(learnt: Learnt) -> Learnt:
    """The same pattern; words of which each goes with the one before are one text: `order placed`, `stock low`.

    Only right before key=value pairs or the end: elsewhere words side by side are columns.
    """
    items, columns = list(learnt.items), list(learnt.columns)
    index = 0
    while index + 2 < len(items):
        place = sum(1 for _ in fields(items[:index]))
        if _word(items[index]) and items[index + 1] == Literal(" ") and _word(items[index + 2]):
            together = _together(columns[place], columns[place + 1])
            if together is not None:
                items[index : index + 3] = [Field(frozenset({"phrase"}), free=True)]
                columns[place : place + 2] = [together]
                continue
        index += 1
    if len(items) == len(learnt.items) or not all(map(_ends_text, _behind_phrases(items))):
        return learnt
    merged = match_lines(items, learnt.lines)
    return merged if merged is not None and merged.lines == learnt.lines else learnt


def _word(item: Item) -> bool:
    if not isinstance(item, Field) or item.key or item.wrap or item.unit:
        return False
    return item.kinds in ({"word"}, {"phrase"})


def _together(first: Sequence[str | None], second: Sequence[str | None]) -> tuple[str, ...] | None:
    """Texts of both as one, when the second depends on the first; None when they vary by themselves."""
    pairs = {f"{one} {other}" for one, other in zip(first, second, strict=True)}
    if not 1 < len(pairs) <= max(len(set(first)), len(set(second))) or 3 * len(pairs) > len(first):
        return None
    return tuple(f"{one} {other}" for one, other in zip(first, second, strict=True))


def _behind_phrases(items: Sequence[Item]) -> list[Item | None]:
    return [
        items[index + 1] if index + 1 < len(items) else None
        for index, item in enumerate(items)
        if isinstance(item, Field) and item.kinds == {"phrase"}
    ]


def _ends_text(item: Item | None) -> bool:
    """Whether a pair or the end of the line follows."""
    if isinstance(item, Maybe):
        return bool(item.items) and _ends_text(item.items[0])
    return item is None or (isinstance(item, Literal) and item.text.endswith(("=", '="')))


def _worded(items: Sequence[Item]) -> bool:
    """Whether words that are always there surround the fields, and nothing is free text."""
    words = [word for item in items if isinstance(item, Literal) for word in item.text.split()]
    given = list(fields(items))
    return len(words) > 1 and bool(given) and not any(field.free for field in given)


def _by_frequency(found: list[Learnt]) -> list[Learnt]:
    """Most frequent first, as far as that does not change which pattern a line belongs to."""
    done: list[Learnt] = []
    for one in found:
        place = len(done)
        while (
            place
            and len(done[place - 1].lines) < len(one.lines)
            and not _takes_any(one, done[place - 1].lines)
        ):
            place -= 1
        done.insert(place, one)
    return done


def _takes_any(pattern: Learnt, lines: Sequence[str]) -> bool:
    learnt = match_lines(pattern.items, lines)
    return learnt is not None and bool(learnt.lines)
