"""A chain as patterns for whole blocks: the inner pattern stands where the envelope's had any text (see `head`).

What these patterns give is what `ChainParser` gives, line by line; where that cannot be proved from the patterns, the
lines of the envelope are left to it.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from logsource.parse.chain import ChainParser
from logsource.parse.head import Head
from logsource.parse.memory import Memory
from logsource.parse.pattern import PatternParser
from logsource.parse.staged import needs_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.model import Line, Parser, Record, Reject
    from logsource.parse.chain import Inner
    from logsource.parse.composedspec import ComposedSpec
    from logsource.parse.pattern import PatternSpec

MOST = 64
"""Patterns of one chain; lines of those beyond go the row path."""


class ComposedParser(Memory, PatternParser):
    """A chain for the column engine. Lines that its patterns do not decide go through the chain itself."""

    def __init__(
        self, chain: ChainParser, patterns: Sequence[ComposedSpec], *, vetted: bool, timeout: float
    ) -> None:
        super().__init__(chain.name, patterns, vetted=vetted, timeout=timeout)
        self.remembers = chain.remembers
        self._chain = chain
        self._learners = (chain,)

    def parse(self, line: Line) -> Record | Reject | None:
        """What the chain makes of the line."""
        return self._chain.parse(line)


def composed(chain: Parser) -> ComposedParser | None:
    """A chain as patterns; None when it is none, or not one of its inner parsers can be put into its envelope."""
    if not isinstance(chain, ChainParser):
        return None
    maker = _Maker()
    specs = list(maker.specs(chain))[:MOST]
    if not maker.joined:
        return None
    timeout = max(one.timeout for one in maker.parsers)
    return ComposedParser(chain, specs, vetted=all(one.vetted for one in maker.parsers), timeout=timeout)


class _Maker:
    def __init__(self) -> None:
        self.joined = 0
        self.parsers: list[PatternParser] = []

    def specs(self, chain: ChainParser) -> Iterator[ComposedSpec]:
        """Patterns in an order that gives what the chain gives, most likely ones first.

        It ends where nothing can be said of the lines that are left.
        """
        if not isinstance(chain.envelope, PatternParser) or len(chain.path) != 1:
            return
        self.parsers.append(chain.envelope)
        apart: list[tuple[Head, list[ComposedSpec]]] = []
        for envelope in chain.envelope.patterns:
            head = Head.of(envelope, chain)
            if head is not None and all(head.never_with(other) for other, _ in apart):
                apart.append((head, self._behind(head)))
                continue
            yield from _in_turns([specs for _, specs in apart])
            apart = []
            if head is None:
                return
            apart.append((head, self._behind(head)))
        yield from _in_turns([specs for _, specs in apart])

    def _behind(self, head: Head) -> list[ComposedSpec]:
        """All patterns with this head, in the order of the chain.

        The last one takes all other lines of the envelope, so that patterns behind only see lines that are none.
        """
        found: list[ComposedSpec] = []
        complete = True
        for inner in head.chain.inner:
            if not head.offers(inner):
                continue
            made = None if _only_headed(inner) else self._joined(head, inner.parser, inner)
            found += made or ()
            if made is None or inner.header:
                complete = False  # texts that are taken with a header only
                break
        found.append(head.alone(claim=not complete or head.chain.otherwise != "event"))
        return found

    def _joined(self, head: Head, parser: Parser, inner: Inner) -> list[ComposedSpec] | None:
        """All patterns of an inner parser behind a head; None when one of them cannot stand there."""
        patterns: Sequence[PatternSpec]
        if isinstance(parser, ChainParser):
            patterns = list(_Maker.specs(self, parser))
        elif isinstance(parser, PatternParser):
            self.parsers.append(parser)
            patterns = parser.patterns
        else:
            return None
        found = [head.join(spec, inner) for spec in patterns]
        made = [spec for spec in found if spec is not None]
        if len(made) < len(found) or not made:
            return None
        self.joined += len(made)
        return made


def _only_headed(inner: Inner) -> bool:
    return inner.header and isinstance(inner.parser, PatternParser) and needs_header(inner.parser)


def _in_turns(lists: list[list[ComposedSpec]]) -> Iterator[ComposedSpec]:
    """The first of each list, then the second of each: no line is one of two of these envelopes."""
    for row in zip_longest(*lists):
        yield from (spec for spec in row if spec is not None)
