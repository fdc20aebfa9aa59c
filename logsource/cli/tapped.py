"""What `logsource tap` shows of an answer and its events."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import click
import orjson

from logsource.cli.letters import instant
from logsource.cli.plain import plain
from logsource.event.iglu import parse_uri
from logsource.web.collector.enriched import payloads
from logsource.web.collector.inspect import brief, log_source
from logsource.web.collector.protocol import EVENT_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events somebody wants to see; None leaves a question out."""

    source: str | None = None
    schema: str | None = None
    text: str | None = None
    failed: bool = False

    def answer(self, answer: dict[str, Any]) -> bool:
        """Whether events under this answer are of interest."""
        return not self.failed or answer["answer"] != "delivered"

    def event(self, event: Tapped) -> bool:
        """Whether this event is."""
        return (
            (self.source is None or event.line.get("source") == self.source)
            and (self.schema is None or self.schema in event.schema)
            and (self.text is None or any(self.text in value for value in event.params.values()))
        )


class Tapped:
    """One event of a body."""

    def __init__(self, params: dict[str, str]) -> None:
        self.params = params
        found = payloads(params)
        self._unstruct = found["unstruct_event"]
        inner = self._unstruct.get("data") if isinstance(self._unstruct, dict) else None
        self._inner: dict[str, Any] = inner if isinstance(inner, dict) else {}
        self._contexts = found["contexts"]
        self.line: dict[str, Any] = log_source(self._contexts) or {}

    @property
    def schema(self) -> str:
        """Iglu key of a self-describing event; of others, what kind they are."""
        kind = self.params.get("e", "")
        return str(self._inner.get("schema", "")) or EVENT_NAMES.get(kind, kind)

    def to_json(self) -> dict[str, Any]:
        """All of it, with the JSON inside taken out."""
        entities = self._contexts.get("data") if isinstance(self._contexts, dict) else None
        inside = {"ue_pr", "ue_px", "co", "cx"}
        return {
            "schema": self.schema,
            "data": self._inner.get("data"),
            "entities": entities or [],
            "parameters": {name: value for name, value in self.params.items() if name not in inside},
        }

    def __str__(self) -> str:
        """Schema, place and contents in one line."""
        uri = parse_uri(self.schema)
        name = f"{uri.name} {uri.version}" if uri else self.schema
        place = f"{self.line.get('path', '-')} @{self.line.get('offset', '-')}"
        return f"{plain(name)}  {plain(place)}  {plain(brief(self.params, self._unstruct))}"


class Shown:
    """Prints answers and events, and counts what it printed."""

    def __init__(self, wanted: Wanted, *, answers_only: bool, as_json: bool, most: int | None) -> None:
        self._wanted = wanted
        self._answers_only = answers_only
        self._as_json = as_json
        self._most = most
        self._printed = 0

    @property
    def enough(self) -> bool:
        """Whether as many were shown as somebody asked for."""
        return self._most is not None and self._printed >= self._most

    def show(self, answer: dict[str, Any]) -> None:
        """Print what is wanted of one answer, at once."""
        if "missed_events" in answer:
            click.echo(
                f"… {answer['missed_events']:,} events in {answer['missed_batches']:,} batches went by unseen",
                err=self._as_json,
            )
            return
        if not self._wanted.answer(answer):
            return
        if self._answers_only:
            self._say(_answer_json(answer) if self._as_json else _answer_line(answer))
            return
        events = [Tapped(params) for params in answer["payload"]["data"]]
        wanted = [event for event in events if self._wanted.event(event)]
        if self._most is not None:
            wanted = wanted[: self._most - self._printed]
        if wanted and not self._as_json:
            click.echo(_answer_line(answer))
        for event in wanted:
            self._say({**_answer_json(answer), **event.to_json()} if self._as_json else f"  {event}")

    def _say(self, what: dict[str, Any] | str) -> None:
        self._printed += 1
        click.echo(what if isinstance(what, str) else orjson.dumps(what))
        sys.stdout.flush()


def _answer_json(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": instant(answer["at_ms"]),
        "answer": answer["answer"],
        "code": answer["code"],
        "detail": answer["detail"],
        "seconds": answer["seconds"],
        "batch": {"events": answer["events"], "bytes": answer["bytes"]},
    }


def _answer_line(answer: dict[str, Any]) -> str:
    delivered = answer["answer"] == "delivered"
    said = click.style(f"{answer['code']} {answer['answer']}", fg="green" if delivered else "red", bold=True)
    parts = [
        instant(answer["at_ms"]),
        said,
        f"{answer['events']:,} {'event' if answer['events'] == 1 else 'events'}",
        f"{answer['bytes']:,} bytes",
        f"{answer['seconds'] * 1000:,.0f} ms",
    ]
    return "  ".join([*parts, plain(answer["detail"])] if answer["detail"] else parts)
