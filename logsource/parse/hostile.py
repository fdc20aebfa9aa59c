"""Lines made to hurt, to find patterns that take more than linear time.

Vetted patterns run on an engine that cannot be stopped, so what this finds must be nothing. The lines are
made of the pack's own samples (an attacker starts from what nearly matches): parts repeated many times,
cut off, with a last character that cannot match. They are tried on the `regex` module, which can be stopped;
it backtracks as `re` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.pattern import PatternParser

LENGTH = 20_000
"""Characters of a hostile line: quadratic time is seconds here, linear time below a millisecond."""
LIMIT = 0.25
"""Seconds one match may take; the limit that patterns of users have at run time."""
SAMPLES_USED = 40
_FILLERS = (
    '"',
    '\\"',
    "\\",
    " ",
    "  ",
    "a",
    "a ",
    "0",
    "[",
    "]",
    ":",
    "-",
    "a=",
    "'",
    ", ",
    "/",
    "\t",
    '" "',
    "é",
)


def hostile_lines(texts: Sequence[str]) -> Iterator[str]:
    """Long lines that begin like a sample and then go wrong."""
    chosen = sorted({text[:300] for text in texts if text}, key=len)[:: max(1, len(texts) // SAMPLES_USED)]
    for text in chosen:
        yield (text * (LENGTH // len(text) + 1))[:LENGTH] + "\n"
    prefixes = chosen[:: max(1, len(chosen) // 8)]
    for filler in _FILLERS:
        run = (filler * LENGTH)[:LENGTH]
        yield run + "\n"
        for text in prefixes:
            for cut in {len(text) // 4, len(text) // 2, len(text) * 3 // 4, len(text)}:
                yield text[:cut] + run + "\n"
                yield text[:cut] + run + text[cut:]


def slow_patterns(parser: PatternParser, texts: Sequence[str]) -> Iterator[str]:
    """Name each pattern for which a hostile line was found, one finding a pattern."""
    lines = list(hostile_lines(texts))
    for spec in parser.patterns:
        compiled = regex.compile(spec.regex)
        method = compiled.search if spec.search else compiled.fullmatch
        for line in lines:
            try:
                method(line, timeout=LIMIT)
            except TimeoutError:
                yield (
                    f"pattern {spec.name} takes more than {LIMIT:g} s on a line of {len(line)} characters that "
                    f"begins {line[:60]!r} (two parts in a row can match the same text: make them exclude each other)"
                )
                break
