"""Ruby's `String#to_i` and `String#to_f`, which is what `:int` and `:float` mean in grok."""

from __future__ import annotations

import re

_INTEGER = re.compile(r"[ \t-\r]*([+-]?[0-9]+(?:_[0-9]+)*)")
_FLOAT = re.compile(
    r"[ \t-\r]*([+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?)"
)
_MAX_DIGITS = 4000
"""Python refuses to read longer integers (it would take quadratic time)."""


def ruby_to_i(text: str) -> int:
    """Leading integer of the text, 0 if there is none; `1_000` is 1000.

    An integer of more than 4000 digits is no number anybody meant and gives 0.
    """
    match = _INTEGER.match(text)
    if not match or len(match[1]) > _MAX_DIGITS:
        return 0
    return int(match[1].replace("_", ""))


def ruby_to_f(text: str) -> float:
    """Leading decimal number of the text, 0.0 if there is none."""
    match = _FLOAT.match(text)
    if not match:
        return 0.0
    return float(match[1].replace("_", ""))
