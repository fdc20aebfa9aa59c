"""A draft from lines without a notation of their own: grok patterns, names, types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.parse.learn.commas import DECIMAL
from logsource.parse.learn.cover import Learnt, cover
from logsource.parse.learn.draft import Draft, DraftPattern
from logsource.parse.learn.names import Place, name_all, places
from logsource.parse.learn.template import Literal, to_grok
from logsource.parse.learn.timeforms import epoch_format
from logsource.parse.learn.times import draft_time, time_column
from logsource.parse.learn.values import nulls_in, type_of, value_of
from logsource.parse.learn.vocabulary import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.model import JSONValue
    from logsource.parse.learn.draft import DraftTime
    from logsource.parse.learn.template import Item
    from logsource.parse.learn.values import TextType

EVENT = "event"
_NAMES_OF_VERSIONS = frozenset({"version", "ver", "fw", "firmware", "release", "build"})
"""1.10 is not 1.1."""
_NUMBERED = re.compile(r"field_[0-9]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_UNITS = frozenset(["ns", "us", "ms", "s", "sec", "m", "h", "http"])
_CONTINUED = re.compile(r"\s+(?:at |File |\.\.\.|Caused by|in )|Traceback|Caused by:|\s")


def draft_lines(lines: Sequence[str]) -> Draft:
    """Draft of the log. Raises PackError when the lines have nothing in common."""
    covered = cover(lines)
    if not covered.patterns:
        raise PackError(
            f"no structure was found in {len(lines)} lines: they have no time, number, mark or pair at the same place "
            "(the parser `plain` takes them as they are)"
        )
    notes: list[str] = []
    numbered: dict[str, TextType] = {}
    named = [_named(learnt, notes, numbered) for learnt in covered.patterns]
    columns: dict[str, list[str]] = {}
    for learnt, names, _ in named:
        for name, column in zip(names, learnt.columns, strict=True):
            columns.setdefault(name, []).extend(text for text in column if text is not None)
    time, time_notes = _time(columns, sum(len(learnt.lines) for learnt in covered.patterns))
    nulls = nulls_in(
        text for name, column in columns.items() if name not in {TIME, "message"} for text in column
    )
    types: dict[str, TextType] = {
        name: "string"
        if name.rsplit("_", 1)[-1] in _NAMES_OF_VERSIONS
        else type_of([text for text in column if text not in nulls])
        for name, column in columns.items()
    }
    patterns, records = [], []
    used: set[str] = set()
    for learnt, names, _ in named:
        label = _label(learnt, names, used)
        constants = {EVENT: label} if _nameless(learnt, names, several=len(named) > 1) else {}
        patterns.append(
            DraftPattern(
                name=label, grok=to_grok(learnt.items, names), constants=constants, lines=len(learnt.lines)
            )
        )
        records += [{**row, **constants} for row in _records(learnt, names, types, nulls, time)]
    if any(_CONTINUED.match(line) for line in covered.odd):
        notes.append(
            "some lines look like the rest of a record: see `multiline` of the source (presets java, python, …)"
        )
    return Draft(
        notation="patterns",
        patterns=tuple(patterns),
        records=tuple(records),
        units={name: unit for _, _, units in named for name, unit in units.items()},
        time=time,
        nulls=tuple(nulls),
        notes=(*time_notes, *dict.fromkeys(notes)),
        odd=covered.odd,
    )


def _named(
    learnt: Learnt, notes: list[str], numbered: dict[str, TextType]
) -> tuple[Learnt, list[str], dict[str, str]]:
    found = places(learnt.items, learnt.columns)
    given = name_all(found)
    taken = {name for name, _ in given}
    names = []
    for (first, sure), place in zip(given, found, strict=True):
        name = first
        if not sure and _NUMBERED.fullmatch(name):
            # a number says nothing, so the same number in two patterns must at least not mix numbers with words
            kind, count = type_of(place.texts), len(found) + 1
            while numbered.get(name, kind) != kind or (name != first and name in taken):
                name, count = f"field_{count}", count + 1
            numbered[name] = kind
            taken.add(name)
        names.append(name)
        if not sure:
            example = f", such as {place.texts[0][:40]!r}" if place.texts else ""
            notes.append(f"{name}: the name is a guess{example}")
        if place.field.kinds == DECIMAL:
            notes.append(f"{name}: has a decimal comma and is kept as a text")
    return learnt, names, _units(names, found)


def _units(names: Sequence[str], found: Sequence[Place]) -> dict[str, str]:
    return {name: place.field.unit for name, place in zip(names, found, strict=True) if place.field.unit}


def _time(columns: dict[str, list[str]], total: int) -> tuple[DraftTime | None, list[str]]:
    texts = columns.get(TIME)
    if texts:
        drafted = draft_time(TIME, texts)
        if drafted is not None:
            return drafted
    keyed = [name for name, column in columns.items() if name in {"ts", "timestamp"} and epoch_format(column)]
    stated = keyed[0] if keyed else time_column(_likely(columns), total)
    drafted = draft_time(stated, columns[stated]) if stated is not None else None
    if drafted is not None and stated not in keyed:
        return drafted[0], [f"{stated}: taken for the time of the record", *drafted[1]]
    found = "clock states a time of day and no date" if "clock" in columns else "no time was found"
    return drafted or (None, [f"{found}: events will have the time at which they were read"])


def _likely(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Columns that may be the time of the record: of a notation, not of mere digits."""
    return {name: texts for name, texts in columns.items() if not all(text.isdigit() for text in texts)}


def _records(
    learnt: Learnt,
    names: Sequence[str],
    types: dict[str, TextType],
    nulls: Sequence[str],
    time: DraftTime | None,
) -> Iterator[dict[str, JSONValue]]:
    for row in zip(*learnt.columns, strict=True):
        yield {
            name: value_of(text, types[name]) if text is not None and text not in nulls else None
            for name, text in zip(names, row, strict=True)
            if time is None or name != time.field
        }


def _nameless(learnt: Learnt, names: Sequence[str], *, several: bool) -> bool:
    """Whether the record would not tell what it is about: its words stand in the pattern only, or it has no field."""
    return set(names) <= {TIME} or (several and "message" not in names and bool(_words(learnt.items)))


def _words(items: Sequence[Item]) -> list[str]:
    """Words that are the same in every line."""
    return [word.lower() for item in items if isinstance(item, Literal) for word in _WORD.findall(item.text)]


def _label(learnt: Learnt, names: Sequence[str], used: set[str]) -> str:
    words = [word for word in _words(learnt.items) if word not in _UNITS]
    if "method" in names and "status" in names:
        base = "request"
    else:
        base = "_".join(words[:3])[:48] or ("line" if "message" in names else "record")
    label, number = base, 1
    while label in used:
        number += 1
        label = f"{base}_{number}"
    used.add(label)
    return label
