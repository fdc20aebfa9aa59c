"""The two notations of time formats: strptime's (`%d/%b/%Y`) and that of Joda and java.time (`dd/MMM/yyyy`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.parse.timestamps.elements import Element, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIRECTIVE = re.compile(r"%([-_0^#:]*)([0-9]*)([A-Za-z%])")
_COMPOSED: Mapping[str, str] = {
    "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "F": "%Y-%m-%d", "r": "%I:%M:%S %p",
    "c": "%a %b %d %H:%M:%S %Y", "x": "%m/%d/%y", "X": "%H:%M:%S", "v": "%d-%b-%Y",
}  # fmt: skip
"""Directives that stand for others; those of the locale mean the C locale."""
_DIRECTIVES: Mapping[str, Kind] = {
    "Y": "year", "y": "year2", "m": "month", "b": "month_name", "B": "month_name", "h": "month_name",
    "d": "day", "e": "day", "j": "day_of_year", "H": "hour", "k": "hour", "I": "hour12", "l": "hour12",
    "M": "minute", "S": "second", "f": "fraction", "L": "fraction", "N": "fraction", "p": "half", "P": "half",
    "z": "zone", "Z": "zone", "s": "epoch", "a": "weekday", "A": "weekday",
}  # fmt: skip
_WIDTHS = {"year": 4, "day_of_year": 3, "fraction": 6}
_JAVA = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']", re.DOTALL)
_JAVA_KINDS: Mapping[str, Kind] = {
    "y": "year", "u": "year", "Y": "year", "d": "day", "D": "day_of_year", "H": "hour", "k": "hour24", "h": "hour12",
    "K": "hour12", "m": "minute", "s": "second", "S": "fraction", "n": "fraction", "a": "half", "E": "weekday",
    "z": "zone", "Z": "zone", "X": "zone", "x": "zone", "V": "zone", "O": "zone",
}  # fmt: skip


def strptime_elements(pattern: str) -> list[Element]:
    """Elements of a strptime pattern. Raises PackError for a directive that is not understood."""
    elements: list[Element] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char != "%":
            elements.append(_plain(char))
            position += 1
            continue
        match = _DIRECTIVE.match(pattern, position)
        if match is None:
            raise PackError(f"time format {pattern!r}: a '%' without a directive at character {position + 1}")
        position = match.end()
        elements += _directive(match, pattern)
    return _merged(elements)


def _directive(match: re.Match[str], pattern: str) -> list[Element]:
    letter = match[3]
    if letter in _COMPOSED:
        return strptime_elements(_COMPOSED[letter])
    if letter in "nt":
        return [Element("space")]
    if letter == "%":
        return [Element("literal", "%")]
    kind = _DIRECTIVES.get(letter)
    if kind is None:
        raise PackError(
            f"time format {pattern!r}: {match[0]} is not supported"
            " (known: %Y %y %m %b %B %d %e %j %H %I %M %S %f %p %z %Z %s %a %A %T %F %D %R)"
        )
    width = 3 if letter == "L" else 9 if letter == "N" else _WIDTHS.get(kind, 2)
    if kind == "fraction" and match[2] and 1 <= int(match[2]) <= 9:
        width = int(match[2])
    return [Element(kind, width=width)]


def java_elements(pattern: str) -> list[Element]:
    """Elements of a Joda or java.time pattern. Raises PackError for a letter that is not understood."""
    elements: list[Element] = []
    depth = 0
    position = 0
    while position < len(pattern):
        match = _JAVA.match(pattern, position)
        if match is None:
            raise PackError(
                f"time format {pattern!r}: no second ' closes the text at character {position + 1}"
            )
        position = match.end()
        run = match[0]
        if match[1] is not None:
            text = match[1].replace("''", "'") or "'"
            elements += [_plain(char) for char in text]
        elif match[2]:
            elements.append(_letters(run, pattern))
        elif run in "[]":
            depth += 1 if run == "[" else -1
            if depth < 0:
                raise PackError(f"time format {pattern!r}: ']' without '['")
            elements.append(Element("open" if run == "[" else "close"))
        else:
            elements.append(_plain(run))
    if depth:
        raise PackError(f"time format {pattern!r}: no ']' closes the optional part")
    return _merged(elements)


def _letters(run: str, pattern: str) -> Element:
    letter = run[0]
    if letter in "ML":
        return Element("month_name") if len(run) >= 3 else Element("month")
    if letter == "T" and len(run) == 1:
        return Element("literal", "T")  # a common slip: the T of ISO 8601 without quotes
    kind = _JAVA_KINDS.get(letter)
    if kind is None:
        raise PackError(f"time format {pattern!r}: {run!r} is not supported (text belongs in single quotes)")
    if kind == "year" and len(run) == 2:
        return Element("year2")
    width = {"year": 4, "day_of_year": 3, "fraction": min(len(run), 9)}.get(kind, 2)
    return Element(kind, width=width)


def _plain(char: str) -> Element:
    return Element("space") if char in " \t" else Element("literal", char)


def _merged(elements: list[Element]) -> list[Element]:
    """Spaces that follow each other are one (it takes any number of them)."""
    return [
        element
        for index, element in enumerate(elements)
        if not (element.kind == "space" and index and elements[index - 1].kind == "space")
    ]
