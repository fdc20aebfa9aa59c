"""The rendering stage of a step: chunks in, POST bodies, tallies and dead letters out; here, in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from logsource.model import Batch, DeadLetter, PackedBatch, Rendered, Tally
from logsource.render.cut import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.model import Chunk

BLOCK = 192 * 1024
"""Bytes of log rendered at once; about 940 nginx lines, seven POST bodies."""


class Renderer(Protocol):
    """Makes events of chunks; a pure function."""

    def render(self, chunk: Chunk) -> Rendered:
        """Events, tally and dead letters of one chunk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedStep:
    """What the chunks of one step came to, ready for one commit."""

    batches: Sequence[Batch | PackedBatch]
    tallies: Mapping[str, Tally]
    """By source."""
    dead: Sequence[DeadLetter]
    learned: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """`Rendered.learned` of the files whose chunks taught their parser something, by the row of the file."""


class Stage(Protocol):
    """Renders the chunks of a step; the same chunks give the same events in the same order, wherever it happens."""

    @property
    def step_bytes(self) -> int:
        """Bytes of log that keep it busy; how much a step should read."""
        ...

    def render(self, chunks: Sequence[Chunk]) -> RenderedStep:
        """Render chunks in their order; blocks until all are done."""
        ...

    def start(self) -> None:
        """Get ready."""
        ...

    def tend(self) -> None:
        """Look after what it is made of; called when idle."""
        ...

    def close(self) -> None:
        """Let go of everything; idempotent."""
        ...


class InProcess:
    """Renders one chunk after the other, in the thread that asks."""

    step_bytes = BLOCK

    def __init__(self, renderers: Mapping[str, Renderer], *, byte_limit: int, send_limit: int) -> None:
        """`byte_limit` (bytes) and `send_limit` (events) bound each POST body."""
        self._renderers = renderers
        self._byte_limit = byte_limit
        self._send_limit = send_limit

    def render(self, chunks: Sequence[Chunk]) -> RenderedStep:
        """Render chunks; events of several chunks share bodies."""
        tallies: dict[str, Tally] = {}
        dead: list[DeadLetter] = []
        events: list[bytes] = []
        offsets: Sequence[int] = ()
        learned: dict[str, tuple[int, ...]] = {}
        for chunk in chunks:
            rendered = self._renderers[chunk.source].render(chunk)
            tallies.setdefault(chunk.source, Tally()).add(rendered.tally)
            dead += rendered.dead
            if rendered.learned:
                learned[chunk.checkpoint.file_id] = rendered.learned
            if rendered.events:
                offsets = () if events else rendered.offsets  # of several files they would not be in order
                events.append(rendered.events)
        joined = events[0] if len(events) == 1 else b",".join(events)
        limits = {"byte_limit": self._byte_limit, "send_limit": self._send_limit}
        batches = list(cut(joined, **limits, offsets=offsets))
        return RenderedStep(batches=batches, tallies=tallies, dead=dead, learned=learned)

    def start(self) -> None:
        """Nothing to do."""

    def tend(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""
