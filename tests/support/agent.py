"""The installed agent as a process: start it, look at it, stop it in order, or kill it.

with AgentProcess(config) as agent:
    agent.wait_for_log("event=started")
    ...
    agent.kill()
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LOGSOURCE = str(Path(sys.executable).parent / "logsource")
"""The command as an installation puts it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5
"""Seconds between two questions."""


def write_config(
    directory: Path,
    url: str,
    *sources: dict[str, Any],
    name: str = "logsource.yaml",
    agent: dict[str, Any] | None = None,
    outbox: dict[str, Any] | None = None,
    **collector: Any,
) -> Path:
    """A configuration that keeps its state in `directory` and retries fast enough for a test."""
    collector.setdefault("retry", {"initial": "20ms", "max": "200ms"})
    collector.setdefault("linger", "20ms")
    config = {
        "agent": {"name": "host-1", "state_dir": str(directory / "state"), **(agent or {})},
        "collector": {"url": url, "app_id": "shop", **collector},
        "outbox": outbox or {},
        "web": {"listen": "127.0.0.1:0"},
        "sources": list(sources),
    }
    path = directory / name
    path.write_text(yaml.safe_dump(config))
    return path


def source(*paths: Path | str, name: str = "web", parser: str = "plain", **more: Any) -> dict[str, Any]:
    """One source of a configuration."""
    return {"name": name, "paths": [str(path) for path in paths], "parser": parser, **more}


class AgentProcess:
    """`logsource run -c CONFIG`, started at once; leaving the `with` block kills what still runs."""

    def __init__(self, config: Path, *options: str, prefix: Sequence[str] = ()) -> None:
        """`prefix`: a command that runs the agent with less than it has by default (setpriv, prlimit …)."""
        self.log: list[str] = []
        """Lines of its stderr so far."""
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [*prefix, LOGSOURCE, "run", "-c", str(config), *options],
            # Not ours: whoever waits for the end of our output would wait for an agent that outlived us, too.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._close()

    @property
    def pid(self) -> int:
        return self.process.pid

    # -- waiting ---------------------------------------------------------------------------------

    def wait_for_log(self, *wanted: str, timeout: float = 60.0) -> str:
        """The first line of its log that holds all of `wanted`."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for line in self.log[seen:]:
                    if all(one in line for one in wanted):
                        return line
                seen = len(self.log)
                left = deadline - time.monotonic()
                assert left > 0, f"no {wanted} in its log within {timeout} s:\n{self.tail()}"
                assert not self._ended, f"the agent ended without {wanted}:\n{self.tail()}"
                self._changed.wait(left)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Wait until a condition of the world holds, while the agent runs.

        Most conditions are asked of the agent. The longer it takes, the longer are the pauses: a busy machine has its time
        for other things than answers, and nobody waits a quarter longer than necessary.
        """
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            assert waited < timeout, f"not within {timeout} s:\n{self.get('/status')[1]}\n{self.tail()}"
            self.still_runs_after(min(max(FIRST_PAUSE, waited / 4), LONGEST_PAUSE))

    def still_runs_after(self, seconds: float) -> None:
        """Let the agent work; it must not end by itself meanwhile."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._ended, seconds) and self.process.poll() is None:
                return
        status = self.process.wait(60)
        self._close()
        raise AssertionError(f"the agent ended by itself with status {status}:\n{self.tail()}")

    def wait(self, timeout: float = 60.0) -> int:
        """Exit status, once it ends by itself."""
        status = self.process.wait(timeout)
        self._close()
        return status

    def tail(self, lines: int = 20) -> str:
        return "".join(self.log[-lines:])

    # -- ending it -------------------------------------------------------------------------------

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        self.process.kill()
        self.wait()

    def stop(self, timeout: float = 60.0) -> int:
        """SIGTERM; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    # -- looking at it ---------------------------------------------------------------------------

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of its web server."""
        line = self.wait_for_log("event=listening")
        found = re.search(r"url=(\S+)", line)
        assert found is not None, line
        address = urlsplit(found[1])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def status(self) -> dict[str, Any]:
        return json.loads(self.get("/status")[1])

    def metric(self, series: str) -> float:
        """Value of one series, written as in the Prometheus text; 0 when there is none."""
        for line in self.get("/metrics")[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return 0.0

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Wait for /readyz to say so."""
        self.wait_until(lambda: self.get("/readyz")[0] == 200, timeout)

    def cpu_seconds(self) -> float:
        """User and system time it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_rss(self) -> int:
        """Most bytes of memory that were resident at once so far."""
        return self._memory("VmHWM")

    def rss(self) -> int:
        """Bytes of memory that are resident now."""
        return self._memory("VmRSS")

    def _memory(self, what: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    # -- inside ----------------------------------------------------------------------------------

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                self.log.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _close(self) -> None:
        self.process.wait(60)
        self._reader.join(60)
        assert self.process.stderr is not None
        self.process.stderr.close()


def run_once(config: Path, *, timeout: float = 60.0, prefix: Sequence[str] = ()) -> AgentProcess:
    """`logsource run --once`, run to its end; the exit status is `.process.returncode`."""
    with AgentProcess(config, "--once", prefix=prefix) as agent:
        agent.wait(timeout)
    return agent
