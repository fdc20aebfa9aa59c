"""How long a line takes from the file to the collector, at 100 lines a second."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

from tests.bench.following import LINE, following
from tests.bench.ours import Ours
from tests.bench.rsyslog import Rsyslog
from tests.bench.syslog_ng import SyslogNg

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.task import Agent

AGENTS: dict[str, Agent] = {
    "logsource, default linger": Ours(once=False),
    "logsource, linger: 20ms": Ours(once=False, linger="20ms"),
    "rsyslog": Rsyslog(),
    "syslog-ng, batch-timeout(10)": SyslogNg(batch_timeout=10),
}
EVERY = 0.01
ARRIVE = 5.0
"""Seconds the last line may take."""


def run(*, seconds: float, folder: Path) -> dict[str, dict[str, float]]:
    """Agent → p50, p99 and worst in milliseconds, and how many lines did not arrive."""
    done = {}
    for title, agent in AGENTS.items():
        if agent.missing():
            continue
        print(f"latency, {title}, {seconds:g} s", file=sys.stderr)
        done[title] = _one(agent, lines=int(seconds / EVERY), folder=folder / "latency")
    return done


def _one(agent: Agent, *, lines: int, folder: Path) -> dict[str, float]:
    with following(agent, folder, files=1) as (_, sink, logs):
        written = {}
        with logs[0].open("ab", buffering=0) as log:
            due = time.monotonic()
            for number in range(1, lines + 1):
                due += EVERY
                time.sleep(max(0.0, due - time.monotonic()))
                log.write(LINE.format(number).encode())
                written[number] = time.monotonic_ns()
        deadline = time.monotonic() + ARRIVE
        while sink.seen.events < lines + 1 and time.monotonic() < deadline:
            time.sleep(0.02)
    arrived = dict(sink.finish()["stamps"])
    took = sorted((arrived[number] - at) / 1e6 for number, at in written.items() if number in arrived)
    percentiles = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "p50": percentiles[49],
        "p99": percentiles[98],
        "worst": took[-1],
        "lines": lines,
        "missing": lines - len(took),
    }
