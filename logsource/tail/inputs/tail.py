"""All sources that are not files: the `Tail` of standard input, syslog and the journal.

Receiving is done by threads of the inputs; everything here belongs to the pipeline's thread.
"""

from __future__ import annotations

import logging
import uuid
from collections import deque
from typing import TYPE_CHECKING

from logsource.tail.api import TailEvent
from logsource.tail.inputs.build import Surroundings, build_input, received_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from logsource.clock import Clock, Waker
    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint, Chunk
    from logsource.tail.api import FileStatus
    from logsource.tail.inputs.build import Input
    from logsource.tail.inputs.stream import Stream

log = logging.getLogger("logsource.tail")

BLOCK_SIZE = 196_608
LONGEST_WAIT = 1.0
"""Seconds between looks when nothing rings."""


def _nobody(_event: TailEvent) -> None:
    """Listen to nothing."""


class InputTail:
    """The `Tail` of inputs (see `logsource.tail.api` for the contract)."""

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        checkpoints: Sequence[Checkpoint],
        *,
        clock: Clock,
        waker: Waker | None = None,
        linger: float = 0.5,
        block_size: int = BLOCK_SIZE,
        once: bool = False,
        on_event: Callable[[TailEvent], None] = _nobody,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        stdin: int | None = 0,
    ) -> None:
        """`linger` is seconds; `stdin` the descriptor that a source of type stdin reads (None: closed).

        With `once`, inputs give what is there now: standard input to its end, the journal up to now, and
        nothing from the network. Nothing is opened before the first `scan`.
        """
        self._clock = clock
        self._linger = linger
        self._block_size = block_size
        self._once = once
        self._on_event = on_event
        self._later: deque[Callable[[], None]] = deque()
        self._around = Surroundings(
            clock=clock,
            ring=waker.wake if waker is not None else _silence,
            block_size=block_size,
            once=once,
            new_id=new_id,
            stdin=stdin,
            on_event=on_event,
            later=self._later.append,
        )
        self._eager = once
        self._closing = False
        self._inputs: dict[str, Input] = {}
        self._old: list[Checkpoint] = []
        self._turns: deque[Stream] = deque()
        self._streams: dict[str, Stream] = {}
        self.reconfigure(sources, checkpoints)

    def _add(self, made: Input) -> None:
        self._inputs[made.config.name] = made
        self._old += made.old
        for stream in made.streams:
            self._streams[stream.file_id] = stream
            self._turns.append(stream)

    @property
    def names(self) -> Collection[str]:
        """The sources that are inputs."""
        return self._inputs.keys()

    def reconfigure(self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]) -> None:
        """Receive for these sources from now on; if that fails, nothing has changed. See `prepare`."""
        self.prepare(sources, checkpoints)()

    def prepare(
        self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]
    ) -> Callable[[], None]:
        """Build what is new of these sources. What is returned receives for them from then on, and does not fail.

        `checkpoints` are all that are committed. No chunk may be pending. An input whose own keys stay as they are goes
        on. The others end, with what was received for them and not read yet, which is counted as given up; a listener
        that stays the same in a changed source is opened anew.
        """
        wanted = {config.name: config for config in sources}
        gone = [
            one
            for name, one in self._inputs.items()
            if name not in wanted or not received_alike(one.config, wanted[name])
        ]
        kept = self._inputs.keys() - {one.config.name for one in gone}
        built = [
            build_input(config, [row for row in checkpoints if row.source == config.name], self._around)
            for config in sources
            if config.name not in kept
        ]

        def receive() -> None:
            for one in gone:
                try:
                    self._end(one)
                except Exception:
                    log.exception("event=input_ended_badly source=%s", one.config.name)
                del self._inputs[one.config.name]
                for stream in one.streams:
                    del self._streams[stream.file_id]
                    self._turns.remove(stream)
            for one in built:
                self._add(one)

        return receive

    # The contract

    def scan(self) -> None:
        """Start receiving, and tell what the receiving threads have to report."""
        for one in self._inputs.values():
            if one.receiver is not None and not self._closing:
                one.receiver.start()
        while self._later:
            self._later.popleft()()

    def read(self, budget: int) -> list[Chunk]:
        """Up to about `budget` bytes of complete records, at most one chunk a stream, in turns."""
        now, now_ms = self._clock.monotonic(), self._clock.now_ms()
        chunks: list[Chunk] = []
        for _ in range(len(self._turns)):
            if budget <= 0:
                break
            stream = self._turns[0]
            self._turns.rotate(-1)
            if self._due_in(stream, now) > 0:
                continue
            chunk = stream.read(min(self._block_size, budget), now=now, now_ms=now_ms)
            if chunk is not None:
                chunks.append(chunk)
                budget -= max(chunk.end - chunk.start, 1)
        return chunks

    def taught(self, chunk: Chunk, learned: tuple[int, ...]) -> Chunk:  # noqa: ARG002 - nobody can read them again
        """A stream that is received anew says anew what its columns are called."""
        return chunk

    def committed(self, chunk: Chunk) -> None:
        """The chunk is safe: go on behind it."""
        stream = self._streams[chunk.file_id]
        cuts = stream.cut.cuts if stream.cut is not None else None
        left_out = stream.committed()
        for limit, number in (cuts or {}).items():
            self._on_event(
                TailEvent(kind="cut", source=chunk.source, label=limit, path=chunk.path, bytes=number)
            )
        if left_out:
            self._on_event(
                TailEvent(
                    kind="abandoned", source=chunk.source, label="max_line", path=chunk.path, bytes=left_out
                )
            )

    def rolled_back(self, chunk: Chunk) -> None:
        """The commit did not happen: the same records will be offered again."""
        self._streams[chunk.file_id].rolled_back()

    def updates(self) -> list[Checkpoint]:
        """Where to begin, and rows of earlier runs to forget."""
        return [*self._old, *(one.checkpoint() for one in self._turns if one.dirty)]

    def recorded(self, updates: Sequence[Checkpoint]) -> None:
        """These rows were committed."""
        gone = {row.file_id for row in updates if not row.state}
        self._old = [row for row in self._old if row.file_id not in gone]
        for row in updates:
            stream = self._streams.get(row.file_id)
            if stream is not None and stream.checkpoint() == row:
                stream.dirty = False

    def drain(self) -> None:
        """Receive no more; what was received is due at once."""
        self._eager = True
        self._closing = True
        for one in self._inputs.values():
            one.stop(sweep=True)

    def wait_hint(self) -> float:
        """Seconds until something may be due."""
        now = self._clock.monotonic()
        return min([LONGEST_WAIT, *(self._due_in(one, now) for one in self._turns)])

    def at_end(self) -> bool:
        """Whether everything that will ever come was committed: only where an input can end."""
        return all(one.ended for one in self._turns)

    def status(self) -> Sequence[FileStatus]:
        """Every stream."""
        return [one.status() for one in self._turns]

    def found(self) -> Mapping[str, int]:
        """Nothing: a stream is open from the start."""
        return {}

    def close(self) -> None:
        """Stop receiving; idempotent. What was received and not committed is counted as given up."""
        self._closing = True
        for one in self._inputs.values():
            self._end(one)

    def _end(self, one: Input) -> None:
        one.stop()
        for stream in one.streams:
            if lost := stream.abandon():
                self._on_event(
                    TailEvent(
                        kind="abandoned",
                        source=stream.source,
                        label="input_ended",
                        path=stream.path,
                        bytes=lost,
                    )
                )

    @property
    def waiting(self) -> int:
        """Bytes received and not committed."""
        return sum(one.waiting for one in self._turns)

    def _due_in(self, stream: Stream, now: float) -> float:
        return stream.due_in(now, block_size=self._block_size, linger=self._linger, eager=self._eager)


def _silence() -> None:
    """Ring nothing."""
