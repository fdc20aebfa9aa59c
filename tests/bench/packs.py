"""The table by pack: what it costs to make events of a pack's lines, on one core.

Measured is the rendering stage of the agent (`SourceRenderer.render` and `cut`): from blocks of 192 KiB of raw bytes to
complete POST bodies, with event ids, times and checks. Reading, storing and sending are not in it; they are the same
for every pack, and in the other table. Counted is CPU time of this process (user and system), so lines a second are
lines a second of one core; of several rounds the best is shown, because on a shared machine it is the nearest to what
the work needs. Each round has a new parser and renderer, warmed up with other lines: nothing is remembered.
"""

from __future__ import annotations

import gc
import sys
import time
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from logsource.agent.process import tune_malloc
from logsource.event.payload import EventFrame
from logsource.model import Checkpoint, Chunk, Line, Tally
from logsource.parse.packs import PackIndex
from logsource.parse.samples import sample_files
from logsource.render.cut import cut
from logsource.render.source import SourceRenderer
from tests.bench.packlines import SEED, Grower

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.packs import Pack
    from logsource.parse.samples import SampleFile

BLOCK = 192 * 1024
BYTE_LIMIT, SEND_LIMIT = 131_072, 500
ODD = "odd"
"""Sample files with lines that no program writes."""
LINES, QUICK_LINES = 20_000, 4_000
ROUNDS, QUICK_ROUNDS = 3, 1
SLOW = 60_000
"""Lines a second; a pack below that says why in its README."""


@dataclass(frozen=True)
class PackResult:
    """What one pack came to."""

    pack: str
    kind: str
    """`lines`, or `records`: of several lines each, which a source with `multiline` gives one by one."""
    records: int
    lines: int
    line_bytes: float
    event_bytes: float
    cpu: float
    """Seconds of the best round."""
    rounds: tuple[float, ...]
    columns: bool
    """Whether blocks of lines are taken apart as a whole."""
    reason: str
    """Why it is slow, as the README says."""
    problem: str | None

    @property
    def rate(self) -> float:
        """Lines of the file a second."""
        return self.lines / self.cpu

    @property
    def cpu_per_million(self) -> float:
        """CPU seconds for a million lines."""
        return self.cpu * 1e6 / self.lines


def run(names: Sequence[str], *, lines: int = LINES, rounds: int = ROUNDS) -> Iterator[PackResult]:
    """Measure these packs, or all of them."""
    tune_malloc()
    index = PackIndex()
    for name in names or index.names():
        pack = index.load(name)
        samples = [one for one in sample_files(pack) if not one.file.stem.startswith(ODD)]
        for kind in ("lines", "records"):
            chosen = [
                one
                for one in samples
                if ("\n" in "".join(line.text for line in one.lines)) == (kind == "records")
            ]
            work = _Work(pack, chosen, kind, lines)
            if work.chunks:
                yield work.result(rounds)


class _Work:
    """Everything that one pack has to render, made before the clock starts."""

    def __init__(self, pack: Pack, samples: Sequence[SampleFile], kind: str, lines: int) -> None:
        self._pack = pack
        self._kind = kind
        self.chunks: list[Chunk] = []
        self._warm: list[Chunk] = []
        for sample in samples:
            number = max(1, lines // len(samples))
            self.chunks += _grown(sample, pack, kind, number, SEED)
            self._warm += _grown(sample, pack, kind, min(number, 200), SEED + 1)
        self._bytes = sum(chunk.end - chunk.start for chunk in self.chunks)
        self._lines = sum(map(_lines_of, self.chunks))

    def result(self, rounds: int) -> PackResult:
        """Measure."""
        taken, size, tally, renderer = [], 0, Tally(), None
        for _ in range(rounds):
            renderer = _renderer(self._pack)
            for chunk in self._warm:
                renderer.render(chunk)
            gc.collect()
            gc.freeze()  # as `logsource run` does
            tally, size, events = Tally(), 0, 0
            started = time.process_time()
            for chunk in self.chunks:
                rendered = renderer.render(chunk)
                tally.add(rendered.tally)
                for batch in cut(rendered.events, byte_limit=BYTE_LIMIT, send_limit=SEND_LIMIT):
                    size += len(batch.body)
                    events += batch.events
            taken.append(time.process_time() - started)
            gc.unfreeze()
        records = tally.read
        parsed = sum(tally.events.values()) - sum(tally.unparsed.values())
        assert renderer is not None
        problem = f"{records - parsed:,} of {records:,} became no record" if parsed != records else None
        if events != records or renderer.fell_back:
            problem = f"{events:,} events of {records:,} records, {renderer.fell_back} blocks fell back"
        return PackResult(
            pack=self._pack.name,
            kind=self._kind,
            records=records,
            lines=self._lines,
            line_bytes=self._bytes / self._lines,
            event_bytes=size / records,
            cpu=min(taken),
            rounds=tuple(taken),
            columns=renderer.has_columns and self._kind == "lines",
            reason=self._pack.spec.speed,
            problem=problem,
        )


def _renderer(pack: Pack) -> SourceRenderer:
    fresh = PackIndex().load(pack.name)
    return SourceRenderer(frame=EventFrame(source="bench", host="bench-01"), parser=fresh.parser)


def _grown(sample: SampleFile, pack: Pack, kind: str, number: int, seed: int) -> Iterator[Chunk]:
    """Blocks of one file."""
    grower = Grower(sample.lines, pack.parser, seed)
    if not grower:
        return
    reference = sample.lines[0].reference_ms
    start = 0
    texts: list[str] = []
    size = 0
    left = number
    for text in grower.lines(number):
        left -= 1
        texts.append(text)
        size += len(text.encode()) + 1
        if size >= BLOCK or not left:
            yield _chunk(texts, start, reference, framed=kind == "records")
            start += size
            texts, size = [], 0


def _chunk(texts: Sequence[str], start: int, reference_ms: int, *, framed: bool) -> Chunk:
    data = "".join(f"{text}\n" for text in texts).encode()
    end = start + len(data)
    lines = None
    if framed:
        offsets = accumulate((len(text.encode()) + 1 for text in texts[:-1]), initial=start)
        lines = tuple(
            Line(text=text, offset=offset, reference_ms=reference_ms)
            for text, offset in zip(texts, offsets, strict=True)
        )
        data = b""
    return Chunk(
        source="bench",
        path="/var/log/bench.log",
        file_id="b" * 32,
        epoch=0,
        start=start,
        end=end,
        data=data,
        read_ms=reference_ms,
        mtime_ms=reference_ms,
        checkpoint=Checkpoint(file_id="b" * 32, source="bench", offset=end, state={}),
        lines=lines,
    )


def _lines_of(chunk: Chunk) -> int:
    if chunk.lines is None:
        return chunk.data.count(b"\n")
    return sum(line.text.count("\n") + 1 for line in chunk.lines)


def progress(result: PackResult) -> None:
    """One row to the terminal, while the others are still to come."""
    print(
        f"{result.pack:<20} {result.kind:<8} {result.rate:>10,.0f} lines/s {result.cpu_per_million:>7.2f} CPU-s/M"
        f"{'' if result.columns else '  row by row'}{'  ' + result.problem if result.problem else ''}",
        file=sys.stderr,
        flush=True,
    )
