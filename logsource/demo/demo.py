"""The whole main job on one machine: a writer, the agent, the embedded collector, and an honest total."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from logsource.clock import SystemClock
from logsource.demo.agentprocess import AgentProcess
from logsource.demo.screen import Picture
from logsource.demo.writer import DemoWriter
from logsource.event.resolver import local_resolver
from logsource.event.validate import Validators
from logsource.web.collector.app import create_app
from logsource.web.collector.core import Collector
from logsource.web.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from logsource.web.server import WebServer

SOURCE = "demo"
START_UP = 30.0
"""Seconds for the agent to start on a very busy machine."""
CATCH_UP = 20.0
"""Seconds after Ctrl-C for the last lines to arrive."""
STANDSTILL = 3.0
"""Seconds without any change after which nothing more is expected."""
STEP = 0.5
"""Seconds between pictures."""
RATE_STEPS = 8
"""Pictures over which the rate is averaged; events come in lumps of one linger."""


@dataclass(frozen=True, slots=True)
class Total:
    """What it came to."""

    lines: int
    """Lines written by the demo, or read by the agent from somebody else's file."""
    good: int
    bad: int
    missing: int
    duplicated: int
    dropped: int
    """Lines left out on purpose, such as empty ones."""
    dead: int
    resent: int
    """Deliveries of an event that had arrived before, identical: harmless, the warehouse removes them."""

    unread: int
    """Bytes at the end of files that are no complete line yet."""

    @property
    def honest(self) -> bool:
        """Every line is one good event, or was left out on purpose."""
        return self.missing == 0 and self.duplicated == 0 and self.bad == 0 and self.dead == 0


class Demo:
    """Start it, take `picture`s, and `finish` it; leaving the `with` block ends whatever still runs."""

    def __init__(
        self, folder: Path, *, log: Path | None, parser: str, rate: int, rotate: int, listen: int, web: int
    ) -> None:
        self._clock = SystemClock()
        self._started = self._clock.monotonic()
        self.parser = parser
        self.log = log or folder / "access.log"
        self.collector = Collector(Validators(local_resolver(())), clock=self._clock)
        self._server = _serve_near(self.collector, listen)
        self.page = f"{self._server.url}/"
        self._listen = f"127.0.0.1:{_free_port(web)}"
        self.agent_url = f"http://{self._listen}"
        self._writer = DemoWriter(self.log, rate=rate, rotate=rotate) if log is None else None
        if self._writer is not None:
            self.log.touch()
        config = folder / "logsource.yaml"
        config.write_text(self._config(folder), encoding="utf-8")
        self.agent_log = folder / "agent.log"
        self._seen: deque[tuple[float, int]] = deque([(self._started, 0)], maxlen=RATE_STEPS)
        self._agent = AgentProcess(config, listen=self._listen, log=self.agent_log)

    def __enter__(self) -> Self:
        # What is rotated away before an agent has ever seen a log is nobody's: it would count as missing.
        deadline = self._clock.monotonic() + START_UP
        tick = threading.Event()
        while self._agent.running and self._agent.status() is None and self._clock.monotonic() < deadline:
            tick.wait(STEP / 10)
        if self._writer is not None:
            self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.stop()
        self._agent.kill()
        self._server.stop()

    def _config(self, folder: Path) -> str:
        # JSON strings are YAML strings, whatever a path may hold; "$" begins a reference in our YAML.
        def text(value: object) -> str:
            return json.dumps(str(value).replace("$", "$$"))

        return (
            f"agent: {{state_dir: {text(folder / 'state')}}}\n"
            f"collector: {{url: {text(self._server.url)}, linger: 200ms}}\n"
            f"sources:\n  - name: {SOURCE}\n    paths: [{text(_literal(self.log))}]\n    parser: {text(self.parser)}\n"
            f"web: {{listen: {text(self._listen)}}}\n"
        )

    @property
    def agent_running(self) -> bool:
        """Whether the agent still lives; it should until `finish`."""
        return self._agent.running

    def picture(self) -> Picture:
        """Everything, now."""
        now = self._clock.monotonic()
        summary = self.collector.summary()
        then, arrived = self._seen[0]
        rate = (summary.good + summary.bad - arrived) / max(now - then, 0.001)
        self._seen.append((now, summary.good + summary.bad))
        return Picture(
            seconds=now - self._started,
            written=None if self._writer is None else self._writer.lines,
            rotations=0 if self._writer is None else self._writer.rotations,
            status=self._agent.status(),
            collector=summary,
            rate=rate,
        )

    def finish(self, show: Callable[[Picture], None]) -> Total:
        """Stop writing, let everything arrive, stop the agent, count."""
        if self._writer is not None:
            self._writer.stop()
        deadline = self._clock.monotonic() + CATCH_UP
        tick = threading.Event()
        picture = self.picture()
        changed = self._clock.monotonic()
        while self._agent.running and not _settled(picture):
            now = self._clock.monotonic()
            if now >= deadline or now >= changed + STANDSTILL:
                break
            tick.wait(STEP / 2)
            before, picture = picture, self.picture()
            show(picture)
            if before.progress != picture.progress:
                changed = now
        if not self._agent.stop(CATCH_UP):
            picture = self.picture()
        return self._total(picture)

    def _total(self, picture: Picture) -> Total:
        summary = self.collector.summary()
        status = picture.status
        dropped = int(status["totals"]["dropped"]) if status else 0
        dead = int(status["outbox"]["dead_letters"]) if status else 0
        lines = picture.lines if picture.written is None else picture.written
        return Total(
            lines=lines,
            good=summary.good,
            bad=summary.bad,
            missing=max(0, lines - dropped - summary.unique),
            duplicated=summary.conflicts + max(0, summary.unique + dropped - lines),
            dropped=dropped,
            dead=dead,
            resent=summary.duplicates,
            unread=picture.unread,
        )


def _settled(picture: Picture) -> bool:
    """Everything that was written was read, and everything that was read has arrived."""
    if picture.status is None or picture.outbox or picture.lag:
        return False
    return picture.written is None or picture.lines >= picture.written


def _literal(path: Path) -> str:
    """A path as a glob that matches only it."""
    return "".join(f"[{char}]" if char in "*?[{" else char for char in str(path.absolute()))


def _serve_near(collector: Collector, port: int) -> WebServer:
    """Serve on the usual port, or on a free one when it is taken."""
    return serve(create_app(collector), "127.0.0.1", _free_port(port))


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            bound: int = probe.getsockname()[1]
            return bound
    return 0
