"""URLs as the pipeline accepts them: absolute, percent-encoded, within the limits of each part.

A `url` or `refr` that is no URI (RFC 3986) loses its event behind a 200, and what scanners request often
is none: `%zz`, `|`, `{}`, raw bytes. Here they are encoded, never refused, so that such traffic survives.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote

MAX_HOST = 255
MAX_PATH = 3000
MAX_QUERY = 6000
MAX_FRAGMENT = 500
"""Characters. The pipeline takes 3000, but the whole must stay within 10000."""

_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,15})://([^/?#]*)(.*)", re.DOTALL)
_LONG_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{16,}:")
_AUTHORITY = re.compile(r"(?:.*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{0,5})?", re.DOTALL)
_LOGGED_BYTE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CUT_ESCAPE = re.compile(r"%[0-9A-Fa-f]?\Z")
_PATH_SAFE = "%/-._~!$&'()*+,;=:@"
_QUERY_SAFE = _PATH_SAFE + "?"
PLAIN = re.compile(r"/[A-Za-z0-9/\-._~!$&'()*+,;=:@]*(?:\?[A-Za-z0-9/\-._~!$&'()*+,;=:@?]*)?")
"""A request target in which nothing needs a second look, but for its length."""


def clean_host(text: str) -> str | None:
    """Host (and port) in lower case; None when it is none. What stands before an `@` is left out."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or len(match[1]) > MAX_HOST:
        return None
    host, port = match[1].lower(), match[2] or ""
    if host.startswith("["):
        try:
            IPv6Address(host[1:-1])
        except AddressValueError:
            return None
    if len(port) < 2 or int(port[1:]) > 65535:
        port = ""
    return host + port


def absolute_url(target: str, *, host: str, scheme: str) -> str | None:
    """URL of a request target: path and query, or an absolute URL (of which host and scheme are kept).

    None when there is no host, or the target is neither (`*`, `host:443`).
    """
    if PLAIN.fullmatch(target) and len(target) <= MAX_PATH:
        return f"{scheme}://{host}{target}" if host else None
    match = _ABSOLUTE.fullmatch(target)
    if match is not None:
        own = clean_host(match[2])
        if own is not None:
            return f"{match[1].lower()}://{own}{_rest(match[3])}"
        return None
    if not target.startswith("/") or not host:
        return None
    return f"{scheme}://{host}{_rest(target)}"


def clean_url(text: str, *, host: str = "", scheme: str = "https") -> str:
    """Rewrite any text as a URL; relative when it has no host and none is given. Never fails."""
    found = absolute_url(text, host=host, scheme=scheme)
    return _relative(text) if found is None else found


def clean_referrer(text: str) -> str | None:
    """Absolute URL of a referrer; None when the text is none."""
    return absolute_url(text, host="", scheme="https")


def _relative(text: str) -> str:
    """Encoded so that nothing is taken for a scheme or a host that would lose the event, being none or too long."""
    if _LONG_SCHEME.match(text) or _ABSOLUTE.fullmatch(text):
        text = text.replace(":", "%3A", 1)
    elif text.startswith("//") and clean_host(re.split("[/?#]", text[2:], maxsplit=1)[0]) is None:
        text = "/%2F" + text[2:]
    return _rest(text)


def _rest(text: str) -> str:
    """Path, query and fragment, encoded where they must be and cut to the limits."""
    head, hash_sign, fragment = text.partition("#")
    path, question, query = head.partition("?")
    return (
        _encoded(path, _PATH_SAFE, MAX_PATH)
        + question
        + _encoded(query, _QUERY_SAFE, MAX_QUERY)
        + hash_sign
        + _encoded(fragment, _QUERY_SAFE, MAX_FRAGMENT)
    )


def _encoded(text: str, safe: str, limit: int) -> str:
    if not text:
        return text
    if "\\" in text:
        text = _LOGGED_BYTE.sub(r"%\1", text)  # how nginx and Apache log a byte that is not printable
    if "%" in text:
        text = _BAD_ESCAPE.sub("%25", text)
    encoded = quote(text, safe=safe, errors="replace")
    if len(encoded) <= limit:
        return encoded
    return _CUT_ESCAPE.sub("", encoded[:limit])
