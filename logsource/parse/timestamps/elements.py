"""The elements a time format is made of, whatever notation it was written in, and their expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "year", "year2", "month", "month_name", "day", "day_of_year", "hour", "hour12", "hour24", "minute", "second",
    "fraction", "half", "zone", "epoch", "weekday", "literal", "space", "open", "close",
]  # fmt: skip

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DIGITS: dict[str, tuple[int, int]] = {
    "year": (4, 4), "year2": (2, 2), "month": (1, 2), "day": (1, 2), "day_of_year": (1, 3), "hour": (1, 2),
    "hour12": (1, 2), "hour24": (1, 2), "minute": (1, 2), "second": (1, 2), "fraction": (1, 9), "epoch": (1, 12),
}  # fmt: skip
"""Least and greatest number of digits when something else than a digit stands beside the element."""


@dataclass(frozen=True, slots=True)
class Element:
    """One piece of a format. `width` is the number of digits when numbers follow each other directly."""

    kind: Kind
    text: str = ""
    width: int = 2


def expression(elements: list[Element]) -> tuple[str, list[Kind]]:
    """Regular expression (syntax of `re`) of a format, and the kind of each of its groups in order."""
    parts: list[str] = []
    kinds: list[Kind] = []
    for index, element in enumerate(elements):
        kind = element.kind
        if kind == "literal":
            parts.append(re.escape(element.text))
        elif kind == "space":
            parts.append("[ \\t]+")
        elif kind == "open":
            parts.append("(?:")
        elif kind == "close":
            parts.append(")?")
        else:
            kinds.append(kind)
            parts.append(f"({_body(element, crowded=_crowded(elements, index))})")
    return "".join(parts), kinds


def _crowded(elements: list[Element], index: int) -> bool:
    beside = elements[index + 1 : index + 2]
    if elements[index].kind != "fraction":  # which may be of any length behind numbers whose length is fixed
        beside = beside + elements[max(0, index - 1) : index]
    return any(other.kind in DIGITS for other in beside)


def _body(element: Element, *, crowded: bool) -> str:
    kind = element.kind
    if kind in DIGITS:
        low, high = DIGITS[kind]
        if (crowded and kind not in {"fraction", "epoch"}) or (kind == "fraction" and crowded):
            low = high = element.width
        pad = " ?" if kind in {"day", "hour", "hour12"} and not crowded else ""
        return f"{pad}[0-9]{{{low},{high}}}" if low != high else f"{pad}[0-9]{{{low}}}"
    if kind == "month_name":
        return "|".join(("sept", *_MONTH_NAMES, *MONTHS))
    if kind == "weekday":
        return "|".join((*_WEEKDAYS, *(name[:3] for name in _WEEKDAYS), "tues", "thur", "thurs"))
    if kind == "half":
        return "[ap]\\.?m\\.?"
    return "[+-][0-9]{1,2}(?::?[0-9]{2}){0,2}|[A-Za-z][A-Za-z_]*(?:/[A-Za-z_+-]+)*(?:[+-][0-9:]{1,8})?"
