"""Run one agent on one task and watch what it costs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from tests.bench.procfs import peak_rss_mib
from tests.bench.sinkproc import SinkProcess
from tests.bench.task import Result, Task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.task import Agent

LOOK = 0.02
"""Seconds between looks at the agent's memory and at the sink."""
STALLED = 30.0
"""Seconds without an arrival after which a run is given up."""


def measure(agent: Agent, *, log: Path, lines: int, folder: Path, ids: bool = False) -> Result:
    """One run in an empty folder; with `ids`, event ids are compared too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with SinkProcess(folder, marker=agent.marker, reply=agent.reply, record="ids" if ids else "no") as sink:
        launch = agent.launch(Task(log=log, lines=lines, port=sink.port, folder=folder))
        os.sync()  # so that nobody pays for what the run before left to write
        errors = folder / "stderr"
        with errors.open("wb") as stderr:
            started = time.monotonic_ns()
            child = subprocess.Popen(
                launch.command, env={**os.environ, **launch.env}, stdout=stderr, stderr=stderr, cwd=folder
            )
        status, cpu, rss = _watch(child, sink, lines, ends=launch.ends)
        summary = sink.finish()
    arrived = summary["events"]
    return Result(
        lines=lines,
        arrived=arrived,
        distinct=summary["distinct"],
        seconds=max(1, summary["last"] - started) / 1e9,
        cpu=cpu,
        rss_mib=rss,
        event_bytes=summary["bytes"] / max(1, arrived),
        sink_cpu=summary["cpu"],
        status=status,
        log=errors.read_text(errors="replace")[-2000:],
    )


def _watch(
    child: subprocess.Popen[bytes], sink: SinkProcess, lines: int, *, ends: bool
) -> tuple[int, float, float]:
    """Wait for the end, or for the last line and then ask it to end; status, CPU seconds, peak MiB."""
    rss, events, moved = 0.0, 0, time.monotonic()
    asked = False
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        rss = max(rss, peak_rss_mib(child.pid))
        now = time.monotonic()
        if (seen := sink.seen.events) != events:
            events, moved = seen, now
        done = not ends and events >= lines
        if not asked and (done or now - moved > STALLED):
            child.send_signal(signal.SIGTERM)
            asked, moved = True, now
        elif asked and now - moved > STALLED:
            child.kill()
        time.sleep(LOOK)
    code = os.waitstatus_to_exitcode(status)
    child.returncode = code  # it was waited for here, not there
    if asked and code == -signal.SIGTERM:
        code = 0
    return code, usage.ru_utime + usage.ru_stime, rss
