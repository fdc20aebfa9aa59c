"""Times in the lines of a log: nobody writes the same times again, so equal lines that have them were copied.

A time counts only if it may have been the present while the known content was being written. Otherwise it could be a
word like any other: the date of a build in a banner, which each start of the program says again.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.tail.content import Content
    from logsource.tail.state import FileState

DAY_MS = 24 * 3600 * 1000
ZONES_MS = 15 * 3600 * 1000
"""Local times are up to fourteen hours away from UTC, and nobody knows of which place they are."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*"
_CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)[ T_]{_CLOCK}"),
    re.compile(rf"(?P<day>\d\d?)[ /-]{_MONTH}[ /-](?P<year>\d{{4}})[: ]{_CLOCK}", re.IGNORECASE),
    re.compile(rf"{_MONTH} +(?P<day>\d\d?) {_CLOCK}(?: (?P<year>\d{{4}}))?", re.IGNORECASE),
)
_EPOCH = re.compile(r"(?<![\d.])(?P<seconds>\d{10})(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})(?!\d)")
"""Seconds with a fraction, or milli-, micro- or nanoseconds; ten digits alone may count anything."""


def stamped(known: FileState, content: Content) -> bool:
    """Whether most lines of what is proven to be equal, the head, say when they were written. Errors are OSError."""
    since_ms = known.birth.created_ns // 1_000_000 or known.written_ms - DAY_MS
    return stamped_within(content.read(known.base, known.head.length), since_ms, known.written_ms)


def stamped_within(head: bytes, since_ms: int, until_ms: int) -> bool:
    """Whether most of the lines that content begins with say that they were written in this time."""
    head = head.replace(b"\0", b"")  # also of wide characters
    *lines, last = head.decode("latin-1").split("\n")
    lines = [one for one in lines or [last] if one.strip()]
    dated = sum(_dated(one, since_ms - ZONES_MS, until_ms + ZONES_MS) for one in lines)
    return dated > 0 and 2 * dated >= len(lines)


def _dated(line: str, since_ms: int, until_ms: int) -> bool:
    return any(since_ms <= one <= until_ms for one in _times(line, until_ms))


def _times(line: str, until_ms: int) -> list[int]:
    """Milliseconds since the epoch, as if all clocks were in UTC."""
    found = [int(one["seconds"]) * 1000 for one in _EPOCH.finditer(line)]
    for form in _FORMS:
        for one in form.finditer(line):
            parts = one.groupdict()
            month = int(parts.get("month") or 0) or _MONTHS.index(parts["name"].lower()) + 1
            # Without a year it is the latest that is not in the future.
            latest = datetime.fromtimestamp(until_ms / 1000, UTC).year
            years = [int(parts["year"])] if parts["year"] else [latest, latest - 1]
            found += [
                at for year in years if (at := _instant(year, month, int(parts["day"]), parts["clock"]))
            ]
    return found


def _instant(year: int, month: int, day: int, clock: str) -> int:
    """0 for what is no time."""
    hour, minute, second = (int(one) for one in clock.split(":"))
    try:
        return int(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0
