"""A machine whose power may fail: logs that survive, and an outbox of which only what was synced is sure to."""

from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING

from logsource.config.model import SourceConfig
from logsource.event.payload import EventFrame
from logsource.parse.resolve import resolve_parser
from logsource.pipeline import Pipeline, Progress
from logsource.render.source import SourceRenderer
from logsource.render.stage import InProcess
from logsource.store.disk import DiskStore
from logsource.store.disk_rows import DiskRows
from logsource.store.guard import open_cache
from logsource.store.logsync import LogSync
from logsource.store.outbox import Outbox
from logsource.tail.tailer import Tailer
from tests.support.clocks import ManualClock

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.model import DeadLetter, Tally

SECTOR = 512


class Machine:
    """Logs, an agent's reading half, and a collector that remembers under which ids each line came."""

    def __init__(self, directory: Path, now_ms: int) -> None:
        self.logs, self.state = directory / "logs", directory / "state"
        self.logs.mkdir()
        self.clock = ManualClock(now_ms)
        self.written: list[str] = []
        self.ids: dict[str, set[str]] = {}
        self.syncs = self.losses = 0
        self._new_ids = 0
        DiskStore.open(self.state, capacity=2**30, sync="normal", clock=self.clock).close()
        self._boot()

    def _boot(self) -> None:
        outbox = self.state / "outbox"
        database, log = outbox / "cache.db", outbox / "cache.db-wal"
        self._files = database, log
        self.safe = database.read_bytes(), log.read_bytes() if log.exists() else b""
        cache = open_cache(outbox, "normal")
        if database.read_bytes() != self.safe[0]:  # SQLite emptied its log, which it does with a sync of both
            self.safe = database.read_bytes(), log.read_bytes()
        self.rows = DiskRows(cache, sync=self._sync)
        self.store = Outbox(self.rows, capacity=2**30, clock=self.clock)
        source = SourceConfig(name="web", paths=[str(self.logs / "*.log")], parser="plain")
        renderer = SourceRenderer(
            frame=EventFrame(source="web", host="h"), parser=resolve_parser("plain"), unmatched="event"
        )
        self.tail = Tailer(
            [source],
            self.store.checkpoints(),
            clock=self.clock,
            linger=0.0,
            poll_interval=0.1,
            new_id=self._new_id,
        )
        self.pipeline = Pipeline(
            tail=self.tail,
            stage=InProcess({"web": renderer}, byte_limit=8192, send_limit=500),
            store=self.store,
            clock=self.clock,
            observer=self,
        )

    def _new_id(self) -> str:
        self._new_ids += 1
        return f"{self._new_ids:032x}"

    def _sync(self) -> None:
        LogSync(str(self.state / "outbox"))()
        self.syncs += 1
        database, log = self._files
        self.safe = database.read_bytes(), log.read_bytes()

    # Observer

    def tally(self, source: str, tally: Tally) -> None:
        """Nothing is counted here."""

    def buried(self, letters: Sequence[DeadLetter]) -> None:
        """Nothing is buried here."""

    # What happens

    def write(self, name: str, count: int) -> None:
        """A program adds lines."""
        lines = [f"line {len(self.written) + n:06d} of a program" for n in range(count)]
        self.written += lines
        with (self.logs / name).open("a", encoding="ascii") as log:
            log.write("".join(f"{line}\n" for line in lines))

    def rotate(self, name: str, *, copy: bool, packed: bool) -> None:
        """As logrotate does, with two old generations at most and nothing deleted."""
        log = self.logs / name
        number = sum(1 for _ in self.logs.glob(f"{name}.*"))
        for n in range(number, 0, -1):
            old = next(self.logs.glob(f"{name}.{n}*"))
            old.rename(old.with_name(old.name.replace(f"{name}.{n}", f"{name}.{n + 1}")))
        first = self.logs / f"{name}.1"
        if copy:
            shutil.copy2(log, first)
            with log.open("r+b") as file:
                file.truncate()
        else:
            log.rename(first)
            log.touch()
        if packed:
            with gzip.open(f"{first}.gz", "wb") as archive:
                archive.write(first.read_bytes())
            shutil.copystat(first, f"{first}.gz")
            first.unlink()

    def step(self) -> Progress:
        """The agent reads."""
        self.clock.advance(2.0)
        return self.pipeline.step()

    def settle(self) -> None:
        """Everything there is is read."""
        idle = 0
        for _ in range(200):
            idle = 0 if self.step() is Progress.COMMITTED else idle + 1
            if idle > 10:
                return
        raise AssertionError("it never settled")

    def send(self, most: int = 10**6) -> None:
        """The agent sends, and is told that it was received."""
        for _ in range(most):
            batch = self.store.take()
            if batch is None:
                break
            for event in json.loads(batch.body)["data"]:
                line = json.loads(event["ue_pr"])["data"]["data"]["message"]
                self.ids.setdefault(line, set()).add(event["eid"])
            self.store.acknowledge(batch)
        self.store.flush()

    def kill(self) -> None:
        """The agent dies; what it wrote is in the kernel's memory, from which the next one reads it."""
        database, log = self._files
        assert database.read_bytes() == self.safe[0]
        written, safe = log.read_bytes(), self.safe
        self.stop()
        database.write_bytes(safe[0])
        log.write_bytes(written)
        self._boot()
        self.safe = safe

    def lose_power(self, chance: random.Random | None = None) -> None:
        """What was synced is there after the next start; of the rest any part may be missing, all of it by default."""
        self.losses += 1
        database, log = self._files
        assert database.read_bytes() == self.safe[0], (
            "a checkpoint: this machine does not know what that syncs"
        )
        now = log.read_bytes()
        assert now.startswith(self.safe[1])
        self.stop()
        rest = bytearray()
        if chance is not None:
            rest += now[len(self.safe[1]) :]
            if chance.random() < 0.5:
                del rest[chance.randrange(len(rest) + 1) :]
            for at in range(0, len(rest), SECTOR):
                if chance.random() < 0.3:
                    rest[at : at + SECTOR] = bytes(len(rest[at : at + SECTOR]))
        database.write_bytes(self.safe[0])
        log.write_bytes(self.safe[1] + rest)
        self._boot()

    def stop(self) -> None:
        """Close what is open."""
        self.tail.close()
        self.store.close()
