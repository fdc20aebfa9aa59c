"""Taking a URI apart, strictly (RFC 3986), because what does not parse there loses its event downstream."""

from __future__ import annotations

import re
from typing import NamedTuple

_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_PARSER = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):)?"
    r"(?://(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
    r"(?::(?P<port>[0-9]*))?(?=[/?#]|$))?"
    rf"(?P<path>(?:{_PCHAR}|/)*)"
    rf"(?:\?(?P<query>(?:{_PCHAR}|[/?])*))?"
    rf"(?:#(?P<fragment>(?:{_PCHAR}|[/?])*))?"
)
_ILLEGAL = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]%]")
_DEFAULT_PORTS = {"https": 443}


class Uri(NamedTuple):
    """The components of a URI; None where it has none."""

    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    query: str | None
    fragment: str | None


def parse(text: str) -> Uri | str:
    """The components, or why the text is not a URI. A space counts as `%20`, as it does downstream."""
    text = text.replace(" ", "%20")
    match = _PARSER.fullmatch(text)
    if match is None:
        illegal = _ILLEGAL.search(text)
        if illegal is None:
            return "its structure is not that of a URI (RFC 3986)"
        return f"{text[illegal.start() : illegal.start() + 3]!r} at character {illegal.start()} must be percent-encoded"
    scheme, host = match["scheme"], match["host"] or None
    port = int(match["port"]) if match["port"] else None
    if port is not None and port > 65535:
        return f"port {port} is greater than 65535"
    if port is None and host is not None:
        port = _DEFAULT_PORTS.get(scheme or "", 80)
    return Uri(scheme, host, port, match["path"] or None, match["query"] or None, match["fragment"] or None)
