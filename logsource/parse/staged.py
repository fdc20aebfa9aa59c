"""A chain in two stages: the envelope of each line by itself, then the texts of a whole block as lines of their own.

For envelopes that are no patterns (JSON, key=value pairs). Only what every line has alike is done here: the inner
parsers that come first and are patterns with a time of their own. All other lines go through the chain itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from logsource.model import JSONValue, Line, Record
from logsource.parse.builtin import JsonLines, Logfmt
from logsource.parse.chain import ChainParser
from logsource.parse.composedspec import EntityRows, StagedSpec
from logsource.parse.envelope import fields_of
from logsource.parse.free import FreeParser
from logsource.parse.members import look_up
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.parse.structured import StructuredParser
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from logsource.model import Parser, Reject
    from logsource.parse.chain import Inner


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope that was taken off."""

    text: str
    entities: tuple[JSONValue, ...]


class StagedParser(PatternParser):
    """The patterns that the texts of a chain may be. Records are made by the chain itself."""

    def __init__(
        self, chain: ChainParser, first: list[tuple[Inner, PatternParser]], rows: EntityRows
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
    if not isinstance(envelope, StructuredParser | FreeParser | JsonLines | Logfmt):
        return None
    first: list[tuple[Inner, PatternParser]] = []
    for inner in chain.inner:
        if inner.header or not isinstance(inner.parser, PatternParser) or (inner.when and first):
            break
        if any(spec.timestamp is None for spec in inner.parser.patterns):
            break
        first.append((inner, inner.parser))
        if inner.when:
            break
    return StagedParser(chain, first, EntityRows()) if first else None
