"""Durations, sizes, counts and flags as people write them: `500ms`, `5m`, `7d`; `128KiB`, `1GiB`, `2MB`."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from logsource.config.complaint import complaint

_DURATION = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(ms|s|m|h|d)\s*")
_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"\s*([0-9]{1,19}(?:\.[0-9]{1,15})?)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)\s*")
_SIZE_UNITS = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


FROM_FILE = "from a file"
"""Validation context of values that a person wrote, as opposed to values made in Python."""


def parse_duration(value: object) -> float:
    """Seconds of a duration text such as `500ms`.

    A float is seconds already (a value made in Python); a whole number other than 0 has no unit and is refused.
    """
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return float(match[1]) * _DURATION_UNITS[match[2]]
    if isinstance(value, float) and math.isfinite(value):
        return value
    if not isinstance(value, bool) and value == 0:
        return 0.0
    raise complaint("must be a duration", "write a number and a unit: 500ms, 5s, 1m, 2h, 7d")


def parse_size(value: object) -> int:
    """Bytes of a size text such as `128KiB`; a bare whole number is bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        if match := _SIZE.fullmatch(value):
            return int(Decimal(match[1]) * _SIZE_UNITS[match[2]])
        if value.isdecimal() and len(value) <= 18:  # 18 digits: more is no size of anything on earth
            return int(value)
    raise complaint(
        "must be a size", "write a number and a unit: 64KiB, 10MiB, 1GiB, or a whole number of bytes"
    )


def _duration(value: object, info: ValidationInfo) -> float:
    """As `parse_duration`; in a file, a fraction needs a unit like any other number."""
    if info.context == FROM_FILE and isinstance(value, float):
        return parse_duration(None)
    return parse_duration(value)


def format_duration(seconds: float) -> str:
    """Shortest text that `parse_duration` reads back as the same number of seconds: `500ms`, `1m`."""
    for unit in ("d", "h", "m", "s"):
        amount = seconds / _DURATION_UNITS[unit]
        if amount >= 1 and amount == int(amount):
            return f"{int(amount)}{unit}"
    if not seconds:
        return "0s"
    return f"{(Decimal(repr(seconds)) * 1000).normalize():f}ms"  # %g would write 1e+06


def format_size(size: int) -> str:
    """Shortest text that `parse_size` reads back as the same number of bytes: `128KiB`."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % _SIZE_UNITS[unit] == 0:
            return f"{size // _SIZE_UNITS[unit]}{unit}"
    return f"{size}B"


def _count(value: object) -> int:
    """Whole number; pydantic alone would take `true` for 1."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):  # from the environment everything is text
        return int(value)
    raise complaint("must be a whole number")


def _flag(value: object) -> bool:
    """True or false; pydantic alone would also take 1, `t` and `off`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in {"true", "false"}:  # from the environment everything is text
        return value == "true"
    raise complaint("must be true or false")


Duration = Annotated[float, BeforeValidator(_duration, json_schema_input_type=str)]
"""Seconds, written as `500ms`, `5s`, `1m`."""

Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=str | int)]
"""Bytes, written as `128KiB`, `1GiB` or a whole number."""

Count = Annotated[int, BeforeValidator(_count, json_schema_input_type=int)]
"""Whole number."""

Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
"""True or false."""
