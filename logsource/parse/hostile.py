"""Lines made to hurt, to find patterns that take more than linear time.

Vetted patterns run on an engine that cannot be stopped, so what this finds must be nothing. The lines are
made of the pack's own samples (an attacker starts from what nearly matches): parts repeated many times,
cut off, with a last character that cannot match. They are tried on the `regex` module, which can be stopped;
it backtracks as `re` does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.pattern import PatternParser

LENGTH = 20_000
"""Characters of a hostile line: quadratic time is seconds here, linear time below a millisecond."""
LIMIT = 0.25
"""Seconds one match may take; the limit that patterns of users have at run time."""
ORDINARY = 1000
"""Characters; longer samples are hostile themselves."""
SAMPLES_USED = 2
"""Samples that each pattern matches itself; the attack begins inside of what it accepts."""
CUTS = 30
"""Most places in one sample after which the run is put."""
_BOUNDARY = re.compile(r"(?<=[^a-zA-Z0-9])(?=[a-zA-Z0-9])|(?<=[a-zA-Z0-9])(?=[^a-zA-Z0-9])|\Z")
_RUNS = ("a", "0", " ", "a ", '"', '\\"', "\\", ", ", '" "', ": ", "(", "]")


def hostile_lines(texts: Sequence[str]) -> Iterator[str]:
    """Long lines that begin like a sample, go on with one thing many times, and then cannot match.

    A newline at the end is what no pattern of a line accepts.
    """
    for run in _RUNS:
        yield _long(run) + "\n"
    for text in texts:
        yield _long(text) + "\n"
        cuts = [match.start() for match in _BOUNDARY.finditer(text)]
        for cut in cuts[:: len(cuts) // CUTS + 1]:
            for run in (*_RUNS, text[max(0, cut - 1) : cut], text[max(0, cut - 2) : cut]):
                if run:
                    yield text[:cut] + _long(run) + "\n"


def slow_patterns(parser: PatternParser, texts: Sequence[str]) -> Iterator[str]:
    """Name each pattern for which a hostile line was found, one finding a pattern."""
    for spec in parser.patterns:
        compiled = regex.compile(spec.regex)
        method = compiled.search if spec.search else compiled.fullmatch
        matched = [text for text in texts if len(text) < ORDINARY and method(text, timeout=LIMIT)]
        for line in hostile_lines(sorted(set(matched), key=len)[-SAMPLES_USED:]):
            try:
                method(line, timeout=LIMIT)
            except TimeoutError:
                yield (
                    f"pattern {spec.name} takes more than {LIMIT:g} s on a line of {len(line)} characters that "
                    f"begins {line[:60]!r} (two parts in a row can match the same text: make them exclude each other)"
                )
                break


def _long(run: str) -> str:
    return (run * (LENGTH // len(run) + 1))[:LENGTH]
