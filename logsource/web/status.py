"""What the agent says about itself: one frozen picture, for `/status`, `/readyz` and people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One followed file."""

    source: str
    path: str
    file_id: str
    state: str
    """active, idle, rotated, unreadable or waiting."""
    offset: int
    """Bytes committed."""
    size: int
    lag_bytes: int
    detail: str = ""
    device: int = 0
    inode: int = 0
    """Where the file is, whatever its name is now; 0 for inputs that are no files."""
    caught_up: bool = False
    """Every complete record among `size` bytes is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One source; counts are running totals since the store was made."""

    name: str
    parser: str
    files: int
    """Those that are followed."""
    lag_bytes: int
    lag_seconds: float
    lines: int
    bytes: int
    events: int
    rejected: Mapping[str, int]
    """By reason."""
    dropped: Mapping[str, int]
    """By reason."""
    unparsed: Mapping[str, int] = field(default_factory=dict)
    """By reason: lines that no pattern took, whatever became of them (events, rejected or dropped)."""
    found: int = 0
    """New files that were found and wait to be opened: what is in them is in no other number yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramsView:
    """Events that come from programs and not from lines (`logsource track`, the library); since the process started."""

    handed_over: int = 0
    """Events taken from programs that run."""
    adopted: int = 0
    """Events that programs left when they ended, and the agent took over."""
    last_ms: int | None = None
    """When the newest of them came; None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxView:
    """The buffer between reading and sending."""

    events: int
    batches: int
    bytes: int
    capacity_bytes: int
    oldest_age_seconds: float
    """0 when empty."""
    dead_letters: int
    read_paused: bool
    """Reading waits for room."""
    problem: str = ""
    """Why the store cannot be written (disk full, I/O error); empty when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputView:
    """One destination of events."""

    name: str
    address: str
    """Without secrets."""
    blocked: str = ""
    """Why nothing is being delivered; empty when delivery goes on."""
    last_code: str = ""
    """What the newest request came to: an HTTP status, error, timeout or reset; empty before the first."""
    last_detail: str = ""
    events_sent: int = 0
    """Since the process started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """The whole agent at one moment."""

    name: str
    version: str
    pid: int
    started_ms: int
    now_ms: int
    sources: Sequence[SourceView]
    files: Sequence[FileView]
    outbox: OutboxView
    outputs: Sequence[OutputView]
    accounting_imbalance: int
    programs: ProgramsView = ProgramsView()
    config_problem: str = ""
    """Why the newest configuration is not in use (the one before is); empty when it is."""


class StatusProvider(Protocol):
    """Whoever knows the agent."""

    def snapshot(self) -> AgentStatus:
        """Take the picture now. Called from another thread; should not block longer than a store look-up."""
        ...


@dataclass(frozen=True, slots=True)
class NotReady:
    """One reason why the agent does not do its whole job at the moment."""

    reason: str
    """collector_blocked, outbox_full, store_unavailable, config_invalid, accounting or status_unavailable."""
    detail: str


def not_ready(status: AgentStatus) -> list[NotReady]:
    """Every reason; empty means ready."""
    reasons = [
        NotReady("collector_blocked", f"{output.name} ({output.address}): {output.blocked}")
        for output in status.outputs
        if output.blocked
    ]
    outbox = status.outbox
    if outbox.problem:
        reasons.append(NotReady("store_unavailable", outbox.problem))
    elif outbox.read_paused:
        detail = f"{outbox.bytes} of {outbox.capacity_bytes} bytes are in use; reading waits for room"
        reasons.append(NotReady("outbox_full", detail))
    if status.config_problem:
        reasons.append(NotReady("config_invalid", status.config_problem))
    if status.accounting_imbalance:
        detail = f"{status.accounting_imbalance} lines are not accounted for; please report this"
        reasons.append(NotReady("accounting", detail))
    return reasons
