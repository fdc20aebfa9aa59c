"""Blocks of a chain whose envelopes are taken off line by line: the texts in them are a block of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logsource.event.payload import entities_text
from logsource.model import Line
from logsource.parse.staged import StagedParser
from logsource.render.block import LONG, BlockEngine
from logsource.render.columns import BlockFacts, specials
from logsource.render.lines import BlockLines
from logsource.render.records import escaped_once

if TYPE_CHECKING:
    from logsource.model import Parser
    from logsource.render.block import BlockJob
    from logsource.render.source import SourceRenderer


def open_envelopes(renderer: SourceRenderer, parser: Parser) -> None:
    """Let a renderer whose parser is a chain in two stages take the envelopes off before its engine sees a block."""
    engine = renderer._engine  # noqa: SLF001 - made by the renderer itself, out of the parser's patterns
    if engine is not None and isinstance(parser, StagedParser):
        renderer._engine = ChainEngine(parser, engine)  # noqa: SLF001 - see above


class ChainEngine(BlockEngine):
    """Takes the envelopes off, and hands the texts to the engine of what is inside."""

    def __init__(self, parser: StagedParser, inside: BlockEngine) -> None:
        super().__init__(())
        self._parser = parser
        self._inside = inside

    def render(self, lines: BlockLines, job: BlockJob) -> bytes:
        """Events of all lines, joined by commas. Lines that are not opened stand as empty texts, and go row by row."""
        texts, entities = self._opened(lines, job)
        self._parser.rows.texts = escaped_once(entities)
        text = "\n".join(texts) + "\n"
        facts = BlockFacts.of(specials(text), longest=lines.facts.longest, empty="" in texts)
        inside = BlockLines(text, texts, lines.offsets, lines.rows, facts)
        return self._inside.render(inside, replace(job, skip_empty=True))

    def _opened(self, lines: BlockLines, job: BlockJob) -> tuple[list[str], list[bytes]]:
        """Text and entities of each line; empty where the row path has to see the whole line."""
        parse, reference_ms = self._parser.opened, job.reference_ms
        texts, entities = [""] * len(lines.rows), [b""] * len(lines.rows)
        long = set(lines.longer(LONG // 4)) if lines.facts.longest > LONG else ()
        for row, offset in enumerate(lines.offsets):
            if row in long:
                continue
            try:
                one = parse(Line(text=lines.line(row), offset=offset, reference_ms=reference_ms))
                if one is not None:
                    if not one.text.isascii():
                        one.text.encode()  # half a surrogate pair is no text that a block could hold
                    entities[row] = entities_text(one.entities).encode()
                    texts[row] = one.text
            except Exception:  # noqa: BLE001, S112 - the row path contains and counts it, line by line
                continue
        return texts, entities
