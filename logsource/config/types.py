"""Durations and sizes as people write them: `500ms`, `1.5s`, `5m`, `1h`, `7d`; `128KiB`, `1GiB`, `2MB`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)\s*")
_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)\s*")
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


def parse_duration(value: object) -> float:
    """Seconds of a duration text such as `500ms`; a bare number other than 0 has no unit and is refused."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return float(match[1]) * _DURATION_UNITS[match[2]]
    if not isinstance(value, bool) and (value == 0 or isinstance(value, float)):
        return float(value)
    raise ValueError("not a duration; write a number and a unit: 500ms, 5s, 1m, 2h, 7d")


def parse_size(value: object) -> int:
    """Bytes of a size text such as `128KiB`; a bare whole number is bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(float(match[1]) * _SIZE_UNITS[match[2]])
    raise ValueError("not a size; write a number and a unit: 64KiB, 10MiB, 1GiB, or a whole number of bytes")


Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=str)]
"""Seconds, written as `500ms`, `5s`, `1m`."""

Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=str | int)]
"""Bytes, written as `128KiB`, `1GiB` or a whole number."""
