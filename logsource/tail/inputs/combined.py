"""Files and inputs side by side: one `Tail` of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logsource.config.model import SourceConfig
    from logsource.model import Checkpoint, Chunk
    from logsource.tail.api import FileStatus
    from logsource.tail.inputs.tail import InputTail
    from logsource.tail.tailer import Tailer


class CombinedTail:
    """Reads from both in turns: each may fill half of a step, and more of it when the other has little."""

    def __init__(self, files: Tailer, inputs: InputTail) -> None:
        self._files = files
        self._inputs = inputs
        self._files_first = False
        self._draining = False

    def scan(self) -> None:
        """Look for news on both sides."""
        self._inputs.scan()
        if not self._draining:
            self._files.scan()

    def read(self, budget: int) -> list[Chunk]:
        """Up to about `budget` bytes of complete records, at most one chunk a file or stream."""
        if self._draining:
            return self._inputs.read(budget)
        if not self._inputs.names:
            return self._files.read(budget)
        self._files_first = not self._files_first
        pair = (self._files, self._inputs) if self._files_first else (self._inputs, self._files)
        first, second = pair
        chunks = first.read(max(budget // 2, 1))
        chunks += second.read(max(budget - _size(chunks), 1))
        left = budget - _size(chunks)
        if left >= budget // 4:
            chunks += first.read(left)
        return chunks

    def taught(self, chunk: Chunk, learned: tuple[int, ...]) -> Chunk:
        """Keep with its file from which records a parser learned."""
        return self._side(chunk.source).taught(chunk, learned)

    def committed(self, chunk: Chunk) -> None:
        """The chunk is safe."""
        self._side(chunk.source).committed(chunk)

    def rolled_back(self, chunk: Chunk) -> None:
        """The commit did not happen."""
        self._side(chunk.source).rolled_back(chunk)

    def updates(self) -> list[Checkpoint]:
        """Rows that changed without a chunk."""
        return [*self._files.updates(), *self._inputs.updates()]

    def recorded(self, updates: Sequence[Checkpoint]) -> None:
        """These rows were committed."""
        self._files.recorded([row for row in updates if row.source not in self._inputs.names])
        self._inputs.recorded([row for row in updates if row.source in self._inputs.names])

    def drain(self) -> None:
        """Receive no more, and read only what was received: what is in files is still there after the end."""
        self._draining = True
        self._inputs.drain()

    def reconfigure(self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]) -> None:
        """Follow these sources from now on; if that fails, nothing has changed. See `prepare`."""
        self.prepare(sources, checkpoints)()

    def prepare(
        self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]
    ) -> Callable[[], None]:
        """Build what is new of these sources. What is returned has them followed from then on, and does not fail.

        What reads as before goes on as it is. No chunk may be pending.
        """
        files, inputs = split(sources)
        receive, follow = (
            self._inputs.prepare(inputs, checkpoints),
            self._files.prepare(files, checkpoints),
        )

        def take_over() -> None:
            receive()
            follow()

        return take_over

    def wait_hint(self) -> float:
        """Seconds until something may be due."""
        inputs = self._inputs.wait_hint()
        return inputs if self._draining else min(inputs, self._files.wait_hint())

    def at_end(self) -> bool:
        """Whether both are at their end."""
        return self._inputs.at_end() and self._files.at_end()

    def status(self) -> Sequence[FileStatus]:
        """Every file and every stream."""
        return [*self._files.status(), *self._inputs.status()]

    def found(self) -> Mapping[str, int]:
        """By source: new files that wait to be opened."""
        return self._files.found()

    def close(self) -> None:
        """Let go of everything; idempotent."""
        self._inputs.close()
        self._files.close()

    @property
    def waiting(self) -> int:
        """Bytes received and not committed."""
        return self._inputs.waiting

    def _side(self, source: str) -> Tailer | InputTail:
        return self._inputs if source in self._inputs.names else self._files


def split(sources: Sequence[SourceConfig]) -> tuple[list[SourceConfig], list[SourceConfig]]:
    """Sources of files, and the others."""
    return (
        [one for one in sources if one.type == "file"],
        [one for one in sources if one.type != "file"],
    )


def _size(chunks: Sequence[Chunk]) -> int:
    return sum(max(chunk.end - chunk.start, 1) for chunk in chunks)
