"""Tracking one event, and saying what became of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import orjson

from logsource.cli.trackfate import GOOD
from logsource.cli.trackway import fail, opened
from logsource.errors import EventInvalid
from logsource.tracker.lines import event_of

if TYPE_CHECKING:
    from logsource.cli.trackoptions import Way


def track_one(way: Way, described: dict[str, Any]) -> None:
    """Track an event; the exit status is 0 if it was delivered or handed over."""
    try:
        event = event_of(described)
    except EventInvalid as error:
        fail(error.problems, as_json=way.as_json)
    with opened(way) as sending:
        [event_id] = sending.send([event])
        [told] = sending.settle()
    if way.as_json and not way.dry_run:
        click.echo(orjson.dumps({"event_id": event_id, **told.json()}))
    elif not way.dry_run:
        click.echo(f"{event_id} {told.words}", err=told.result not in GOOD)
    sys.exit(0 if told.result in GOOD else 1)
