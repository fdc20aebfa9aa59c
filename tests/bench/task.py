"""The values of the benchmark: a task for an agent, an agent ready to start, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Task:
    """One log to read and one sink to send it to."""

    log: Path
    lines: int
    port: int
    folder: Path
    """Empty; for the agent's configuration and state, on disk."""


@dataclass(frozen=True)
class Launch:
    """A command that does the task."""

    command: Sequence[str]
    configs: Sequence[Path]
    env: Mapping[str, str] = field(default_factory=dict)
    ends: bool = True
    """Whether it exits by itself; otherwise it is sent SIGTERM when every line has arrived."""


class Agent(Protocol):
    """Something that can be measured."""

    marker: str
    """Occurs once in each event that it sends."""
    reply: str
    """What the sink answers."""

    def missing(self) -> str | None:
        """Why it cannot run on this machine, for people; None when it can."""
        ...

    def launch(self, task: Task) -> Launch:
        """Write the configuration into the task's folder; the command."""
        ...


@dataclass(frozen=True)
class Result:
    """What one run came to."""

    lines: int
    arrived: int
    distinct: int | None
    """Different event ids, where they were looked at."""
    seconds: float
    """From the start of the process to the last arrival."""
    cpu: float
    """Seconds of user and system time of the agent's process tree, start and stop included."""
    rss_mib: float
    event_bytes: float
    """Mean bytes of body for an event."""
    sink_cpu: float
    status: int
    log: str
    """End of what it wrote to its standard error, when something is wrong."""

    @property
    def problem(self) -> str | None:
        """Why the row cannot be believed."""
        if self.arrived != self.lines:
            return f"{self.arrived:,} of {self.lines:,} lines arrived"
        if self.distinct is not None and self.distinct != self.lines:
            return f"{self.lines - self.distinct:,} event ids came twice"
        if self.status:
            return f"exit status {self.status}"
        return None

    @property
    def rate(self) -> float:
        return self.arrived / self.seconds

    @property
    def cpu_per_million(self) -> float:
        return self.cpu * 1e6 / self.lines
