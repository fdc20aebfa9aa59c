"""The columns of `fixed:`, records whose fields stand at the same places in every line.

Positions are characters counted from 1, as `cut -c` and editors count them; a width begins where the column before it
ended. Everything that is wrong with a list of columns is found at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logsource.config.fieldrules import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str | int, ...]

REST = "rest"
"""Instead of a width: up to the end of the line."""
MOST = 65_536
"""Characters a line of columns may have: twice the longest record of the systems that write such logs."""
_RANGE = re.compile(r"([0-9]{1,6})-([0-9]{1,6})?")
_KEYS = ("name", "width", "from", "to", "filler")
_OPTIONS = ("columns", "filler")
_FORM = "write NAME: WIDTH, NAME: FROM-TO, NAME: FROM-, or NAME: rest"
_ITEM_FORM = "write {name: NAME, width: WIDTH} or {name: NAME, from: FROM, to: TO}"


@dataclass(frozen=True, slots=True)
class FixedColumn:
    """One column."""

    name: str
    start: int
    """Characters before it."""
    end: int | None
    """Characters up to its end; None: it goes to the end of the line."""
    filler: str = " "
    """Characters that fill it up on either side of a value."""

    @property
    def left_out(self) -> bool:
        """Whether nobody wants it: `?` or `?NAME`, as in dissect."""
        return self.name.startswith("?")


@dataclass(frozen=True, slots=True)
class ColumnProblem:
    """One thing that is wrong."""

    path: Place
    """Below `fixed`."""
    what: str
    hint: str = ""


def read_columns(given: Any) -> tuple[list[FixedColumn], list[ColumnProblem]]:
    """Columns in the order of the line, and all problems; with problems, the columns mean nothing.

    `given` is `{NAME: WHERE, …}`, a list of `{name, width | from, to, filler}`, or `{columns: one of these, filler: …}`.
    """
    options: dict[str, Any] = {}
    columns = given
    path: Place = ()
    if isinstance(given, dict) and isinstance(given.get("columns"), dict | list):
        options, columns, path = given, given["columns"], ("columns",)
    reader = _Reader()
    place: Place
    filler = " "
    for option, value in options.items():
        if option not in _OPTIONS:
            hint = suggest(option, _OPTIONS) or "known: columns, filler"
            reader.say((option,), f"unknown option {option}", hint)
        elif option == "filler":
            filler = reader.filler((option,), value)
    if not isinstance(columns, dict | list) or not columns:
        reader.say(path, "names no columns", _FORM)
        return [], reader.problems
    items = columns.items() if isinstance(columns, dict) else enumerate(columns)
    for key, value in items:
        place = (*path, key)
        if isinstance(columns, dict):
            reader.add(place, str(key), *reader.where(place, value), filler)
        else:
            reader.item(place, value, filler)
    reader.finish()
    return reader.columns, reader.problems


class _Reader:
    """Reads columns one after the other; a width begins where the last column ended."""

    def __init__(self) -> None:
        self.columns: list[FixedColumn] = []
        self.problems: list[ColumnProblem] = []
        self._end: int | None = 0
        self._lost = False
        """A column could not be read, so nobody knows where the next one begins."""

    def say(self, path: Place, what: str, hint: str = "") -> None:
        self.problems.append(ColumnProblem(path, what, hint))

    def filler(self, path: Place, value: Any) -> str:
        if isinstance(value, str) and value and "\n" not in value:
            return value
        self.say(path, "filler must be a text of one character or more", 'write filler: " ", or filler: "."')
        return " "

    def where(self, path: Place, value: Any) -> tuple[int | None, int | None]:
        """First character (0-based; None: where the column before ended) and end, or how wide."""
        if isinstance(value, int) and not isinstance(value, bool):
            return None, value
        if value == REST:
            return None, None
        if isinstance(value, str) and value.isascii() and value.strip().isdecimal():
            return None, int(value)  # out of the environment
        span = _RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
        if span is None:
            self.say(path, "is neither a width nor a place", _FORM)
            self._lost = True
            return None, 1
        return self._span(path, int(span[1]), None if span[2] is None else int(span[2]))

    def _span(self, path: Place, first: int, last: int | None) -> tuple[int | None, int | None]:
        if first < 1 or (last is not None and last < first):
            self.say(
                path, f"columns {first}-{'' if last is None else last} are none", "the first character is 1"
            )
            self._lost = True
            return None, 1
        return first - 1, None if last is None else last - first + 1

    def item(self, path: Place, value: Any, filler: str) -> None:
        """A column of a list."""
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            self.say(path, "is no column with a name", _ITEM_FORM)
            self._lost = True
            return
        for key in value:
            if key not in _KEYS:
                self.say((*path, key), f"unknown key {key}", suggest(str(key), _KEYS) or _ITEM_FORM)
        if "filler" in value:
            filler = self.filler((*path, "filler"), value["filler"])
        self.add(path, value["name"], *self._item_where(path, value), filler)

    def _item_where(self, path: Place, value: dict[str, Any]) -> tuple[int | None, int | None]:
        numbers = [value[key] for key in ("from", "to") if key in value]
        if ("width" in value) == ("from" in value) or ("to" in value and "from" not in value):
            self.say(path, f"{value['name']} says its place by halves or twice", _ITEM_FORM)
        elif "width" in value:
            if value["width"] == REST or (type(value["width"]) is int):
                return self.where(path, value["width"])
            self.say((*path, "width"), "width must be a number of characters, or rest", _ITEM_FORM)
        elif all(type(number) is int for number in numbers):
            return self._span(path, value["from"], value.get("to"))
        else:
            self.say(path, f"{value['name']}: from and to must be numbers of characters", _ITEM_FORM)
        self._lost = True
        return None, 1

    def add(self, path: Place, name: str, first: int | None, width: int | None, filler: str) -> None:
        if not name.strip() or (name.startswith("?") and not name.isprintable()):
            self.say(path, "a column has no name", "write ? for characters that nobody wants")
        if width is not None and not 1 <= width <= MOST:
            self.say(path, f"{name}: a width is 1 to {MOST} characters, not {width}")
            self._lost = True
            return
        begin = self._end if first is None else first
        if self._lost and first is None:
            return  # it is said already where the places got lost
        self._lost = False
        if begin is None or (self._end is None) or begin < self._end:
            before = self.columns[-1].name
            what = f"{name} begins before {before} ends"
            hint = (
                "columns stand one behind the other"
                if self._end is not None
                else f"{before} goes to the end of the line"
            )
            self.say(path, what, hint)
            self._lost = True
            return
        end = None if width is None else begin + width
        if end is not None and end > MOST:
            self.say(path, f"{name} ends behind character {MOST}", "such a line is no record")
        self.columns.append(FixedColumn(name, begin, end, filler))
        self._end = end

    def finish(self) -> None:
        kept = [column.name for column in self.columns if not column.left_out]
        for name in dict.fromkeys(one for at, one in enumerate(kept) if one in kept[:at]):
            self.say(
                (),
                f"two columns are named {name!r}; one of them would be lost",
                "give them two names, or write ?NAME",
            )
        if self.columns and not kept and not self.problems:
            self.say((), "keeps no column", "a name without ? keeps one")


def column_problems(given: Any) -> Iterator[ColumnProblem]:
    """All that is wrong with the value of `fixed:`."""
    yield from read_columns(given)[1]
