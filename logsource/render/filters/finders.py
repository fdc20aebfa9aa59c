"""What identifies people or opens doors, and how it is found in a text: patterns, checks, and what of a match is hidden.

Each pattern is cheap on any text. Where a pattern alone would find too much, a check decides (Luhn's digit for cards, the
remainder for IBANs, the address itself for IPv6). Texts of logs are often URL-encoded, once or in parts, so the marks
inside are also known as `%40`, `%2E`, `%3A`, `%20`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

from logsource.render.filters.emails import NEEDLES, hide_emails

if TYPE_CHECKING:
    from collections.abc import Callable

_ISSUED = re.compile(r"2[2-7]|[3-6]")
"""How numbers of the card networks begin (ISO/IEC 7812: 1 airlines, 3 to 6 banking; 22 to 27 newer ranges)."""
_ENCODED_SPACE = re.compile(r"%20|%2[Dd]|%[cC]2%[aA]0")
_WORD = re.compile(r"[A-Za-z0-9_]{1,40}:")
_COLON = re.compile(r"%3[Aa]")
_LONGEST_IBAN = 34 + 33 * 3
"""Characters, with an encoded space in each gap."""
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}|(?<=%[0-7][0-9A-Fa-f])[A-Za-z]{2}[0-9]{2}")
_NOT_IBAN = re.compile(r"%20|[ +\-\u00a0\u2007\u2009\u202f\u2010-\u2015]")
_SPACES = r" +\-\u00a0\u2007\u2009\u202f\u2010-\u2015"
"""Marks between groups of digits; `+` is a space in a query."""


def is_card_number(text: str) -> bool:
    """Whether the digits of a text, in any script, end in the check digit of ISO/IEC 7812 (Luhn)."""
    digits = [int(char) for char in text if char.isdecimal()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def hide_cards(text: str, hidden: str) -> str:
    """A run of digit groups without the card numbers in it.

    Other numbers may stand beside a card's, such as its date, so each row of neighbouring groups is tried, the longest
    first. To find fewer numbers that pass by chance, a part of a run must begin as cards do.
    """
    # encoded marks have digits of their own; blanks of the same length keep the places
    plain = _ENCODED_SPACE.sub(lambda match: " " * len(match[0]), text) if "%" in text else text
    groups = [match.span() for match in re.finditer(r"\d+", plain)]
    if groups and is_card_number(plain):
        return text[: groups[0][0]] + hidden + text[groups[-1][1] :]
    for first, (start, _) in enumerate(groups):
        # No more than 19 digits, and 19 groups at the most.
        for last in range(min(len(groups), first + 19) - 1, first - 1, -1):
            number = plain[start : groups[last][1]]
            if len(number) <= 60 and _ISSUED.match(_ascii(number[:2])) and is_card_number(number):
                return text[:start] + hidden + hide_cards(text[groups[last][1] :], hidden)
    return text


def _ascii(digits: str) -> str:
    return "".join(str(int(char)) if char.isdecimal() else char for char in digits)


def hide_iban(text: str, hidden: str) -> str:
    """A run of letters and digits without the International Bank Account Numbers in it (ISO 13616)."""
    parts: list[str] = []
    done = 0
    for match in _IBAN_START.finditer(text):
        end = _iban_end(text, match.start()) if match.start() >= done else None
        if end is not None:
            parts += text[done : match.start()], hidden
            done = end
    return "".join((*parts, text[done:]))


def _iban_end(text: str, start: int) -> int | None:
    """Where a number of 15 to 34 characters with remainder 1 ends: the longest, since what follows may look like more of it."""
    for end in range(min(len(text), start + _LONGEST_IBAN), start + 14, -1):
        inside = end < len(text) and text[end].isalnum()
        if text[end - 1].isalnum() and not inside:
            compact = _NOT_IBAN.sub("", text[start:end])
            if 15 <= len(compact) <= 34 and _remainder(compact) == 1:
                return end
    return None


def _remainder(compact: str) -> int:
    if not (compact.isascii() and compact.isalnum()):
        return 0
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97


def is_ipv6(text: str) -> bool:
    """Whether a text is an IPv6 address."""
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def hide_ipv6(text: str, hidden: str) -> str:
    """A run of hex digits and colons without the address in it; what is around it stays, as in `ip:2001:db8::1.` in a text."""
    word = _WORD.match(text)
    for start in (0, word.end() if word is not None else 0):
        bare = _COLON.sub(":", text[start:])
        without_stop = bare.rstrip(".")
        for found in (bare, without_stop, without_stop.removesuffix(":")):
            if is_ipv6(found):
                return text[:start] + hidden + bare[len(found) :]
    return text


@dataclass(frozen=True, slots=True)
class Finder:
    """One kind of thing to hide."""

    pattern: str
    """What group 1 captures is hidden, or the whole match when there is no group."""
    encoded: str | None = None
    """The pattern for texts with a `%` in them, where URL-encoding needs more of it."""
    hide: Callable[[str, str], str] | None = None
    """Hides parts of the match itself, given what is to stand there; it may leave the match as it is."""
    whole: Callable[[str, str, float], str] | None = None
    """Hides in a whole text instead, given what is to stand there and the seconds it may take."""
    needles: tuple[str, ...] = ("",)
    """Without one of these there is nothing to find; far cheaper to look for."""


_DOT = r"(?:\.|%2[Ee])"
_BEHIND_ESCAPE = r"(?<=%[0-7][0-9A-Fa-f])"
"""Right behind an encoded delimiter, whose last digit is no part of what follows: `%22` in encoded JSON."""
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_CARD_WITH_MARKS = r"(?<![\d.])\d{4}([._/])\d{4}\1\d{4}\1\d{1,7}(?![\d.])"
_PREFIX = r"(?:[\w.-]{0,40}(?:[_.-]|%5[Ff]|%2[Dd]))?"
_NAME = (
    r"(?:token|api[_-]?key|access[_-]?key|secret(?:[_-]?key)?|client_?secret|pass(?:word|wd|phrase|code)?|pwd"
    r"|authorization|signature|session[_-]?id|jsessionid|phpsessid|jwt|samlresponse|credentials?)"
)
_SHORT_NAME = r"(?:key|auth|code|sid|sig|pin|otp|session|hmac|assertion)"
"""These say too little behind other words: `sort_key` is none."""
_NAMES = rf"(?:{_PREFIX}{_NAME}|{_SHORT_NAME}|[\w.-]{{1,40}}(?:\[|%5[Bb]){_PREFIX}{_NAME}(?:\]|%5[Dd]))"
_URL_SECRET = (
    rf"(?i)(?|;jsessionid=([^&;#?\s\"]+)|(?:(?:[?&;#]|%3[FfBb]|%26|%23|\A(?!\S*\s)){_NAMES}|(?<![^\s\"'(\[{{,]){_PREFIX}{_NAME})(?:=|%3D)"
    r"((?:(?!%26|%23)[^&;#\s\"])+)"
    r"|://[^/@\s:\"]*:([^/?#\s\"]+)@)"
)
_SCHEME = r"(?:bearer|basic|digest|token|negotiate|apikey)"
_TOKEN = (
    rf"(?|(?i:\bbearer(?:[ +\t=:]|%20){{1,3}}|\bauthorization[\"']?(?:[ \t:=]|%3A|%20){{1,4}}[\"']?{_SCHEME}(?:[ +\t]|%20){{1,2}})"
    r"([A-Za-z0-9._~+/=%-]{8,})"
    r"|(?i:(?<![A-Za-z0-9])(?:api[_-]?key|auth[_-]?token|access[_-]?token|secret[_-]?(?:access[_-]?)?key|client[_-]?secret"
    r"|passw(?:or)?d|private[_-]?key)[\"']?[ \t]?[:=][ \t]?[\"']?)([^\s\"',;&]{4,})"
    r"|(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9_])(?:gh[pousr]|github_pat|glpat|npm|hf|xox[abeprs]|sk|pk|rk)[_-][A-Za-z0-9_-]{16,}"
    r"|(?<![A-Za-z0-9_])AIza[A-Za-z0-9_-]{30,}"
    r"|(?<![0-9A-Fa-f])(?:[0-9a-f]{40,}|[0-9A-F]{40,})(?![0-9A-Fa-f]))"
)
FINDERS: dict[str, Finder] = {
    "email": Finder("", whole=hide_emails, needles=NEEDLES),
    "ipv4": Finder(
        rf"(?<![0-9.]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9]|\.[0-9])",
        rf"(?:(?<![0-9.])(?<!%2[Ee])(?<!%)|{_BEHIND_ESCAPE}(?<!%2[Ee])){_OCTET}(?:{_DOT}{_OCTET}){{3}}(?![0-9]|\.[0-9])",
        needles=(".", "%2E", "%2e"),
    ),
    "ipv6": Finder(
        r"(?<![\w:.])(?:[A-Za-z0-9_]{1,40}:(?!:))?"
        r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,38}[0-9A-Fa-f.]{0,15}(?![0-9A-Za-z])",
        rf"(?:(?<![\w:.%])|{_BEHIND_ESCAPE})(?:[A-Za-z0-9_]{{1,40}}:(?!:))?"
        r"[0-9A-Fa-f]{0,4}(?::|%3[Aa])(?:[0-9A-Fa-f:]|%3[Aa]){0,74}[0-9A-Fa-f.]{0,15}(?![0-9A-Za-z])",
        hide=hide_ipv6,
        needles=(":", "%3A", "%3a"),
    ),
    "card": Finder(
        rf"(?<!\d)\d(?:[{_SPACES}]{{0,2}}\d){{12,250}}(?!\d)|{_CARD_WITH_MARKS}",
        rf"(?:(?<!\d)(?<!%)|{_BEHIND_ESCAPE})\d(?:(?:[{_SPACES}]|%20|%2[Dd]|%[cC]2%[aA]0){{0,2}}\d){{12,250}}(?!\d)"
        rf"|{_CARD_WITH_MARKS}",
        hide=hide_cards,
    ),
    "iban": Finder(
        rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}[0-9]{{2}}(?:[{_SPACES}]?[A-Za-z0-9]){{11,250}}",
        rf"(?:(?<![A-Za-z0-9])|{_BEHIND_ESCAPE})[A-Za-z]{{2}}[0-9]{{2}}(?:(?:[{_SPACES}]|%20)?[A-Za-z0-9]){{11,250}}",
        hide=hide_iban,
    ),
    "jwt": Finder(
        rf"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{{5,}}{_DOT}[A-Za-z0-9_-]{{5,}}{_DOT}[A-Za-z0-9_-]*",
        rf"(?:(?<![A-Za-z0-9_-])|{_BEHIND_ESCAPE})eyJ[A-Za-z0-9_-]{{5,}}{_DOT}[A-Za-z0-9_-]{{5,}}{_DOT}[A-Za-z0-9_-]*",
        needles=("eyJ",),
    ),
    "token": Finder(_TOKEN),
    "url_secret": Finder(_URL_SECRET, needles=("=", "://", "%3D", "%3d")),
}
"""By the names that `redact.patterns` has (`config.filters.DETECTORS`)."""
