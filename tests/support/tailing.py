"""Write, rotate, step, assert: a tailer on real files, with a clock of its own and a store that is a dict."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logsource.config.model import SourceConfig
from logsource.tail.tailer import Tailer
from tests.support.clocks import DatedByFiles, ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import Checkpoint, Chunk
    from logsource.tail.api import TailEvent


class Got:
    """One record as it came out, with everything its event id is made of."""

    def __init__(self, chunk: Chunk, offset: int, text: str, flags: frozenset[str]) -> None:
        self.id = (chunk.file_id, chunk.epoch, offset)
        self.path = chunk.path
        self.source = chunk.source
        self.text = text
        self.flags = flags

    def __repr__(self) -> str:
        return f"{self.text!r}@{self.id[0][:4]}/{self.id[1]}/{self.id[2]}"


def records(chunk: Chunk) -> Iterable[Got]:
    """The records of a chunk, as the renderer sees them."""
    if chunk.lines is not None:
        assert chunk.data == b""
        for line in chunk.lines:
            yield Got(chunk, line.offset, line.text, line.flags)
        return
    assert chunk.data.endswith(b"\n")
    assert len(chunk.data) == chunk.end - chunk.start
    offset = chunk.start
    for raw in chunk.data.split(b"\n")[:-1]:
        yield Got(chunk, offset, raw.removesuffix(b"\r").decode("utf-8", "replace"), frozenset())
        offset += len(raw) + 1


def cuts_in(events: Iterable[TailEvent]) -> Counter[str]:
    """How often records were cut, by the limit."""
    total: Counter[str] = Counter()
    for event in events:
        if event.kind == "cut":
            total[event.label] += event.bytes
    return total


class Tailing:
    """A tailer that can be stepped, paused, crashed and restarted; remembers what was committed."""

    def __init__(self, *configs: SourceConfig, linger: float = 0.0, **options: Any) -> None:
        self.configs = configs
        self.clock = ManualClock(time.time_ns() // 1_000_000)  # files have the real time
        self.options: dict[str, Any] = {
            "linger": linger,
            "block_size": 4096,
            "poll_interval": 0.1,
            **options,
        }
        self.rows: dict[str, Checkpoint] = {}
        self.got: list[Got] = []
        self.chunks: list[Chunk] = []
        self.events: list[TailEvent] = []
        self.paused = False
        self._ends: dict[tuple[str, int], int] = {}
        self._ids = 0
        self._settled_events = 0
        self.tail = self._new()

    def _new(self) -> Tailer:
        return Tailer(
            self.configs,
            list(self.rows.values()),
            clock=self.clock,
            waker=None,
            on_event=self.events.append,
            new_id=self._new_id,
            **self.options,
        )

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:04x}" + "0" * 28

    def step(self, times: int = 1, *, seconds: float = 1.0) -> Tailing:
        """Let time pass, scan, read all that is due and commit it."""
        for _ in range(times):
            self.clock.advance(seconds)
            self.tail.scan()
            if self.paused:
                for chunk in self.tail.read(1 << 20):
                    self.tail.rolled_back(chunk)
                continue
            while chunks := self.tail.read(1 << 20):
                self.commit(chunks)
            self.commit([])
        return self

    def commit(self, chunks: list[Chunk]) -> None:
        """One transaction: rows that changed, then the chunks with their checkpoints."""
        updates = self.tail.updates()
        for row in [*updates, *(row for chunk in chunks for row in chunk.checkpoints)]:
            if row.state:
                self.rows[row.file_id] = row
            else:
                self.rows.pop(row.file_id, None)
        self.tail.recorded(updates)
        self._settled_events = len(self.events)
        for chunk in chunks:
            self._check_seamless(chunk)
            self.chunks.append(chunk)
            self.got.extend(records(chunk))
            self.tail.committed(chunk)

    def _check_seamless(self, chunk: Chunk) -> None:
        content = (chunk.file_id, chunk.epoch)
        if content in self._ends:
            assert chunk.start == self._ends[content], "chunks of one file leave no gap and never overlap"
        assert chunk.end > chunk.start
        assert chunk.checkpoint.offset == chunk.end
        self._ends[content] = chunk.end

    def settle(self) -> Tailing:
        """Step until a rotated file's end is proven and copies are told from truncations."""
        return self.step(30)

    def crash(self) -> Tailing:
        """kill -9: what was not committed never happened."""
        self.tail.close()
        del self.events[self._settled_events :]
        self.tail = self._new()
        return self

    def stop(self) -> Tailing:
        self.tail.close()
        del self.events[
            self._settled_events :
        ]  # counters are of one process; what was not committed comes again
        return self

    def start(self) -> Tailing:
        self.tail = self._new()
        return self

    def reconfigure(self, *configs: SourceConfig) -> Tailing:
        """SIGHUP: what is known is committed, then these are the sources."""
        self.commit([])
        self.configs = configs
        self.tail.reconfigure(configs, list(self.rows.values()))
        return self

    def texts(self, path: str | None = None) -> list[str]:
        """What came out, in order."""
        return [one.text for one in self.got if path is None or one.path == path]

    def abandoned(self) -> Counter[str]:
        """Bytes given up, by reason."""
        total: Counter[str] = Counter()
        for event in self.events:
            if event.kind == "abandoned":
                total[event.label] += event.bytes
        return total

    def cuts(self) -> Counter[str]:
        """How often records were cut, by the limit."""
        return cuts_in(self.events)

    def rotations(self) -> list[str]:
        return [event.label for event in self.events if event.kind == "rotation"]


class Dated(Tailing):
    """Has the wall clock of the files."""

    def _new(self) -> Tailer:
        if not isinstance(self.clock, DatedByFiles):
            self.clock = DatedByFiles()
        return super()._new()


def source(*paths: Path | str, name: str = "app", **options: Any) -> SourceConfig:
    """A source of plain lines; files are read from their beginning."""
    return SourceConfig(name=name, paths=[str(path) for path in paths], **options)


def numbered(first: int, count: int, prefix: str = "line") -> list[str]:
    return [f"{prefix} {number:06d}" for number in range(first, first + count)]


_NOW = datetime.now(UTC)


def dated(first: int, count: int) -> list[str]:
    """Numbered lines that say when they were written, one second after the other."""
    return [
        f"{_NOW + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ} line {number:06d}"
        for number in range(first, first + count)
    ]


def write(path: Path, lines: Iterable[str], *, end: str = "\n") -> None:
    """Append lines."""
    with path.open("ab") as file:
        file.write("".join(line + end for line in lines).encode())


def next_tick(path: Path) -> None:
    """What is written from now on has a later time than this file: time stamps are as coarse as the kernel's clock."""
    last = path.stat().st_mtime_ns // 1_000_000
    with tempfile.NamedTemporaryFile(dir=path.parent.parent) as clock:
        while os.fstat(clock.fileno()).st_mtime_ns // 1_000_000 <= last:
            clock.write(b".")
            clock.flush()


def descriptors(path: Path) -> set[int]:
    """Descriptors of this process that hold the file open."""
    wanted = path.stat()
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            status = entry.stat()
        except FileNotFoundError:  # the listing's own
            continue
        if (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino):
            found.add(int(entry.name))
    return found


def deleted_and_held() -> list[str]:
    """Names of deleted logs that this process holds open, once for each descriptor."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            target = descriptor.readlink().name
            if target.endswith(".log (deleted)"):
                names.append(target.removesuffix(".log (deleted)"))
    return sorted(names)
