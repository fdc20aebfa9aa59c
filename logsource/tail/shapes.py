"""How names look of which a link led to one after the other: they differ in numbers or months, or are a ring."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from logsource.tail.magic import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKED = rf"(?:\.(?:{'|'.join(EXTENSIONS)}))?"
"""What a file has at its end that somebody packed, or nothing; a regular expression."""
_NUMBERED = r"(?:\.[0-9]{1,4})?"
TOKEN = re.compile(
    r"([0-9]+|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*)"
)
"""A number, a month or a day: what may be another in the next name."""
DATED = re.compile(rf"(?:{TOKEN.pattern}[-_.]?)+")
"""The name of a directory for a year, a month or a day."""
_WORD = re.compile(r"[A-Za-z]{2}$")
_YEAR = 4
"""Digits of what is a date, and not part of a name like `web1`."""


class Shape(NamedTuple):
    """How the names of files are made of which a link led to one after the other."""

    parts: tuple[str | re.Pattern[str], ...]
    """Of the path, from below `/`: names, or what names of directories and files look like."""
    reused: bool = False
    """The same names come again and again, so a file may be as old as the ring."""


def ring(last: str, now: str) -> Shape | None:
    """Of `access`, `access.1` and `access.2`, each of which is written anew when its turn comes."""
    base = re.sub(f"{_NUMBERED}$", "", now)
    if re.sub(f"{_NUMBERED}$", "", last) != base:
        return None
    *folders, name = base.split("/")[1:]
    return Shape((*folders, re.compile(f"{re.escape(name)}{_NUMBERED}{PACKED}")), reused=True)


def between(last: str, now: str) -> Shape | None:
    """Of which names may come between two, if these differ in numbers (and months) only."""
    if last == now or TOKEN.sub("", last) != TOKEN.sub("", now):
        return None
    return _like(last, now)


def like_one(link: str, now: str, *, dated: bool = False) -> Shape:
    """Names like that of one file: in the directory of the link and below, or else in the file's own.

    `dated`: only a date or a time may be another.
    """
    directory = os.path.dirname(link)
    fixed = directory if now.startswith(f"{directory}/") else os.path.dirname(now)
    return _like(now, now, len(fixed) + 1, dated=dated)


def _like(last: str, now: str, fixed: int = 0, *, dated: bool = False) -> Shape:
    """What stands before the first difference is the same in all that come between, and so is the number in `web1`.

    `fixed`: length of what is the same in any case.
    """
    pattern, differs = re.escape(now[:fixed]), last == now
    before, after = TOKEN.split(last[fixed:]), TOKEN.split(now[fixed:])
    dates = _dates(after)
    for at, text in enumerate(after):
        differs = differs or before[at] != text
        counts = at % 2 and (not dated or at in dates)
        varies = counts and differs and (len(text) >= _YEAR or not _WORD.search(after[at - 1]))
        varies = varies or before[at] != text
        pattern += ("[0-9]+" if text.isdecimal() else "[A-Z][a-z]+") if varies else re.escape(text)
    *folders, name = zip(pattern.split("/")[1:], now.split("/")[1:], strict=True)
    literal = (text if re.escape(text) == made else re.compile(made) for made, text in folders)
    return Shape((*literal, re.compile(f"{name[0]}{PACKED}")))


def _dates(pieces: Sequence[str]) -> set[int]:
    """Which of the tokens (every second piece) are of a date or a time: a year or more, with what one sign parts from it."""
    found: set[int] = set()
    for at in range(1, len(pieces), 2):
        if len(pieces[at]) < _YEAR or not pieces[at].isdecimal():
            continue
        found.add(at)
        for step in (2, -2) if len(pieces[at]) == _YEAR else (2,):
            other = at + step
            while 0 < other < len(pieces) and len(pieces[other - step // 2]) == 1:
                found.add(other)
                other += step
    return found


def stem_of_packed(path: str) -> str:
    """A name as it was before the file was packed."""
    return re.sub(f"{PACKED}$", "", path)


def natural(path: str) -> list[tuple[int, str]]:
    """What orders `access.9` before `access.10`."""
    return [(int(one), "") if one.isdecimal() else (0, one) for one in TOKEN.split(path)]
