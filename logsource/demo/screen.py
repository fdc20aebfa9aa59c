"""What the demo shows while it runs: one table on a terminal, one line now and then elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from logsource.web.collector.core import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The whole demo at one moment."""

    seconds: float
    written: int | None
    """Lines the demo wrote; None when it follows somebody else's file."""
    rotations: int
    status: dict[str, Any] | None
    collector: Summary
    rate: float
    """Events a second at the collector."""

    @property
    def lines(self) -> int:
        """Lines the agent read."""
        return int(self.status["totals"]["lines"]) if self.status else 0

    @property
    def events(self) -> int:
        """Lines that became events."""
        return int(self.status["totals"]["events"]) if self.status else 0

    @property
    def outbox(self) -> int:
        """Events that wait."""
        return int(self.status["outbox"]["events"]) if self.status else 0

    @property
    def lag(self) -> int:
        """Bytes not yet read."""
        return int(self.status["totals"]["lag_bytes"]) if self.status else 0

    @property
    def unread(self) -> int:
        """Bytes not yet read, those of a last line without an end included."""
        return sum(max(0, one["size"] - one["offset"]) for one in self.status["files"]) if self.status else 0

    @property
    def progress(self) -> tuple[int, int, int]:
        """Changes as long as something moves."""
        return self.lines, self.collector.good + self.collector.bad, self.outbox

    def one_line(self) -> str:
        """For a log or a pipe."""
        written = "" if self.written is None else f"written={self.written} rotations={self.rotations} "
        return (
            f"{written}lines={self.lines} events={self.events} good={self.collector.good} "
            f"bad={self.collector.bad} outbox={self.outbox} lag_bytes={self.lag} rate={self.rate:.0f}/s"
        )


def render(picture: Picture, *, page: str, log: str, parser: str, agent: str) -> Group:
    """The live table."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(style="bold", justify="right")
    table.add_column(justify="right", min_width=12)
    table.add_column(style="dim")
    if picture.written is not None:
        table.add_row("written", f"{picture.written:,}", f"{picture.rotations} rotations")
    table.add_row("lines", f"{picture.lines:,}", Text(f"read from {log}"))
    table.add_row("events", f"{picture.events:,}", Text(f"parsed by {parser}"))
    table.add_row("outbox", f"{picture.outbox:,}", "committed to disk, not yet confirmed")
    table.add_row("lag", f"{picture.lag:,}", "bytes not yet read")
    table.add_row("rate", f"{picture.rate:,.0f}", "events a second")
    table.add_row(
        "good", Text(f"{picture.collector.good:,}", style="bold green"), "passed every check of the pipeline"
    )
    bad = picture.collector.bad
    table.add_row(
        "bad", Text(f"{bad:,}", style="bold red" if bad else ""), "would have been lost behind a 200"
    )
    starting = Text("the agent is starting …", style="dim") if picture.status is None else Text("")
    return Group(
        Text.assemble(
            ("logsource demo", "bold"), f"  {picture.seconds:.0f} s   Ctrl-C ends it with the totals"
        ),
        Text.assemble("events live: ", (page, "underline cyan"), "   agent: ", (agent, "underline cyan")),
        Text(""),
        table,
        starting,
    )
