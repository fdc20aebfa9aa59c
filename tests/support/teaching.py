"""Logs whose columns change their names within a file, and an agent that is killed, refused and started again."""

from __future__ import annotations

import gzip
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import orjson

from logsource.errors import StoreFull
from logsource.pipeline import Pipeline, Progress
from logsource.render.blocks import blocks
from logsource.render.stage import InProcess, RenderedStep
from logsource.store.memory import MemoryStore
from logsource.tail.tailer import Tailer
from tests.support.clocks import ManualClock
from tests.support.rendering import renderer
from tests.support.tailing import source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.model import Chunk, DeadLetter, Tally

W3C = {"sheet": {"csv": {"w3c": True}}}


class Iis:
    """A program that calls its columns otherwise now and then. Each line says which header it stands behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.headers = self.lines = self.generations = 0
        self.expected: list[tuple[str, str]] = []

    def header(self) -> None:
        """The program is started again, with other fields."""
        self.headers += 1
        self.write(f"#Software: x\n#Fields: name{self.headers} number{self.headers}\n")

    def log(self, count: int) -> None:
        """Requests."""
        for _ in range(count):
            self.lines += 1
            self.write(f"{self.headers} {self.lines}\n")
            self.expected.append((str(self.headers), str(self.lines)))

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.write(text)

    def rotate(self, *, packed: bool = False, copy: bool = False) -> None:
        """The next file; it begins with a header of its own."""
        self.generations += 1
        for number in range(self.generations - 1, 0, -1):
            for old in self.path.parent.glob(f"{self.path.name}.{number}*"):
                old.rename(old.with_name(old.name.replace(f".{number}", f".{number + 1}")))
        first = self.path.with_name(f"{self.path.name}.1")
        if copy:
            shutil.copy2(self.path, first)
            os.truncate(self.path, 0)
        else:
            self.path.rename(first)
        self.header()
        if packed:
            archive = first.with_name(f"{first.name}.gz")
            archive.write_bytes(gzip.compress(first.read_bytes()))
            shutil.copystat(first, archive)
            first.unlink()


class _Store(MemoryStore):
    full = False

    def commit(self, **rows: Any) -> None:
        if self.full:
            raise StoreFull("no room")
        super().commit(**rows)


class _Parts(InProcess):
    """Cuts chunks, as a step of several processes does."""

    size = 1 << 20

    def render(self, chunks: Sequence[Chunk]) -> RenderedStep:
        return super().render([part for chunk in chunks for part in blocks(chunk, self.size)])


class Reader:
    """tail, render and store of an agent."""

    def __init__(
        self,
        log: Path,
        *,
        block_size: int = 4096,
        part: int = 1 << 20,
        parsers: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.clock = ManualClock(time.time_ns() // 1_000_000)  # files have the real time
        self.store = _Store(capacity=10**9, clock=self.clock)
        self.found: list[dict[str, str]] = []
        self._config = source(log, **options)
        self._options, self._parsers = options, parsers or W3C
        self._block_size, self._part = block_size, part
        self._boot()

    def _boot(self) -> None:
        self.tail = Tailer(
            [self._config],
            self.store.checkpoints(),
            clock=self.clock,
            linger=0.0,
            poll_interval=0.1,
            block_size=self._block_size,
        )
        self.pipeline = Pipeline(
            tail=self.tail, stage=self._stage(), store=self.store, clock=self.clock, observer=self
        )

    def _stage(self) -> InProcess:
        unmatched = {"unmatched": "event"}
        stage = _Parts(
            {"app": renderer("sheet", parsers=self._parsers, **unmatched)}, byte_limit=50_000, send_limit=500
        )
        stage.size = self._part
        return stage

    def tally(self, source: str, tally: Tally) -> None:
        """Nothing is counted here."""

    def buried(self, letters: Sequence[DeadLetter]) -> None:
        """Nothing is buried here."""

    def step(self, times: int = 1) -> Reader:
        for _ in range(times):
            self.clock.advance(1.0)
            self.pipeline.step()
        self._take()
        return self

    def settle(self) -> Reader:
        """Read all there is."""
        quiet = 0
        while quiet < 30:
            self.clock.advance(1.0)
            quiet = 0 if self.pipeline.step() is Progress.COMMITTED else quiet + 1
        self._take()
        return self

    def refuse(self) -> Reader:
        """A step that cannot be committed."""
        self.store.full = True
        self.step()
        self.store.full = False
        return self

    def crash(self) -> Reader:
        """kill -9, and a new process."""
        self.tail.close()
        self._boot()
        return self

    def reload(self) -> Reader:
        """SIGHUP: files are followed as before, parsers are made anew."""
        self.pipeline.settle()
        follow = self.tail.prepare([self._config], self.store.checkpoints())
        self.pipeline.use(self._stage())
        follow()
        return self

    def rows(self) -> list[dict[str, Any]]:
        return [dict(row.state) for row in self.store.checkpoints()]

    def _take(self) -> None:
        while (batch := self.store.take()) is not None:
            for event in orjson.loads(batch.body)["data"]:
                data = orjson.loads(event["ue_pr"])["data"]["data"]
                self.found.append(data.get("fields") or data)
            self.store.acknowledge(batch)

    def named(self) -> list[tuple[str, str]]:
        """Each line, as (its header, its number). AssertionError if it has the names of another header."""
        lines = []
        for fields in self.found:
            assert len(fields) == 2, fields
            (name, header), (column, number) = fields.items()
            assert (name, column) == (f"name{header}", f"number{header}"), fields
            lines.append((header, number))
        return lines
