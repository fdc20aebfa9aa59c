"""Time zones: IANA names, fixed offsets, and the abbreviations that logs write.

Rule for daylight saving: a local time that exists twice is the earlier instant; one that does not exist is
read with the offset before the gap, so it lies after the gap. (That is PEP 495's fold=0. The file's own
time is not consulted: the same line must give the same event whenever it is read.)
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from logsource.errors import PackError
from logsource.parse.timestamps.errors import BadTimestampError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local time, to which the zone is added
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::?([0-9]{2}))?", re.IGNORECASE)

ABBREVIATIONS: Mapping[str, int] = {
    name: round(hours * 3600)
    for name, hours in {
        "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2,
        "EET": 2, "EEST": 3, "MSK": 3, "MSD": 4, "BST": 1, "IST": 5.5, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3,
        "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
        "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
        "BRT": -3, "ART": -3, "PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8,
        "JST": 9, "KST": 9, "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    }.items()
}  # fmt: skip
"""Seconds east of UTC. Ambiguous ones (BST, CST, IST) mean Britain, North America and India here, unless the
configured zone itself uses the abbreviation."""


class Zone:
    """Where a civil time is meant."""

    def __init__(self, name: str, *, fixed: int | None = None, info: ZoneInfo | None = None) -> None:
        self.name = name
        self._fixed = fixed
        self._info = info

    def offset(self, local: int) -> int:
        """Seconds east of UTC at a local time (given as if it were UTC, in seconds since the epoch)."""
        if self._fixed is not None:
            return self._fixed
        return _seconds(self._local(local).utcoffset())

    def abbreviated(self, abbreviation: str, local: int) -> int | None:
        """Offset that this zone calls so around that local time, or None."""
        if self._info is None:
            return None
        for fold in (0, 1):
            moment = self._local(local).replace(fold=fold)
            if (moment.tzname() or "").upper() == abbreviation:
                return _seconds(moment.utcoffset())
        return None

    def _local(self, local: int) -> datetime:
        try:
            return (_EPOCH + timedelta(seconds=local)).replace(tzinfo=self._info)
        except OverflowError as error:
            raise BadTimestampError("bad_timestamp", "the date is out of range") from error


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else offset.days * 86_400 + offset.seconds


UTC_ZONE = Zone("UTC", fixed=0)


@lru_cache(maxsize=512)
def fixed_zone(text: str) -> Zone | None:
    """`Z`, `+02:00`, `-0730`, `+02`, `UTC+1`; None for anything else, or an offset of more than 18 hours."""
    if text in {"Z", "z"}:
        return UTC_ZONE
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    sign, hours, minutes, seconds = match.groups()
    if int(minutes or 0) > 59 or int(seconds or 0) > 59 or int(hours) > 18:
        return None
    amount = int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return Zone(text, fixed=-amount if sign == "-" else amount)


def stated_zone(text: str, configured: Zone, local: int) -> Zone:
    """The zone that a time names: offset, abbreviation or IANA name. Raises BadTimestampError (unknown_zone)."""
    zone = fixed_zone(text)
    if zone is not None:
        return zone
    upper = text.upper()
    own = configured.abbreviated(upper, local)
    if own is not None:
        return Zone(text, fixed=own)
    if upper in ABBREVIATIONS:
        return Zone(text, fixed=ABBREVIATIONS[upper])
    named = _iana(text) if "/" in text else None
    if named is None:
        raise BadTimestampError("unknown_zone", f"unknown time zone {text[:40]!r}")
    return named


def configured_zone(name: str) -> Zone:
    """The zone of a configuration. Raises PackError with a hint."""
    if name.upper() in {"UTC", "Z"}:
        return UTC_ZONE
    zone = fixed_zone(name) or _iana(name)
    if zone is None:
        close = get_close_matches(name, available_timezones(), n=1)
        hint = f" (did you mean {close[0]}?)" if close else " (IANA names look like Europe/Berlin)"
        raise PackError(f"unknown time zone {name!r}{hint}")
    return zone


@lru_cache(maxsize=128)
def _iana(name: str) -> Zone | None:
    try:
        info = ZoneInfo(name)
        datetime.now(UTC).astimezone(info)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return Zone(name, info=info)
