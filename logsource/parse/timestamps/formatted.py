"""Reads times of a format that is made of elements: one match, then whole numbers, no locale."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from logsource.errors import PackError
from logsource.parse.timestamps.civil import Civil, to_ms
from logsource.parse.timestamps.elements import MONTHS, Element, expression
from logsource.parse.timestamps.errors import BadTimestampError
from logsource.parse.timestamps.named import milli
from logsource.parse.timestamps.zones import UTC_ZONE, Zone, stated_zone

if TYPE_CHECKING:
    from logsource.parse.timestamps.elements import Kind

_PIVOT = 69
"""Two-digit years from 69 on belong to the last century (POSIX)."""


class FormattedReader:
    """Reads one format."""

    def __init__(self, pattern: str, elements: list[Element], zone: Zone) -> None:
        source, kinds = expression(elements)
        self.fits = self._match = re.compile(source, re.IGNORECASE | re.ASCII).fullmatch
        self._pattern = pattern
        self._kinds = kinds
        self._zone = zone
        known = set(kinds)
        dated = known & {"day_of_year"} or ("day" in known and known & {"month", "month_name"})
        if "epoch" not in known and not dated:
            raise PackError(f"time format {pattern!r}: it states no day, so it gives no instant")

    def read(self, text: str, reference_ms: int) -> int:
        """Milliseconds since the epoch. Raises BadTimestampError."""
        match = self._match(text)
        if match is None:
            raise BadTimestampError(
                "bad_timestamp", f"{text[:64]!r} does not have the form {self._pattern!r}"
            )
        pairs = zip(self._kinds, match.groups(), strict=True)
        stated: dict[Kind, str] = {kind: value for kind, value in pairs if value is not None}
        if "epoch" in stated:
            return int(stated["epoch"]) * 1000 + milli(stated.get("fraction"))
        civil = _civil(stated)
        name = stated.get("zone")
        if name is None:
            return to_ms(civil, self._zone, reference_ms)
        local = to_ms(civil, UTC_ZONE, reference_ms) // 1000
        return to_ms(civil, stated_zone(name, self._zone, local), reference_ms)


def _civil(stated: dict[Kind, str]) -> Civil:
    year = _year(stated)
    month, day = _day(stated, year)
    return Civil(
        year,
        month,
        day,
        _hour(stated),
        int(stated.get("minute", 0)),
        int(stated.get("second", 0)),
        milli(stated.get("fraction")),
    )


def _year(stated: dict[Kind, str]) -> int | None:
    if "year" in stated:
        return int(stated["year"])
    if "year2" in stated:
        short = int(stated["year2"])
        return short + (1900 if short >= _PIVOT else 2000)
    return None


def _day(stated: dict[Kind, str], year: int | None) -> tuple[int, int]:
    if "day_of_year" in stated:
        number = int(stated["day_of_year"])
        if year is None:
            raise BadTimestampError("missing_year", "a day of the year without the year")
        if not 1 <= number <= 366 or not 1 <= year <= 9999:
            raise BadTimestampError("bad_timestamp", f"no such day: {number} of {year}")
        day = date(year, 1, 1) + timedelta(days=number - 1)
        if day.year != year:
            raise BadTimestampError("bad_timestamp", f"no such day: {number} of {year}")
        return day.month, day.day
    if "month_name" in stated:
        return MONTHS.index(stated["month_name"][:3].lower()) + 1, int(stated["day"])
    return int(stated["month"]), int(stated["day"])


def _hour(stated: dict[Kind, str]) -> int:
    if "hour12" in stated:
        hour = int(stated["hour12"])
        if hour > 12:
            raise BadTimestampError("bad_timestamp", f"no such hour before or after noon: {hour}")
        afternoon = stated.get("half", "a")[0].lower() == "p"
        return hour % 12 + (12 if afternoon else 0)
    if "hour24" in stated:
        return int(stated["hour24"]) % 24
    return int(stated.get("hour", 0))
