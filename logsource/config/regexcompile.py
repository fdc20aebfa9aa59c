r"""Compiles a user's regular expression for the `regex` module, around one of its mistakes.

Before it tries to match at a place, the module looks whether the character there is one that a match can begin with. When
parts of a pattern ignore case and others do not, all of those characters ignore case; a negated set then leaves out too
many: `(?i:x)?[^ab]+` does not find the `B` of `aB`, and `[^B]?(?i:c)` begins a character late (seen in 2024.9.11 to
2026.11.15). A pattern that may also match nothing has no such set of characters, and a branch that can never match,
`\b\B`, looks as if it did; nothing else changes.
"""

from __future__ import annotations

import re
from typing import Any

import regex

_IGNORES_CASE = re.compile(r"\(\?[A-Za-z]*i")
_NEGATED = re.compile(r"\[\^|\\P|\\p\{\^|\[\[:\^")
_NEVER = r"\b\B"


def compile_regex(source: str) -> Any:
    """Compile. Raises regex.error, whose position is that in `source`."""
    compiled: Any = regex.compile(source)
    if not (_IGNORES_CASE.search(source) and _NEGATED.search(source)):
        return compiled
    for end in ("", "\n"):  # a verbose pattern may end in a comment
        try:
            around: Any = regex.compile(f"(?:{source}{end}|{_NEVER})")
        except regex.error:
            continue
        return around
    return compiled
