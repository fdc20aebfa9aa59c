"""What a query holds in its parameters: percent-encoded texts, URLs, and parameters of URLs inside parameters."""

from __future__ import annotations

import re
from urllib.parse import unquote

_PRINTABLE = {f"{code:02{digits}}": chr(code) for code in range(0x20, 0x7F) for digits in "xX"}
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?[/\\]{2}(?:[^/?#\\]*@)?([^/?#\\]*)")
"""Browsers take a backslash for a slash, so what hides behind one is no part of the host."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]%<>\"'`{}|^\x00-\x20\x7f]+)(?::[0-9]*)?")


def decoded(text: str) -> str:
    """Percent-decoded as UTF-8; what is no escape stays, invalid bytes become U+FFFD. A `+` stays a `+`."""
    first, *parts = text.split("%")
    out = [first]
    try:
        for part in parts:
            out += _PRINTABLE[part[:2]], part[2:]
    except KeyError:
        return unquote(text)
    return "".join(out)


def host_of(text: str) -> str | None:
    """Host of a URL that stands percent-encoded in a query, in lower case; None when it has none."""
    authority = _AUTHORITY.match(decoded(text))
    host = None if authority is None else _HOST.fullmatch(authority[1])
    return None if host is None else host[1].lower()


def parameter(text: str) -> str:
    """Value of a parameter, given with the sign before it: `=` in the query itself, `%3D` in a URL in the query.

    The latter is encoded twice. A `+` is a space, as forms write it.
    """
    if text.startswith("="):
        return decoded(text[1:].replace("+", " "))
    return decoded(decoded(text[3:]).replace("+", " "))
