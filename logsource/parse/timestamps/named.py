"""Formats with a name of their own: iso8601, the epochs, tai64n."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.parse.timestamps.civil import Civil, to_ms
from logsource.parse.timestamps.errors import BadTimestampError
from logsource.parse.timestamps.zones import Zone, fixed_zone, stated_zone

if TYPE_CHECKING:
    from collections.abc import Callable

_ISO = re.compile(
    r"([0-9]{4})([-/]?)([0-9]{2})\2([0-9]{2})"
    r"(?:(?:[Tt_]| +)([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?: ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?(?::?[0-9]{2})?)| ([A-Za-z]{2,5}))?)?"
)
_EPOCH = re.compile(r"([+-]?)([0-9]{1,20})(?:[.,]([0-9]*))?")
fits_iso8601 = _ISO.fullmatch
fits_epoch = _EPOCH.fullmatch
_TAI = re.compile(r"@?([0-9a-fA-F]{16})([0-9a-fA-F]{8})?([0-9a-fA-F]{8})?")
_TAI_EPOCH = 2**62 + 10
"""TAI64 label of 1970-01-01T00:00:00 UTC as daemontools counts (leap seconds since 1972 are ignored, as there)."""


def iso8601(zone: Zone) -> Callable[[str, int], int]:
    """ISO 8601 and RFC 3339 as logs write them: `T` or space, extended or basic, comma or point, any offset."""

    def read(text: str, reference_ms: int) -> int:
        match = _ISO.fullmatch(text)
        if match is None:
            raise BadTimestampError("bad_timestamp", f"{text[:64]!r} is not ISO 8601")
        year, _, month, day, hour, minute, second, fraction, offset, name = match.groups()
        stated: Zone | None = None
        if offset is not None:
            stated = fixed_zone(offset)
            if stated is None:
                raise BadTimestampError("unknown_zone", f"no such offset: {offset}")
        civil = Civil(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            milli(fraction),
            stated,
        )
        if name is not None:
            local = to_ms(civil, _NO_ZONE, reference_ms) // 1000
            return to_ms(civil, stated_zone(name, zone, local), reference_ms)
        return to_ms(civil, zone, reference_ms)

    return read


_NO_ZONE = Zone("local", fixed=0)


def milli(fraction: str | None) -> int:
    """Milliseconds of the digits behind the point; further digits are cut, not rounded."""
    return int(fraction[:3].ljust(3, "0")) if fraction else 0


def epoch(digits: int) -> Callable[[str, int], int]:
    """Whole units of 10**-digits seconds since the epoch, with or without a fraction."""
    divisor: int = 10 ** (digits + 6)

    def read(text: str, _reference_ms: int) -> int:
        match = _EPOCH.fullmatch(text)
        if match is None:
            raise BadTimestampError("bad_timestamp", f"{text[:64]!r} is not a number of seconds since 1970")
        sign, whole, fraction = match.groups()
        number = int(whole + (fraction or "")[:9].ljust(9, "0"))  # in units of 10**-(digits + 9) seconds
        ms = number // divisor
        return -ms if sign == "-" else ms

    return read


def tai64n(text: str, _reference_ms: int) -> int:
    """External TAI64 or TAI64N label (`@` and 16, 24 or 32 hexadecimal digits)."""
    match = _TAI.fullmatch(text)
    if match is None:
        raise BadTimestampError("bad_timestamp", f"{text[:64]!r} is not a TAI64 label")
    return (int(match[1], 16) - _TAI_EPOCH) * 1000 + int(match[2] or "0", 16) // 1_000_000
