"""An agent that follows files that somebody is writing, for latency and for what idling costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.bench.sinkproc import SinkProcess
from tests.bench.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.task import Agent

LINE = (
    '203.0.113.7 - - [31/Oct/2026:00:00:00 +0000] "GET /a/page?n={} HTTP/1.1" 200 5000 '
    '"https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"\n'
)
START = 15.0
"""Seconds an agent may take until the first line is at the sink."""


@contextmanager
def following(
    agent: Agent, folder: Path, *, files: int
) -> Iterator[tuple[subprocess.Popen[bytes], SinkProcess, list[Path]]]:
    """The agent, its sink and the files, each with one line that has already arrived."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    logs = [folder / "logs" / f"access-{number}.log" for number in range(files)]
    for log in logs:
        log.write_text(LINE.format(0))
    with SinkProcess(folder, marker=agent.marker, reply=agent.reply, record="stamps") as sink:
        pattern = logs[0] if files == 1 else folder / "logs" / "*.log"
        launch = agent.launch(Task(log=pattern, lines=0, port=sink.port, folder=folder))
        with (folder / "stderr").open("wb") as stderr:
            child = subprocess.Popen(
                launch.command, env={**os.environ, **launch.env}, stdout=stderr, stderr=stderr, cwd=folder
            )
        try:
            deadline = time.monotonic() + START
            while sink.seen.events < files and child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if sink.seen.events < files:
                raise RuntimeError(
                    f"nothing arrived:\n{(folder / 'stderr').read_text(errors='replace')[-2000:]}"
                )
            time.sleep(1.0)
            yield child, sink, logs
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
