"""Civil time to milliseconds since the epoch, and the bounds of what we believe."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from logsource.parse.timestamps.errors import BadTimestampError

if TYPE_CHECKING:
    from logsource.parse.timestamps.zones import Zone

DAY_MS = 86_400_000
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
ANCIENT_MS = 365 * DAY_MS
"""1971-01-01. Times before it come from clocks that were never set (or fields that held 0)."""
FUTURE_SLACK_MS = 366 * DAY_MS
"""A time further than this behind the reference cannot be that of a line that was already written. It is
wide because the reference (the file's mtime) may be wrong in copies, and a wrong refusal costs a parsed line."""
YEAR_SLACK_MS = DAY_MS
"""A time without a year may lie this far after the reference: clocks differ, zones may be unknown."""
LEAST_MS = (date(1, 1, 1).toordinal() - EPOCH_ORDINAL) * DAY_MS
MOST_MS = (date(9999, 12, 31).toordinal() - EPOCH_ORDINAL + 1) * DAY_MS - 1


class Civil(NamedTuple):
    """What a text states; `year` None if it does not, `zone` None to use the configured one."""

    year: int | None
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    milli: int = 0
    zone: Zone | None = None


def to_ms(civil: Civil, zone: Zone, reference_ms: int) -> int:
    """Instant of a civil time. Raises BadTimestampError when there is no such date or no year."""
    zone = civil.zone or zone
    if civil.year is not None:
        return instant(civil, civil.year, zone)
    if reference_ms <= 0:
        raise BadTimestampError("missing_year", "the time states no year and the file's age is unknown")
    return instant(civil, _year(civil, zone, reference_ms), zone)


def instant(civil: Civil, year: int, zone: Zone) -> int:
    """Instant of a civil time in a year. 24:00:00 is the next day; second 60 is the first of the next minute."""
    hour, minute, second = civil.hour, civil.minute, civil.second
    if (hour == 24 and (minute or second or civil.milli)) or hour > 24 or minute > 59 or second > 60:
        raise BadTimestampError("bad_timestamp", f"no such time of day: {hour:02}:{minute:02}:{second:02}")
    try:
        days = date(year, civil.month, civil.day).toordinal() - EPOCH_ORDINAL
    except ValueError as error:
        raise BadTimestampError("bad_timestamp", f"no such date: {year}-{civil.month}-{civil.day}") from error
    local = days * 86_400 + hour * 3600 + minute * 60 + second
    return (local - zone.offset(local)) * 1000 + civil.milli


def _year(civil: Civil, zone: Zone, reference_ms: int) -> int:
    """The latest year that puts the time at most a day after the reference.

    In January, lines of December thus belong to the year before. A 29th of February goes back to a leap
    year (at most eight years, around 2100).
    """
    latest = date.fromordinal(EPOCH_ORDINAL + (reference_ms + YEAR_SLACK_MS) // DAY_MS + 1).year
    for year in range(latest, latest - 10, -1):
        if (civil.month, civil.day) == (2, 29) and not _leap(year):
            continue
        if instant(civil, year, zone) <= reference_ms + YEAR_SLACK_MS:
            return year
    raise BadTimestampError("bad_timestamp", f"no such date: {civil.month}-{civil.day}")


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def checked(ms: int, reference_ms: int) -> int:
    """The instant, if it is believable. Raises BadTimestampError (future_timestamp, ancient_timestamp)."""
    if ms < ANCIENT_MS:
        raise BadTimestampError("ancient_timestamp", f"{show(ms)} is before 1971: a clock that was not set")
    if ms > MOST_MS:
        raise BadTimestampError("future_timestamp", "the time is after the year 9999")
    if reference_ms > 0 and ms > reference_ms + FUTURE_SLACK_MS:
        raise BadTimestampError(
            "future_timestamp", f"{show(ms)} is more than a year after the file's own time"
        )
    return ms


def show(ms: int) -> str:
    """ISO 8601 in UTC, for messages."""
    if not LEAST_MS <= ms <= MOST_MS:
        return f"{ms} ms"
    days, rest = divmod(ms, DAY_MS)
    second = rest // 1000
    day = date.fromordinal(days + EPOCH_ORDINAL).isoformat()
    return f"{day}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{rest % 1000:03}Z"
