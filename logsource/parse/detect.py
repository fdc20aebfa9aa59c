"""Which parser fits a file: every parser is asked about some of its lines.

Ranking, first to last: what matches much more; what knows the program before envelopes that many programs share
(`detect.general` in pack.yaml, json_lines, logfmt); what has the file's path in its list; what finds more
of its hints; what takes more of the line apart; what leaves less open. `plain` matches everything and is always last.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from logsource.config.regexcompile import compile_regex
from logsource.model import JSONValue, Record
from logsource.parse.builtin import BUILTINS
from logsource.parse.rx.nodes import (
    Alternation,
    Atomic,
    Group,
    Literal1,
    Node,
    RegexSyntaxError,
    Repeat,
    Scope,
)
from logsource.parse.rx.nodes import Sequence as Sequence_
from logsource.parse.rx.python import read_python
from logsource.parse.verify import patterns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import regex

    from logsource.model import Line, Parser
    from logsource.parse.packs import Pack

HINT_TIMEOUT = 0.05
"""Seconds a hint of somebody else's pack may search one line."""
CLEAR_LEAD = 0.1
"""A general format must match this much more of the file than a specific one to be ranked before it."""


_PAIRS = re.compile(r'(?>(?:[^\s="]++=(?:"(?>(?:[^"\\]++|\\.)*)"|[^\s"]*+)(?:\s++|\Z))+)')
"""A line of nothing but key=value pairs. (The parser is less strict: it takes what pairs it finds.)"""


@dataclass(frozen=True)
class Candidate:
    """A parser and what tells when it is the right one."""

    name: str
    parser: Parser
    generality: int = 0
    """0: knows a program; 1: an envelope that many programs share; 2: any text of a notation such as JSON."""
    fallback: bool = False
    """Matches anything: only the last resort."""
    looks: re.Pattern[str] | None = None
    """What a whole line must look like besides, for parsers that accept more than is their own."""
    paths: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @cached_property
    def _hints(self) -> list[regex.Pattern[str]]:
        return [compile_regex(hint) for hint in self.hints]

    @cached_property
    def literals(self) -> int:
        """Characters that the first pattern spells out; of two that match the same, the stricter one knows more."""
        patterns = patterns_of(self.parser)
        if patterns is None:
            return 0
        try:
            return _literals(read_python(patterns.patterns[0].regex))
        except RegexSyntaxError:  # a user's pattern in a notation that only the `regex` module knows
            return 0

    def takes(self, line: Line) -> Record | None:
        """Record of a line that is of this format."""
        if self.looks is not None and not self.looks.fullmatch(line.text.strip()):
            return None
        result = self.parser.parse(line)
        return result if isinstance(result, Record) else None

    def hinted(self, text: str) -> bool:
        """Whether a hint is found in a line."""
        try:
            return any(hint.search(text, timeout=HINT_TIMEOUT) for hint in self._hints)
        except TimeoutError:
            return False

    def expects(self, path: str) -> bool:
        """Whether files of this format are usually found at such a path."""
        return any(fnmatch.fnmatch(path, glob.replace("**/", "*/")) for glob in self.paths)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a parser fits."""

    name: str
    matched: float
    """Share of the records it can parse, 0 to 1."""
    rank: tuple[float, ...]
    """Sorts best first, when sorted in descending order."""


def candidates(packs: Iterable[Pack]) -> list[Candidate]:
    """Every pack, and the parsers that are always there."""
    found = [
        Candidate(
            pack.name,
            pack.parser,
            generality=int(pack.spec.detect.general),
            paths=tuple(pack.spec.detect.paths),
            hints=tuple(pack.spec.detect.hints),
        )
        for pack in packs
    ]
    found += [
        Candidate(
            name,
            make(),
            generality=2,
            fallback=name == "plain",
            looks=_PAIRS if name == "logfmt" else None,
        )
        for name, make in BUILTINS.items()
    ]
    return found


def rank(lines: Sequence[Line], among: Sequence[Candidate], *, path: str = "") -> list[Match]:
    """Parsers that match any of the lines, best first. `path` is where the lines were found, if known.

    Lines of nothing but white space say nothing and are left out.
    """
    telling = [line for line in lines if not re.fullmatch(r"\s*", line.text)]
    found = []
    for candidate in among:
        records = [(line, candidate.takes(line)) for line in telling]
        taken = [(line, record) for line, record in records if record is not None]
        if not taken:
            continue
        matched = len(taken) / len(telling)
        order = (
            0.0 if candidate.fallback else 1.0,
            matched - CLEAR_LEAD * candidate.generality,
            1.0 if candidate.expects(path) else 0.0,
            sum(candidate.hinted(line.text) for line, _ in taken) / len(taken),
            sum(_leaves(record.data) for _, record in taken) / len(taken),
            candidate.literals,
        )
        found.append(Match(candidate.name, round(matched, 4), order))
    return sorted(found, key=lambda match: (tuple(-part for part in match.rank), match.name))


def _leaves(value: JSONValue) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return 1


def _literals(node: Node) -> int:
    match node:
        case Literal1():
            return 1
        case Sequence_(items):
            return sum(map(_literals, items))
        case Alternation(branches):
            return min(map(_literals, branches))
        case Repeat(inner, low):
            return low * _literals(inner)
        case Group(inner) | Scope(inner) | Atomic(inner):
            return _literals(inner)
        case _:
            return 0
