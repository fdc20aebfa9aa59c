"""Drafts from logs whose records have a notation that an engine knows: JSON objects, key=value, delimited columns."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

import orjson

from logsource.errors import PackError
from logsource.model import Reject
from logsource.parse.engines.logfmt import LogfmtEngine
from logsource.parse.learn.draft import Draft
from logsource.parse.learn.joined import date_and_clock, joined
from logsource.parse.learn.names import Place, name_all, snake
from logsource.parse.learn.template import Field
from logsource.parse.learn.times import draft_time, time_column
from logsource.parse.learn.tokens import single_kind
from logsource.parse.learn.values import nulls_in, type_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from logsource.model import JSONValue

_SHARE = 0.9
_PAIRS = re.compile(r'(?:[^\s="]++=(?:"(?>(?:[^"\\]++|\\.)*)"|[^\s"]*+)(?:\s++|\Z)){2,}')
_PAIR = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*=")
_GOOD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_CELL = re.compile(r"[A-Za-z_][A-Za-z0-9_ .()/-]{0,63}")
_DELIMITERS = ("\t", ";", ",", "|")
_W3C = "#Fields:"


def draft_records(lines: Sequence[str]) -> Draft | None:
    """Draft of a log in a known notation; None when it has none."""
    return _json(lines) or _w3c(lines) or _logfmt(lines) or _csv(lines)


def _json(lines: Sequence[str]) -> Draft | None:
    objects, odd = [], []
    for line in lines:
        try:
            value = orjson.loads(line)
        except ValueError:
            value = None
        if isinstance(value, dict) and value:
            objects.append(value)
        else:
            odd.append(line)
    if len(objects) < _SHARE * len(lines) or not objects:
        return None
    return _of_members("json", {}, objects, odd, rest=True)


def _logfmt(lines: Sequence[str]) -> Draft | None:
    fitting = [line for line in lines if _PAIRS.fullmatch(line.strip())]
    if len(fitting) < _SHARE * len(lines):
        return None
    engine = LogfmtEngine()
    objects = [fields for line in fitting if not isinstance(fields := engine.fields(line), Reject)]
    kept = set(fitting)
    return _of_members("logfmt", {}, _typed(objects), [line for line in lines if line not in kept], rest=True)


def _w3c(lines: Sequence[str]) -> Draft | None:
    header = next((line for line in lines if line.startswith(_W3C)), None)
    if header is None:
        return None
    columns = header[len(_W3C) :].split()
    delimiter = "\t" if any("\t" in line for line in lines if not line.startswith("#")) else " "
    rows = [row for line in lines if not line.startswith("#") and (row := _row(line, delimiter)) is not None]
    objects = [
        {name: text for name, text in zip(columns, row, strict=False) if text not in {"-", ""}}
        for row in rows
    ]
    if not objects or len(columns) < 2:
        return None
    options: dict[str, Any] = {"columns": columns, "w3c": True, "delimiter": delimiter}
    return _of_columns(options, objects, ())


def _csv(lines: Sequence[str]) -> Draft | None:
    for delimiter in _DELIMITERS:
        rows = [_row(line, delimiter) for line in lines]
        width = len(next((row for row in rows if row is not None), ()))
        fitting = [row for row in rows if row is not None and len(row) == width]
        if width < 3 or len(fitting) < 0.97 * len(lines) or _prose(lines, delimiter):
            continue
        odd = [line for line, row in zip(lines, rows, strict=True) if row is None or len(row) != width]
        header = _is_header(fitting)
        if not header and (delimiter == "|" or _pairs_among(fitting)):
            return None  # the parts often have a form of their own, which patterns show
        if header:
            names, fitting = fitting[0], fitting[1:]
            guesses: list[str] = []
        else:
            names, guesses = _column_names(fitting)
        options: dict[str, Any] = {"columns": names, "delimiter": delimiter}
        if header:
            options["header"] = True
        objects = [{name: text for name, text in zip(names, row, strict=True) if text} for row in fitting]
        return _with_notes(_of_columns(options, objects, odd), guesses)
    return None


def _of_columns(
    options: Mapping[str, Any], objects: Sequence[Mapping[str, JSONValue]], odd: Sequence[str]
) -> Draft:
    join = date_and_clock(objects)
    if join:
        options, objects = {**options, "join": join}, joined(objects, join)
    return _of_members("csv", options, _typed(objects), odd)


def _with_notes(draft: Draft, notes: Sequence[str]) -> Draft:
    from dataclasses import replace  # noqa: PLC0415 - used once

    return replace(draft, notes=(*draft.notes, *notes))


def _row(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None


def _prose(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the delimiter is followed by a space as in sentences (outside quotes)."""
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines[:500]]
    count = sum(line.count(delimiter) for line in bare)
    return sum(line.count(delimiter + " ") for line in bare) > 0.3 * count


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    first = [cell.strip() for cell in rows[0]]
    if len(rows) < 2 or len(set(first)) != len(first) or not all(map(_HEADER_CELL.fullmatch, first)):
        return False
    others = [{row[index] for row in rows[1:]} for index in range(len(first))]
    # a name is not among the values below it, and some column below holds what no name is
    unlike = any(not _HEADER_CELL.fullmatch(value) for values in others for value in values if value)
    return unlike and all(name not in values for name, values in zip(first, others, strict=True))


def _pairs_among(rows: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds its own name in every row: `AMT=17.50`."""
    return any(
        len({(match := _PAIR.match(cell)) and match[0] for cell in column}) == 1 and _PAIR.match(column[0])
        for column in zip(*rows, strict=True)
    )


def _column_names(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    from logsource.parse.learn.timeforms import FORMS, form_of  # noqa: PLC0415 - keeps the list above short

    found = []
    for index, column in enumerate(zip(*rows, strict=True)):
        texts = tuple(text for text in column if text not in {"", "-"})
        timed = form_of(texts[:50]) is not None
        kinds = frozenset({"time", FORMS[1].name} if timed else set(map(single_kind, texts)))
        last = index == len(rows[0]) - 1
        found.append(Place(Field(kinds), texts, "," if index else "", "" if last else ",", last))
    names = name_all(found)
    guesses = [
        f"{name}: the name is a guess (column {number}, such as {place.texts[0][:40]!r})"
        for number, ((name, sure), place) in enumerate(zip(names, found, strict=True), 1)
        if not sure and place.texts
    ]
    return [name for name, _ in names], guesses


def _typed(objects: Sequence[Mapping[str, JSONValue]]) -> list[dict[str, JSONValue]]:
    """Texts as values of the type that all texts of their column have."""
    columns: dict[str, list[str]] = {}
    for one in objects:
        for name, value in one.items():
            if isinstance(value, str):
                columns.setdefault(name, []).append(value)
    nulls = set(nulls_in(text for column in columns.values() for text in column))
    types = {
        name: type_of([text for text in column if text not in nulls]) for name, column in columns.items()
    }
    return [
        {
            name: value_of(value, types[name]) if isinstance(value, str) and value not in nulls else value
            for name, value in one.items()
        }
        for one in objects
    ]


def _of_members(
    notation: str,
    options: Mapping[str, Any],
    objects: Sequence[Mapping[str, JSONValue]],
    odd: Sequence[str],
    *,
    rest: bool = False,
) -> Draft:
    columns: dict[str, list[str]] = {}
    for one in objects:
        for name, value in _leaves(one, ""):
            columns.setdefault(name, []).append(value)
    nulls = nulls_in(text for column in columns.values() for text in column) if notation != "json" else []
    stated = time_column(columns, len(objects))
    drafted = draft_time(stated, columns[stated]) if stated is not None else None
    time, notes = drafted or (None, ["no time was found: events will have the time at which they were read"])
    hidden = time.field if time is not None else None
    left = [
        _without(one, hidden.split(".") if hidden is not None and hidden not in one else [hidden])
        for one in objects
    ]
    names = _Names()
    for one in left:
        _reserve(names, one, "")
    records = [_renamed(names, one, "", "", set(nulls)) for one in left]
    if not any(records):
        raise PackError("the records hold nothing but their time, or nothing at all")
    spare = next(
        name for name in ("more", "other_members", "rest_") if all(name not in one for one in records)
    )
    return Draft(
        notation=notation,
        options=options,
        records=tuple(records),
        sources=names.sources,
        time=time,
        nulls=tuple(nulls),
        rest=spare if rest else None,
        notes=tuple(notes),
        odd=tuple(odd),
    )


def _leaves(value: Mapping[str, JSONValue], prefix: str) -> Iterator[tuple[str, str]]:
    """Dotted name and text of each scalar, two levels deep: a time is not hidden any deeper."""
    for name, inner in value.items():
        if isinstance(inner, dict) and not prefix:
            yield from _leaves(inner, f"{name}.")
        elif isinstance(inner, str):
            yield prefix + name, inner
        elif isinstance(inner, int | float) and not isinstance(inner, bool):
            yield prefix + name, orjson.dumps(inner).decode()


def _without(value: Mapping[str, JSONValue], path: Sequence[str | None]) -> dict[str, JSONValue]:
    left = dict(value)
    inner = left.get(path[0]) if path[0] is not None else None
    if len(path) > 1 and isinstance(inner, dict):
        left[str(path[0])] = _without(inner, path[1:])
    elif path[0] is not None:
        left.pop(path[0], None)
    return left


class _Names:
    """Names that make good columns, the same for the same member in every record."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        """Dotted name → dotted member, where the two differ."""
        self._chosen: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()

    def reserve(self, prefix: str, keys: Iterable[str]) -> None:
        """Names that are good as they are come first, so that no other becomes one of them."""
        for key in keys:
            if _GOOD_NAME.fullmatch(key):
                self._chosen[prefix, key] = key
                self._taken.add((prefix, key))

    def of(self, prefix: str, key: str) -> str:
        """Name of the member `key` of the object at `prefix` (dotted, as in the record)."""
        if (prefix, key) not in self._chosen:
            base = name = snake(key)
            number = 1
            while (prefix, name) in self._taken:
                number += 1
                name = f"{base}_{number}"
            self._chosen[prefix, key] = name
            self._taken.add((prefix, name))
        return self._chosen[prefix, key]


def _reserve(names: _Names, value: Mapping[str, JSONValue], source: str) -> None:
    names.reserve(source, value)
    for key, inner in value.items():
        if isinstance(inner, dict):
            _reserve(names, inner, f"{source}{key}.")


def _renamed(
    names: _Names, value: Mapping[str, JSONValue], label: str, source: str, nulls: set[str]
) -> dict[str, JSONValue]:
    """Copy with names that make good columns."""
    done: dict[str, JSONValue] = {}
    for key, inner in value.items():
        good = names.of(source, key)
        path, origin = f"{label}{good}", f"{source}{key}"
        if isinstance(inner, dict) and inner:
            done[good] = _renamed(names, inner, f"{path}.", f"{origin}.", nulls)
            continue
        if path != origin:
            names.sources[path] = origin
        done[good] = None if isinstance(inner, str) and inner in nulls else inner
    return done
