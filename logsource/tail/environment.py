"""What every part of tail is given: clock, ids, modes, and the one way to report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.tail.api import TailEvent
from logsource.tail.writers import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.clock import Clock
    from logsource.tail.api import Undelivered
    from logsource.tail.content import Content
    from logsource.tail.descriptors import Descriptors
    from logsource.tail.framing import Cuts
    from logsource.tail.mounts import Mounts


@dataclass(slots=True, kw_only=True)
class Environment:
    """Shared by the tailer and its sources."""

    clock: Clock
    new_id: Callable[[], str]
    on_event: Callable[[TailEvent], None]
    descriptors: Descriptors
    mounts: Mounts
    undelivered: Undelivered
    once: bool = False
    has_writer: Callable[[Content], bool | None] = ask
    """Whether somebody has a file of this machine open for writing; None if that is not known."""

    def event(
        self, kind: str, source: str, *, label: str = "", path: str = "", size: int = 0, detail: str = ""
    ) -> None:
        """Tell whoever listens."""
        self.on_event(TailEvent(kind=kind, source=source, label=label, path=path, bytes=size, detail=detail))

    def abandon(self, source: str, path: str, size: int, reason: str, detail: str = "") -> None:
        """Give up bytes for good. Every discard of unread bytes goes through here, with its reason."""
        if size > 0:
            self.event("abandoned", source, label=reason, path=path, size=size, detail=detail)

    def cut(self, source: str, path: str, cuts: Cuts | None) -> None:
        """Tell how often records were cut, by the limit that they were longer than."""
        for limit, number in (cuts or {}).items():
            self.event("cut", source, label=limit, path=path, size=number)
