"""Tracking many events: one JSON object a line, as they come."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
import orjson

from logsource.cli.plain import plain
from logsource.cli.trackfate import GOOD
from logsource.cli.trackoptions import MOST_BYTES
from logsource.cli.trackway import opened
from logsource.errors import EventInvalid, LogsourceError
from logsource.tracker.lines import event_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.cli.trackfate import Told
    from logsource.cli.trackoptions import Way
    from logsource.cli.trackway import Sends
    from logsource.tracker import Event

PIECE = 1 << 18
"""Bytes read at once. What is there is tracked at once, so that a slow pipe does not wait for a fast one's block."""
MOST_TOLD = 100
"""Lines whose problems are printed; further ones are only counted."""


def track_many(way: Way, file: Any) -> None:
    """Track the events of a file; the exit status is 0 if all of them were delivered or handed over."""
    counts: Counter[str] = Counter()
    with opened(way) as sending:
        stopped = ""
        try:
            for first, lines in pieces(file):
                _track(sending, first, lines, counts)
        except LogsourceError as error:  # the outbox is full, or cannot be used: what was accepted is settled
            stopped = str(error)
        results = sending.settle()
        for failure in sending.fates.failures[:MOST_TOLD]:
            click.echo(f"logsource: {failure.event_id}: refused: {plain(failure.detail)}", err=True)
    if stopped:
        click.echo(f"logsource: {plain(stopped)}", err=True)
    good = all(told.result in GOOD for told in results) and not counts["invalid"] and not stopped
    if way.as_json and not way.dry_run:
        numbers = {name: counts[name] for name in ("lines", "accepted", "invalid")}
        listed = [told.json() for told in results]
        click.echo(orjson.dumps({**numbers, "results": listed, **({"stopped": stopped} if stopped else {})}))
    else:
        click.echo(_summary(counts, results), err=True)
    sys.exit(0 if good else 1)


def pieces(file: Any, *, size: int = PIECE, longest: int = MOST_BYTES) -> Iterator[tuple[int, list[bytes]]]:
    """Complete lines as they come, with the number of the first. Of a line that is too long, the beginning."""
    number, rest = 1, b""
    while piece := file.read1(size):
        rest += piece
        if len(rest) > longest and b"\n" not in rest:
            rest = rest[: longest + 1]  # it is not valid anyway, and will be told so
        if b"\n" in piece:
            *lines, rest = rest.split(b"\n")
            yield number, lines
            number += len(lines)
    if rest:
        yield number, [rest]


def _track(sending: Sends, first: int, lines: list[bytes], counts: Counter[str]) -> None:
    events: dict[int, Event] = {}
    invalid: dict[int, EventInvalid] = {}
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        counts["lines"] += 1
        try:
            events[number] = event_of(_json(line))
        except EventInvalid as error:
            invalid[number] = error
    try:
        if events:
            counts["accepted"] += len(sending.send(list(events.values())))
    except EventInvalid:  # nothing was accepted; the valid ones are, one by one
        for number, event in events.items():
            try:
                counts["accepted"] += len(sending.send([event]))
            except EventInvalid as error:
                invalid[number] = error
    for number in sorted(invalid):
        _tell(number, invalid[number], counts)


def _json(line: bytes) -> Any:
    if len(line) > MOST_BYTES:
        raise EventInvalid([f"the event: the line has more than {MOST_BYTES} bytes"])
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise EventInvalid([f"the event: not JSON: {error}"]) from error


def _tell(number: int, error: EventInvalid, counts: Counter[str]) -> None:
    counts["invalid"] += 1
    if counts["invalid"] <= MOST_TOLD:
        for problem in error.problems:
            click.echo(f"logsource: line {number}: {plain(problem)}", err=True)


def _summary(counts: Counter[str], results: list[Told]) -> str:
    lines = counts["lines"]
    parts = [f"{lines:,} {'line' if lines == 1 else 'lines'}"]
    if results[0].result in {"kept", "not_delivered", "refused"}:
        parts.append("0 delivered")
    parts += [f"{told.events:,} {told.words}" for told in results]
    if counts["invalid"]:
        parts.append(f"{counts['invalid']:,} not valid")
    return ", ".join(parts)
