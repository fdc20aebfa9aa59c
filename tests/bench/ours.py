"""This agent: `logsource run`, with --once on a log that is complete."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.task import Launch

if TYPE_CHECKING:
    from tests.bench.task import Task

CONFIG = """\
agent: {{name: bench, workers: {workers}, state_dir: {folder}/state, log_level: warning}}
collector:
  url: http://127.0.0.1:{port}
{collector}outbox: {{sync: {sync}, storage: {storage}}}
web: {{listen: ""}}
sources:
  - {{name: bench, paths: ["{log}"], parser: {parser}}}
"""


@dataclass(frozen=True)
class Ours:
    parser: str = "nginx_access"
    byte_limit: str | None = None
    """`byte_limit_post`, with a `send_limit` that does not get in its way; None: the defaults of both."""
    sync: str = "normal"
    storage: str = "disk"
    workers: int = 1
    linger: str | None = None
    once: bool = True
    """Read what is there and leave; otherwise follow until stopped."""
    marker: str = '"eid":"'
    reply: str = "ok"

    def missing(self) -> str | None:
        return None

    def launch(self, task: Task) -> Launch:
        config = task.folder / "logsource.yaml"
        limits = f"  byte_limit_post: {self.byte_limit}\n  send_limit: 10000\n" if self.byte_limit else ""
        limits += f"  linger: {self.linger}\n" if self.linger else ""
        text = CONFIG.format(
            folder=task.folder,
            port=task.port,
            workers=self.workers,
            collector=limits,
            sync=self.sync,
            storage=self.storage,
            log=task.log,
            parser=self.parser,
        )
        config.write_text(text)
        command = [
            sys.executable,
            "-m",
            "logsource",
            "run",
            "-c",
            str(config),
            *(["--once"] if self.once else []),
        ]
        return Launch(command, [config], ends=self.once)
