"""What the emitter asks of an output, and what it tells those who count and watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from logsource.model import Batch, Outcome


@dataclass(frozen=True, slots=True)
class Request:
    """One request, for metrics."""

    code: str
    """HTTP status as text, or `error`, `timeout`, `reset`."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """What sending a batch came to."""

    outcome: Outcome
    """Of the last request; the one that decides what happens next."""
    delivered: int
    """Events, from the front of the batch, that were delivered."""
    judged: int
    """Events after those that the outcome speaks of: all that were in the request. 0 when all were delivered."""
    requests: tuple[Request, ...] = ()


class Output(Protocol):
    """A way to the collector. Thread-safe."""

    def send(self, batch: Batch) -> Delivery:
        """Send a batch; may block up to the timeout. Answers and network trouble are values, not exceptions."""
        ...

    def close(self) -> None:
        """Let go of connections; idempotent."""
        ...


class Hooks(Protocol):
    """Told by the emitter, from its worker threads; must not block or raise."""

    def on_request(self, code: str, seconds: float) -> None:
        """One request was made."""
        ...

    def on_sent(self, events: int) -> None:
        """So many events were delivered."""
        ...

    def on_retry(self) -> None:
        """A batch was kept and will be sent again."""
        ...

    def on_dead(self, reason: str, events: int) -> None:
        """So many events became dead letters."""
        ...

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """A batch was sent, with this outcome, in this time."""
        ...


class NoHooks:
    """Nobody is watching."""

    def on_request(self, code: str, seconds: float) -> None:
        """Ignore."""

    def on_sent(self, events: int) -> None:
        """Ignore."""

    def on_retry(self) -> None:
        """Ignore."""

    def on_dead(self, reason: str, events: int) -> None:
        """Ignore."""

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """Ignore."""
