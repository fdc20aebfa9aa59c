"""E-mail addresses in texts of logs: also URL-encoded, in other scripts, quoted, with characters that nobody sees.

The domain is found first, with its @. What stands before that is read from right to left, because the beginning of an
address has no mark: a long encoded URL in front of it must not hide it, and is not hidden with it.
"""

from __future__ import annotations

from typing import Any

import regex

NEEDLES = ("@", "%40", "%2540", "\uff20", "\\u0040", "\\x40", "&#")
"""Without one of these a text holds no address."""
_UNSEEN = r"\u00ad\u200b-\u200d\u2060\ufeff"
_AT = r"(?:@|%(?:25)?40|\uff20|\\u0040|\\x40|&#64;|&#[xX]40;)"
_DOT = r"(?:\.|%2[Ee])"
_LABEL = rf"(?>(?:[\w{_UNSEEN}-]|%[89A-Fa-f][0-9A-Fa-f]){{1,189}})"
_DOMAIN: Any = regex.compile(
    rf"{_AT}(?:(?:{_LABEL}{_DOT}){{1,8}}(?:xn--[A-Za-z0-9-]{{2,59}}|[^\W\d_]{{2,63}})|\[[0-9A-Fa-f:.]{{3,45}}\])"
)
# Encoded delimiters (`%26`, `%3D`) end a local part, as they would unencoded.
_LOCAL: Any = regex.compile(
    rf"(?r)(?:\"[^\"]{{1,64}}\"|(?:%(?:2[1357BbDdEe]|5[Ff]|[89A-Fa-f][0-9A-Fa-f])|[\w.+'{_UNSEEN}-]){{1,64}})"
)
_HEX = frozenset("0123456789abcdefABCDEF")


def hide_emails(text: str, hidden: str, timeout: float) -> str:
    """The text without addresses. Raises TimeoutError after so many seconds."""
    parts: list[str] = []
    done = 0
    for match in _DOMAIN.finditer(text, timeout=timeout):
        start = _begin(text, done, match.start())
        if start < match.start():
            parts += text[done:start], hidden
            done = match.end()
    return "".join((*parts, text[done:])) if parts else text


def _begin(text: str, first: int, at: int) -> int:
    """Where the local part begins; `at` when there is none."""
    match = _LOCAL.match(text, first, at)
    if match is None:
        return at
    start: int = match.start()
    if text[start - 1 : start] == "%" and start - 1 >= first:
        start += 2
    elif text[max(start - 2, 0) : start - 1] == "%" and text[start - 1] in _HEX and start - 2 >= first:
        start += 1
    while start < at and text[start] in ".'-":
        start += 1
    return min(start, at)
