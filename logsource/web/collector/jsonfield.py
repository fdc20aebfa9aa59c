"""The fields that carry JSON: `ue_pr` and `co` as text, `ue_px` and `cx` in base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import orjson

from logsource.web.collector.protocol import MAX_NESTING

if TYPE_CHECKING:
    from logsource.model import JSONValue

_TO_STANDARD = str.maketrans({"-": "+", "_": "/", "=": None, "\n": None, "\r": None, " ": None, "\t": None})


class BadField(ValueError):
    """The field does not hold JSON; the text is the reason."""


def decode_base64(text: str) -> bytes:
    """Bytes of base64 in any dialect: standard or URL-safe, padded or not. Raises BadField."""
    standard = text.translate(_TO_STANDARD)
    padded = standard + "=" * (-len(standard) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadField(f"is not base64: {error}") from error


def load(text: str | bytes) -> JSONValue:
    """The JSON value of a field. Raises BadField when it is none, or nested too deeply."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadField(f"is not JSON: {error}") from error
    # Each level needs a bracket, so few brackets prove a shallow value without a walk.
    brackets = (
        text.count("{") + text.count("[") if isinstance(text, str) else text.count(b"{") + text.count(b"[")
    )
    if brackets > MAX_NESTING:
        depth = nesting(value)
        if depth > MAX_NESTING:
            raise BadField(f"is nested {depth} levels deep, at most {MAX_NESTING} are allowed")
    return value


def load_field(key: str, text: str) -> JSONValue:
    """The JSON value of one of the four fields. Raises BadField."""
    return load(decode_base64(text) if key in {"ue_px", "cx"} else text)


def nesting(value: JSONValue) -> int:
    """Depth of a JSON value; a scalar has 0. Not recursive: hostile input may be a thousand deep."""
    deepest = 0
    stack = [(value, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, (dict, list)):
            deepest = max(deepest, depth)
            children = node.values() if isinstance(node, dict) else node
            stack.extend((child, depth + 1) for child in children)
    return deepest
