"""Everything that happens, counted: from tail, from the pipeline, from the emitter."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from logsource.agent.wiring import OUTPUT
from logsource.log import Limited, kv

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.clock import Clock
    from logsource.config.model import Config
    from logsource.metrics import Metrics
    from logsource.model import Batch, DeadLetter, Outcome, Tally
    from logsource.tail.api import TailEvent

log = logging.getLogger("logsource.tail")

_LEVELS = {
    "abandoned": logging.WARNING,
    "unreadable": logging.WARNING,
    "stalled": logging.WARNING,
    "connections_full": logging.WARNING,
    "connection_refused": logging.WARNING,
    "rotation": logging.INFO,
    "replaced": logging.INFO,
    "cut": logging.INFO,
    "delivered": logging.INFO,
    "readable": logging.INFO,
    "found": logging.INFO,
}
"""How loud a tail event is; the others matter only to somebody who looks for them."""
_MANY = frozenset({"found", "finished", "forgotten"})
_COUNTS = frozenset({"cut", "replaced"})
"""What is told in numbers of something else than bytes: cuts, characters."""
_OF_ALL = frozenset({"EMFILE", "ENFILE"})
"""Errors that are about the process or the machine, and no trouble of the file that met them."""


class CountingHooks:
    """Everything that happens, counted: from tail, from the pipeline, from the emitter."""

    def __init__(
        self,
        metrics: Metrics,
        config: Config,
        clock: Clock,
        *,
        count: Callable[[str, Tally], None],
        sent: Callable[[int], None],
        answered: Callable[[Batch, Outcome, float], None],
    ) -> None:
        """`count`, `sent` and `answered` are told as well: totals of the agent's own, and who looks at what is sent."""
        self._count = count
        self._sent = sent
        self._answered = answered
        self._metrics = metrics
        self._said = Limited(log, clock=clock)
        self._parsers: dict[str, str] = {}
        metrics.declare_output(OUTPUT)
        self.follow(config)

    def follow(self, config: Config) -> None:
        """These are the sources now."""
        self._parsers = {source.name: source.parser for source in config.sources}
        for source in config.sources:
            self._metrics.declare_source(source.name)

    def tail_event(self, event: TailEvent) -> None:
        """Something happened to a file."""
        if event.kind == "rotation":
            self._metrics.record_rotation(event.source, event.label)
        elif event.kind == "abandoned":
            self._metrics.record_abandoned(event.source, event.label, event.bytes)
        elif event.kind == "delivered":
            self._metrics.record_delivered_file(event.source, event.label)
        elif event.kind == "stalled":
            self._metrics.record_reopened(event.source, event.label)
        elif event.kind == "cut":
            self._metrics.record_cut(event.source, event.label, event.bytes)
        elif event.kind == "replaced":
            self._metrics.record_replaced(event.source, event.bytes)
        fields = {
            "event": event.kind,
            "source": event.source,
            "kind": event.label,
            "path": event.path,
            "count" if event.kind in _COUNTS else "bytes": event.bytes,
            "detail": "" if event.detail == event.path else event.detail,
        }
        # Ten thousand files may be found at once; trouble is told file by file, where it is one of the file.
        many = event.kind in _MANY or event.label in _OF_ALL
        key = f"{event.kind} {event.source} {'' if many else event.path}"
        level = _LEVELS.get(event.kind, logging.DEBUG)
        self._said.log(
            logging.WARNING if event.label == "failed" else level,
            key,
            kv(**{name: value for name, value in fields.items() if value not in {"", 0}}),
        )

    def tick(self) -> None:
        """Write the summaries of messages that were held back."""
        self._said.tick()

    def tally(self, source: str, tally: Tally) -> None:
        """Lines were committed."""
        self._count(source, tally)
        self._metrics.record_tally(source, tally)
        if timeouts := tally.unparsed.get("timeout"):
            self._metrics.record_regex_timeout(self._parsers[source], timeouts)

    def buried(self, letters: Sequence[DeadLetter]) -> None:
        """Lines became dead letters before they were sent."""
        for letter in letters:
            self._metrics.record_dead(OUTPUT, letter.reason)

    def worker_restarted(self, reason: str) -> None:
        """A process that parses had to be replaced."""
        self._metrics.record_worker_restart(reason)

    def on_request(self, code: str, seconds: float) -> None:
        """A request was made."""
        self._metrics.record_request(OUTPUT, code, seconds, 0)

    def on_sent(self, events: int) -> None:
        """Events were delivered."""
        self._sent(events)
        self._metrics.record_sent(OUTPUT, events)

    def on_retry(self) -> None:
        """A batch will be sent again."""
        self._metrics.record_retry(OUTPUT)

    def on_dead(self, reason: str, events: int) -> None:
        """Events were buried."""
        self._metrics.record_dead(OUTPUT, reason, events)

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """A batch was sent; the emitter logs what matters itself."""
        self._answered(batch, outcome, seconds)
