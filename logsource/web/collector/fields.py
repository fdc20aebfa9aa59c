"""The rule of each payload field: a text goes in, the reason against it comes out.

The common case is a value that is fine, so each check tests for that first and cheaply.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from logsource.web.collector import protocol, uri

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_DIMENSIONS = re.compile(r"([0-9]{1,10})x([0-9]{1,10})")
_IP_END = re.compile(r"[,| ]")
_INT_MAX = 2**31 - 1


def show(value: str) -> str:
    """A value in a message: quoted, and cut when long."""
    return repr(value) if len(value) <= 80 else f"{value[:77]!r}…"


def utf16_length(text: str) -> int:
    """Length as the JVM counts; a character beyond the basic plane counts twice."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char > "\uffff" for char in text)


def check_length(limit: int, value: str) -> str | None:
    """A text of at most `limit` UTF-16 units; a tab becomes four spaces downstream."""
    if len(value) * 4 <= limit:
        return None
    length = utf16_length(value.replace("\t", "    "))
    return None if length <= limit else f"{length} characters, at most {limit} are allowed"


def check_event_type(value: str) -> str | None:
    """`e`."""
    if value in protocol.EVENT_NAMES:
        return None
    return f"{show(value)} is not an event type ({', '.join(protocol.EVENT_NAMES)})"


def check_platform(value: str) -> str | None:
    """`p`."""
    if value in protocol.PLATFORMS:
        return None
    return f"{show(value)} is not a platform ({', '.join(protocol.PLATFORMS)})"


def check_uuid(value: str) -> str | None:
    """`eid`, `sid`. Lower case: enrich lowers it, and then it is not the id the sender knows."""
    if _UUID.fullmatch(value):
        return None
    if _UUID.fullmatch(value.lower()):
        return f"{show(value)} is a UUID, but not in lower case"
    return f"{show(value)} is not a UUID"


def check_time(value: str) -> str | None:
    """`dtm`, `stm`, `ttm`."""
    if not _WHOLE.fullmatch(value):
        return f"{show(value)} is not a whole number of milliseconds since the epoch"
    if not protocol.FIRST_MS <= int(value) <= protocol.LAST_MS:
        return f"{show(value)} is outside the years 0 to 9999"
    return None


def check_integer(value: str) -> str | None:
    """A 32-bit integer; `null` passes, for the sake of old trackers."""
    if _WHOLE.fullmatch(value) and -_INT_MAX - 1 <= int(value) <= _INT_MAX:
        return None
    return None if value == "null" else f"{show(value)} is not a 32-bit integer"


def check_decimal(value: str) -> str | None:
    """A decimal number; `null` passes, for the sake of old trackers."""
    if _DECIMAL.fullmatch(value) or value == "null":
        return None
    return f"{show(value)} is not a decimal number"


def check_boolean(value: str) -> str | None:
    """`f_pdf`, `cookie` and their like."""
    return None if value in {"0", "1"} else f"{show(value)} is not 0 or 1"


def check_dimensions(value: str) -> str | None:
    """`res`, `vp`, `ds`."""
    match = _DIMENSIONS.fullmatch(value)
    if match and int(match[1]) <= _INT_MAX and int(match[2]) <= _INT_MAX:
        return None
    return f"{show(value)} is not WIDTHxHEIGHT"


def check_ip(value: str) -> str | None:
    """`ip`: what stands before the first comma, bar or space counts."""
    length = utf16_length(first_ip(value))
    return (
        None if length <= protocol.MAX_IP else f"{length} characters, at most {protocol.MAX_IP} are allowed"
    )


def first_ip(value: str) -> str:
    """The client's address of a list of proxies."""
    return _IP_END.split(value, maxsplit=1)[0]


def check_uri(limits: Mapping[str, int], limit: int, value: str) -> str | None:
    """`url`, `refr`: a URI, within the limits of the whole and of each part."""
    too_long = check_length(limit, value)
    if too_long is not None:
        return too_long
    parsed = uri.parse(value)
    if isinstance(parsed, str):
        return f"{show(value)} is not a URI: {parsed}"
    if len(value) > 16:  # the smallest limit of a part
        for part, longest in limits.items():
            text = getattr(parsed, part)
            if text is not None and len(text) > longest:
                return f"its {part} has {len(text)} characters, at most {longest} are allowed"
    return None


def _checks() -> dict[str, Callable[[str], str | None]]:
    table: dict[str, Callable[[str], str | None]] = {
        key: partial(check_length, limit) for key, limit in protocol.LENGTHS.items()
    }
    table |= dict.fromkeys(protocol.TIMES, check_time)
    table |= dict.fromkeys(protocol.UUIDS, check_uuid)
    table |= dict.fromkeys(protocol.INTEGERS, check_integer)
    table |= dict.fromkeys(protocol.DECIMALS, check_decimal)
    table |= dict.fromkeys(protocol.BOOLEANS, check_boolean)
    table |= dict.fromkeys(protocol.DIMENSIONS, check_dimensions)
    table["e"] = check_event_type
    table["p"] = check_platform
    table["ip"] = check_ip
    table["url"] = partial(check_uri, protocol.URL_PART_LENGTHS, protocol.LENGTHS["url"])
    table["refr"] = partial(check_uri, protocol.REFR_PART_LENGTHS, protocol.LENGTHS["refr"])
    return table


CHECKS = _checks()
"""Field → its check; fields that are free have none. The JSON fields are judged in `judge`."""
