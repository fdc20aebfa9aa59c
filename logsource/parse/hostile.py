"""Lines made to hurt, to find patterns that take more than linear time.

Vetted patterns run on the standard library's `re`, which cannot be stopped in a thread, so what this finds must
be nothing. The lines are made of the pack's own samples (an attacker starts from what nearly matches): a part
repeated many times, then the rest or nothing, and a last character that cannot match. They are tried on `re`
itself, because other engines see sooner that a line cannot match. A timer of CPU time (not of the wall clock, so that a
busy machine changes nothing) raises in between: `re` looks for signals while it works.
"""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from logsource.parse.blocksafe import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logsource.parse.pattern import PatternParser

LENGTH = 40_000
"""Characters of a hostile line: quadratic time is most of a second here, or a twentieth where each of the N places costs a
token; linear time is a millisecond. Records may be six times as long (`max_line`)."""
LIMIT = 0.05
"""Seconds of CPU time one match may take."""
ORDINARY = 1000
"""Characters; longer samples are hostile themselves."""
SAMPLES_USED = 2
"""Samples that each pattern matches itself; the attack begins inside of what it accepts."""
CUTS = 30
"""Most places in one sample after which the run is put."""
_BOUNDARY = re.compile(r"(?<=[^a-zA-Z0-9])(?=[a-zA-Z0-9])|(?<=[a-zA-Z0-9])(?=[^a-zA-Z0-9])|\Z")
_TOKEN = re.compile(r"[^ ]{2,40}\Z|[\s\S]{0,2}\Z")
"""What a sample has before a place: `rhost=`, or two characters."""
_OTHER_ENDS = ("", " \x01 ")
"""Instead of a newline, for patterns that are not tried on what holds one."""
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
            token = _TOKEN.search(text[:cut])
            for run in (*_RUNS, text[max(0, cut - 1) : cut], token[0] if token else ""):
                if run:
                    yield text[:cut] + _long(run) + "\n"
            for run in ("a", " ", text[max(0, cut - 1) : cut]):
                if run:
                    yield text[:cut] + _long(run) + text[cut:] + "\n"


def slow_patterns(parser: PatternParser, texts: Sequence[str]) -> Iterator[str]:
    """Name each pattern for which a hostile line was found, one finding a pattern."""
    for spec in parser.patterns:
        compiled = re.compile(spec.regex)
        method = compiled.search if spec.search else compiled.fullmatch
        matched = {text for text in texts if len(text) < ORDINARY and _in_time(method, text) is True}
        ends = _OTHER_ENDS if one_line(spec.regex) and not spec.search else ("\n",)
        for line in hostile_lines(sorted(matched, key=len)[-SAMPLES_USED:]):
            if _in_time(method, line) is None and any(
                _in_time(method, line[:-1] + end) is None for end in ends
            ):
                yield (
                    f"pattern {spec.name} takes more than {LIMIT:g} s on a line of {len(line)} characters that "
                    f"begins {line[:60]!r} (two parts in a row can match the same text: make them exclude each other)"
                )
                break


def _in_time(method: Callable[[str], object], text: str) -> bool | None:
    """Whether the text matches; None when that takes longer than the limit. Only for the main thread."""
    previous = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        return method(text) is not None
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def _stop(*_: object) -> None:
    raise TimeoutError


def _long(run: str) -> str:
    return (run * (LENGTH // len(run) + 1))[:LENGTH]
