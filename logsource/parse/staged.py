"""A chain in two stages: the envelope of each line by itself, then the texts of a whole block as lines of their own.

For envelopes that are no patterns (JSON, key=value pairs), and for texts that get a syslog header. Only what every line
has alike is done here: the inner parsers that come first and are patterns with a time of their own, or with the
envelope's in the header. All other lines go through the chain itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from logsource.model import JSONValue, Line, Record
from logsource.parse.builtin import JsonLines, Logfmt
from logsource.parse.chain import ChainParser
from logsource.parse.composedspec import EntityRows, StagedSpec
from logsource.parse.envelope import fields_of, syslog_line
from logsource.parse.free import FreeParser
from logsource.parse.members import look_up
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.parse.structured import StructuredParser
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from logsource.model import Parser, Reject
    from logsource.parse.chain import Inner

HEADER = r"(?P<time>[A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]+|[0-9]{4}-[^ \n]+) "
"""How patterns of lines with a syslog header begin; what does not look so is none of theirs."""
_OWN_HEADER = re.compile(r"[A-Z][a-z][a-z] [ 0-9]|[0-9]{4}-")
_SAMPLE, _SAMPLE_MS = "2026-01-02T03:04:05.678Z", 1_767_323_045_678


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope that was taken off."""

    text: str
    entities: tuple[JSONValue, ...]


class StagedParser(PatternParser):
    """The patterns that the texts of a chain may be. Records are made by the chain itself."""

    def __init__(
        self, chain: ChainParser, first: list[tuple[Inner, PatternParser]], rows: EntityRows, *, header: bool
    ) -> None:
        specs = [
            StagedSpec(
                **{one.name: getattr(spec, one.name) for one in fields(PatternSpec)},
                rows=rows if chain.envelopes is not None else None,
            )
            for _, parser in first
            for spec in parser.patterns
        ]
        timeout = max(parser.timeout for _, parser in first)
        vetted = all(parser.vetted for _, parser in first)
        super().__init__(chain.name, specs, vetted=vetted, timeout=timeout)
        self.rows = rows
        """Where the patterns find the entities of the lines."""
        self._chain = chain
        self._first = tuple(inner for inner, _ in first)
        self._header = header

    def parse(self, line: Line) -> Record | Reject | None:
        """What the chain makes of the line."""
        return self._chain.parse(line)

    def opened(self, line: Line) -> Opened | None:
        """The text of a line and what its envelope says besides; None for a line that the chain itself has to see."""
        chain = self._chain
        envelope = chain.envelope.parse(line)
        if not isinstance(envelope, Record):
            return None
        text = look_up(fields_of(envelope), chain.path)
        if not isinstance(text, str) or "\n" in text:
            return None
        if not all(inner.wanted(envelope) for inner in self._first):
            return None
        if self._header:
            text = _headed(envelope, text)
            if text is None:
                return None
        entities = envelope.entities
        if chain.envelopes is not None:
            entities = (*entities, chain.envelopes.entity(envelope))
        return Opened(text, entities)


def staged(chain: Parser) -> StagedParser | None:
    """A chain in two stages; None when that is not possible, or would gain nothing."""
    if not isinstance(chain, ChainParser) or chain.remembers:
        return None
    envelope = chain.envelope
    while isinstance(envelope, ValidatedParser):
        envelope = envelope.inner
    if not isinstance(envelope, PatternParser | StructuredParser | FreeParser | JsonLines | Logfmt):
        return None
    first, header = _first(chain)
    if isinstance(envelope, PatternParser) and not header:
        return None  # `compose` does it better, or has a reason
    return StagedParser(chain, first, EntityRows(), header=header) if first else None


def _first(chain: ChainParser) -> tuple[list[tuple[Inner, PatternParser]], bool]:
    """The inner parsers at the beginning that can see all texts of a block in turn, and whether they get a header."""
    first: list[tuple[Inner, PatternParser]] = []
    header = False
    for inner in chain.inner:
        parser = inner.parser
        if not isinstance(parser, PatternParser) or (inner.when and first):
            break
        headed = inner.header and needs_header(parser)
        if (first and headed is not header) or not all(spec.timestamp for spec in parser.patterns):
            break
        first.append((inner, parser))
        header = headed
        if inner.when or headed is not inner.header:
            break  # what it does not take bare is tried again with a header before anything else is
    return first, header


def needs_header(parser: PatternParser) -> bool:
    """Whether no pattern of a parser takes a text without a syslog header."""
    return all(map(_reads_header, parser.patterns))


def _reads_header(spec: PatternSpec) -> bool:
    """Whether a pattern begins with the usual time of a syslog header, and reads ours as what it is."""
    slot = spec.timestamp
    if slot is None or slot.group != 1 or spec.search or not spec.regex.startswith(HEADER):
        return False
    try:
        return slot.reader.read(_SAMPLE, _SAMPLE_MS) == _SAMPLE_MS
    except ValueError:
        return False


def _headed(envelope: Record, text: str) -> str | None:
    """A line with the header that the envelope stands for; None when there is none, or the text may have its own."""
    if envelope.timestamp_ms is None or _OWN_HEADER.match(text):
        return None
    return syslog_line(envelope, text)
