"""Hiding what identifies people or opens doors: finders of e-mail addresses, IP addresses, cards, tokens.

Each finder is a pattern that is cheap on any text, and where the pattern alone would find too much, a
check of what it found (Luhn's digit for cards, the remainder for IBANs, the address itself for IPv6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING, Any

import regex

from logsource.render.filters.condition import REGEX_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.filters import RedactConfig


def is_card_number(text: str) -> bool:
    """Whether the digits of a text end in the check digit of ISO/IEC 7812 (Luhn)."""
    digits = [int(char) for char in text if char.isascii() and char.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


_ISSUED = re.compile(r"2[2-7]|[3-6]")
"""How numbers of the card networks begin (ISO/IEC 7812: 1 airlines, 3 to 6 banking; 22 to 27 newer ranges)."""


def hide_cards(text: str, hidden: str) -> str:
    """A run of digit groups without the card numbers in it.

    Other numbers may stand beside a card's, such as its date, so each row of neighbouring groups is tried, the longest
    first. To find fewer numbers that pass by chance, a part of a run must begin as cards do.
    """
    groups = [match.span() for match in re.finditer("[0-9]+", text)]
    if groups and is_card_number(text):
        return text[: groups[0][0]] + hidden
    for first, (start, _) in enumerate(groups):
        # No more than 19 digits, and 19 groups at the most.
        for last in range(min(len(groups), first + 19) - 1, first - 1, -1):
            number = text[start : groups[last][1]]
            if len(number) <= 40 and _ISSUED.match(number) and is_card_number(number):
                return text[:start] + hidden + hide_cards(text[groups[last][1] :], hidden)
    return text


def is_iban(text: str) -> bool:
    """Whether a text is an International Bank Account Number (ISO 13616: remainder 1 by 97)."""
    compact = text.replace(" ", "")
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


def is_ipv6(text: str) -> bool:
    """Whether a text is an IPv6 address."""
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Finder:
    pattern: str
    """What group 1 captures is hidden, or the whole match when there is no group."""
    check: Callable[[str], bool] | None = None
    hide: Callable[[str, str], str] | None = None
    """Hides parts of the match itself, given what is to stand there."""
    needles: tuple[str, ...] = ("",)
    """Without one of these there is nothing to find; far cheaper to look for."""


_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_FINDERS: dict[str, _Finder] = {
    "email": _Finder(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}",
        needles=("@", "%40"),
    ),
    "ipv4": _Finder(rf"(?<![0-9.]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9]|\.[0-9])", needles=(".",)),
    "ipv6": _Finder(
        r"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,34}:[0-9A-Fa-f.]{0,15}(?![0-9A-Za-z:])",
        is_ipv6,
        needles=(":",),
    ),
    "card": _Finder(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,250}(?![0-9])", hide=hide_cards),
    "iban": _Finder(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])", is_iban),
    "jwt": _Finder(
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*", needles=("eyJ",)
    ),
    "token": _Finder(
        r"\b(?i:bearer|authorization: ?basic)(?:[ +]|%20)([A-Za-z0-9._~+/=-]{8,})"
        r"|(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
        r"|(?<![A-Za-z0-9_])(?:gh[pousr]|glpat|xox[abprs]|sk|pk|rk)[_-][A-Za-z0-9_-]{16,}"
        r"|(?<![0-9A-Fa-f])(?:[0-9a-f]{40,}|[0-9A-F]{40,})(?![0-9A-Fa-f])"
    ),
    "url_secret": _Finder(
        r"(?i)(?|[?&;](?:access_token|refresh_token|id_token|token|api_?key|key|secret|client_secret|"
        r"password|passwd|pwd|pass|auth|signature|sig|session|sessionid|sid|code|x-amz-signature|"
        r"x-amz-security-token)=([^&;#\s\"]+)|://[^/@\s:\"]*:([^/@\s\"]+)@)",
        needles=("=", "://"),
    ),
}


class Redactor:
    """Text in, text out; what a user's pattern could not judge in time is hidden as a whole."""

    def __init__(self, config: RedactConfig) -> None:
        self._with = config.with_
        finders = [_FINDERS[name] for name in config.patterns] + [_Finder(source) for source in config.regex]
        self._steps: list[tuple[tuple[str, ...], Any, Callable[[Any], str]]] = [
            (one.needles, regex.compile(one.pattern), self._replacement(one)) for one in finders
        ]

    def __call__(self, text: str) -> str:
        """Hide all that is found."""
        try:
            for needles, pattern, replace in self._steps:
                if any(needle in text for needle in needles):
                    text = pattern.sub(replace, text, timeout=REGEX_TIMEOUT)
        except TimeoutError:
            return self._with
        return text

    def _replacement(self, finder: _Finder) -> Callable[[Any], str]:
        check, hide = finder.check, finder.hide

        def replace(match: Any) -> str:
            found: str = match[0]
            if hide is not None:
                return hide(found, self._with)
            if check is not None and not check(found):
                return found
            if match.re.groups and match.start(1) >= 0:
                at = match.start(1) - match.start()
                return found[:at] + self._with + found[at + len(match[1]) :]
            return self._with

        return replace
