"""The time a record states under one of the usual names, for parsers that know nothing about their records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logsource.parse.timestamps import compile_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.model import JSONValue

TIME_KEYS = ("timestamp", "@timestamp", "time", "ts")
"""Tried in this order; the first that is there decides."""
_EPOCHS = ((1e8, 1e11, 1e3), (1e11, 1e14, 1.0), (1e14, 1e17, 1e-3), (1e17, 1e20, 1e-6))
"""(from, to, milliseconds per unit): seconds, milli-, micro- and nanoseconds do not overlap for 1973 to 5138."""
_ISO = compile_timestamp(["iso8601"])


def stated_time(fields: Mapping[str, JSONValue]) -> int | None:
    """Milliseconds since the epoch, or None when there is no such key or its value is not a time.

    Understood are ISO 8601 texts and epoch numbers, whose unit is told by their magnitude.
    """
    key = next((key for key in TIME_KEYS if fields.get(key) is not None), None)
    if key is None:
        return None
    value = fields[key]
    if isinstance(value, str):
        try:
            return _ISO.read(value, 0)
        except ValueError:
            return _epoch(value)
    return _epoch(value)


def _epoch(value: JSONValue) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    for low, high, factor in _EPOCHS:
        if low <= number < high:
            return int(int(value) * factor) if isinstance(value, int) else int(number * factor)
    return None
