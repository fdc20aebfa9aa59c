"""Random programs over several logs: hot, cold, old, huge; with bells that ring, fail or overflow, and an outbox that fills.

Whatever the schedule prefers and whatever the kernel tells or forgets, every line comes once, in the order of its log, and
a log that keeps up is never behind a backlog for long.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from logsource.clock import EventWaker
from logsource.tail.growth import Growth
from logsource.tail.inotify import LOST, Inotify
from logsource.tail.schedule import FOUND_FULL, HELD_AT
from tests.support.tailing import Tailing, source

BLOCK = 4096
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
PADDING = "." * 100


class Deaf(Inotify):
    """Nothing rings."""

    def rung(self):
        list(super().rung())
        return iter(())


class Overflowing(Inotify):
    """Something rang."""

    def rung(self):
        list(super().rung())
        return iter([LOST])


class CrowdTailing(Tailing):
    """A tailer with bells of some kind."""

    def __init__(self, *configs, kind, limit, **options):
        self._bells = (kind, limit)
        super().__init__(*configs, **options)

    def _new(self):
        tail = super()._new()
        kind, limit = self._bells
        tail._growth = tail._poller._growth = Growth(EventWaker(), limit=limit, open_inotify=kind)
        return tail


class Crowd(RuleBasedStateMachine):
    """Six logs and an agent that reads a block a step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.written: dict[str, list[str]] = {}
        self.bodies = 0

    @initialize(
        kind=st.sampled_from([Inotify, Deaf, Overflowing]),
        limit=st.sampled_from([0, 2, 100]),
        most=st.sampled_from([2, 100]),
        linger=st.sampled_from([0.0, 0.5]),
    )
    def start(self, kind, limit, most, linger) -> None:
        self.tailing = CrowdTailing(
            source(f"{self.folder}/*.log"),
            kind=kind,
            limit=limit,
            max_open=most,
            linger=linger,
            block_size=BLOCK,
            bodies=lambda: self.bodies,
        )
        self.tailing.step()

    # The writers

    @rule(name=NAMES, count=st.integers(1, 20))
    def write(self, name: str, count: int) -> None:
        self._append(name, count, "")

    @rule(name=NAMES)
    def write_much(self, name: str) -> None:
        self._append(name, FOUND_FULL // 100 + 1000, PADDING)

    @rule(name=NAMES)
    def nobody_wrote_for_an_hour(self, name: str) -> None:
        path = self._path(name)
        if path.exists():
            status = path.stat()
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 3600 * 10**9))

    @rule(name=NAMES)
    def rotate(self, name: str) -> None:
        """Once for each log: more generations would be rotated away unseen, which is another test's affair."""
        path, old = self._path(name), self.folder / f"{name}.log.1"
        if path.exists() and not old.exists() and any(one.path == str(path) for one in self.tailing.got):
            path.rename(old)

    # The agent

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.1, 1.0, 30.0]), times=st.integers(1, 5))
    def turn(self, seconds: float, times: int) -> None:
        for _ in range(times):
            self.tailing.clock.advance(seconds)
            self.tailing.tail.scan()
            self.tailing.commit(self.tailing.tail.read(BLOCK))

    @rule(bodies=st.sampled_from([0, HELD_AT, HELD_AT + 1, 1000]))
    def outbox(self, bodies: int) -> None:
        self.bodies = bodies

    @rule()
    def crash(self) -> None:
        self.tailing.crash()

    @rule()
    def reload(self) -> None:
        self.tailing.reconfigure(source(f"{self.folder}/*.log"))

    @rule(name=NAMES, fresh=st.booleans(), full=st.booleans())
    def a_line_is_soon_there(self, name: str, fresh: bool, full: bool) -> None:
        """A log that keeps up, or is new, says one more line: it comes within a second of looking and a few steps."""
        if fresh:
            name = f"fresh{len(self.written)}"
        elif name not in self.keeping_up():
            return
        self.bodies = 1000 if full else 0
        (line,) = self._append(name, 1, "")
        for _ in range(2):
            self.tailing.clock.advance(1.1)
            self.tailing.tail.scan()
            for _ in range(len(self.written) + 2):
                self.tailing.commit(self.tailing.tail.read(BLOCK))
        assert line in self.tailing.texts(str(self._path(name)))

    # The guarantee

    @invariant()
    def in_order_and_once(self) -> None:
        for name, lines in self.written.items():
            got = self.tailing.texts(str(self._path(name)))
            assert got == lines[: len(got)]

    def teardown(self) -> None:
        if hasattr(self, "tailing"):
            self.bodies = 0
            self.tailing.settle()
            for name, lines in self.written.items():
                assert self.tailing.texts(str(self._path(name))) == lines
            assert not self.tailing.abandoned()
            self.tailing.stop()
        shutil.rmtree(self.folder)

    # Helpers

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _append(self, name: str, count: int, padding: str) -> list[str]:
        known = self.written.setdefault(name, [])
        lines = [f"{name} {len(known) + number:07d}{padding}" for number in range(count)]
        known += lines
        with self._path(name).open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))
        now = self.tailing.clock.now_ms() * 1_000_000
        os.utime(self._path(name), ns=(now, now))
        return lines

    def keeping_up(self) -> set[str]:
        """Logs of which everything has come."""
        return {
            name for name, lines in self.written.items() if self.tailing.texts(str(self._path(name))) == lines
        }


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
