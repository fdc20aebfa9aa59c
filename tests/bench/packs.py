"""The table by pack: what it costs to make events of a pack's lines, on one core.

Measured is the rendering stage of the agent (`SourceRenderer.render` and `cut`): from blocks of 192 KiB of raw bytes to
complete POST bodies, with event ids, times and checks. Reading, storing and sending are not in it; they are the same
for every pack, and in the other table. Counted is CPU time of this process (user and system), so lines a second are
lines a second of one core; of several rounds the best is shown, because on a shared machine it is the nearest to what
the work needs. Rounds are the outer loop, so that what disturbs the machine for a while disturbs all packs. Each round
has a new parser and renderer, warmed up with other lines: nothing is remembered.
"""

from __future__ import annotations

import gc
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
    from collections.abc import Callable, Iterator, Sequence

    from logsource.parse.packs import Pack
    from logsource.parse.samples import SampleFile

BLOCK = 192 * 1024
BYTE_LIMIT, SEND_LIMIT = 131_072, 500
ODD = "odd"
"""Sample files with lines that no program writes."""
LINES, QUICK_LINES = 10_000, 3_000
ROUNDS, QUICK_ROUNDS = 5, 1
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


def run(
    names: Sequence[str],
    *,
    lines: int = LINES,
    rounds: int = ROUNDS,
    progress: Callable[[str], None] = lambda _: None,
) -> list[PackResult]:
    """Measure these packs, or all of them."""
    tune_malloc()
    works = list(_works(names, lines))
    for number in range(rounds):
        for work in works:
            seconds = work.round()
            progress(f"round {number + 1}  {work.name:<36} {seconds * 1e6 / work.lines:>7.2f} CPU-s/M")
    return [work.result() for work in works]


def _works(names: Sequence[str], lines: int) -> Iterator[_Work]:
    index = PackIndex()
    for name in names or index.names():
        pack = index.load(name)
        samples = [one for one in sample_files(pack) if not one.file.stem.startswith(ODD)]
        for kind in ("lines", "records"):
            several = kind == "records"
            chosen = [one for one in samples if any("\n" in line.text for line in one.lines) == several]
            work = _Work(pack, chosen, kind, lines)
            if work.chunks:
                yield work


class _Work:
    """Everything that one pack has to render, made before the clock starts."""

    def __init__(self, pack: Pack, samples: Sequence[SampleFile], kind: str, lines: int) -> None:
        self._pack = pack
        self._kind = kind
        self.chunks: list[Chunk] = []
        self._warm: list[Chunk] = []
        for index, sample in enumerate(samples):
            number = max(1, lines // len(samples) + (index < lines % len(samples)))
            self.chunks += _grown(sample, pack, kind, number, SEED)
            self._warm += _grown(sample, pack, kind, min(number, 200), SEED + 1)
        self.name = pack.name if kind == "lines" else f"{pack.name} (records)"
        self.lines = sum(map(_lines_of, self.chunks))
        self._bytes = sum(chunk.end - chunk.start for chunk in self.chunks)
        self._taken: list[float] = []
        self._columns = False
        self._event_bytes = 0.0
        self._records = 0
        self._problem: str | None = None

    def round(self) -> float:
        """Render everything once; CPU seconds."""
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
        self._taken.append(time.process_time() - started)
        gc.unfreeze()
        self._columns = renderer.has_columns and self._kind == "lines"
        self._event_bytes = size / max(1, events)
        self._records = tally.read
        parsed = sum(tally.events.values()) - sum(tally.unparsed.values())
        if events != tally.read or renderer.fell_back:
            self._problem = (
                f"{events:,} events of {tally.read:,} records, {renderer.fell_back} blocks fell back"
            )
        elif parsed != tally.read:
            self._problem = f"{tally.read - parsed:,} of {tally.read:,} became no record"
        return self._taken[-1]

    def result(self) -> PackResult:
        """What came of all rounds."""
        return PackResult(
            pack=self._pack.name,
            kind=self._kind,
            records=self._records,
            lines=self.lines,
            line_bytes=self._bytes / self.lines,
            event_bytes=self._event_bytes,
            cpu=min(self._taken),
            rounds=tuple(self._taken),
            columns=self._columns,
            reason=self._pack.spec.speed,
            problem=self._problem,
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
