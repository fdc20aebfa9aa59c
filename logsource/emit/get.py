"""One event as the target of a GET request."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import orjson


def request_target(event: bytes) -> str:
    """`/i?…` for an event's JSON object, whose values are all strings (tracker protocol)."""
    return "/i?" + urlencode(orjson.loads(event), quote_via=quote, safe="")
