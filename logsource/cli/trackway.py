"""From options of `logsource track` to what sends, and its end."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import click
import orjson

from logsource.cli.options import load_or_exit
from logsource.cli.plain import plain
from logsource.cli.trackfate import Fates, Told
from logsource.clock import SystemClock
from logsource.config.show import mask_url
from logsource.emit.get import request_target
from logsource.errors import ConfigError, EventInvalid, LogsourceError, StoreUnavailable
from logsource.event.validate import Validators
from logsource.model import STM_PLACEHOLDER
from logsource.tracker import Tracker
from logsource.tracker.build import Builder, Common
from logsource.tracker.client import Gone, ask
from logsource.tracker.settings import collector_of, resolver_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logsource.cli.trackfate import Result
    from logsource.cli.trackoptions import Way
    from logsource.config.model import CollectorConfig, Config
    from logsource.tracker import Event, Status

SLICE = 0.1
"""Seconds between two looks at what became of the events."""
NOWHERE = "http://localhost"
"""Where a dry run does not send to."""


class Sends(Protocol):
    """What takes events and knows what became of them."""

    fates: Fates
    as_json: bool

    def send(self, events: Sequence[Event]) -> list[str]:
        """Have events accepted, all or none; their ids. Raises EventInvalid and what trackers raise."""
        ...

    def settle(self) -> list[Told]:
        """Wait until it is known what became of all; one for each result, with the number of events."""
        ...


class DryRun:
    """Judges events and prints them as they would be sent, but for the time of sending."""

    def __init__(self, builder: Builder, collector: CollectorConfig, *, as_json: bool) -> None:
        self.fates = Fates()
        self.as_json = as_json
        self._builder = builder
        self._get = collector.method == "get"
        self._events = 0

    def send(self, events: Sequence[Event]) -> list[str]:
        """Print them."""
        built = [self._builder.build(event) for event in events]
        self._events += len(built)
        for one in built:
            text = one.text.replace(b"," + STM_PLACEHOLDER, b"")
            indent = 0 if self.as_json else orjson.OPT_INDENT_2
            click.echo(
                f"GET {request_target(text)}"
                if self._get
                else orjson.dumps(orjson.loads(text), option=indent)
            )
        return [one.event_id for one in built]

    def settle(self) -> list[Told]:
        """They were valid."""
        return [Told(result="dry_run", events=self._events)]


class Sending:
    """Sends events through a tracker."""

    def __init__(self, tracker: Tracker, fates: Fates, way: Way) -> None:
        self.fates = fates
        self.as_json = way.as_json
        self._tracker = tracker
        self._way = way
        self._own: Status | None = None
        self._others: Status | None = None
        self._handed = 0

    def send(self, events: Sequence[Event]) -> list[str]:
        """Have them accepted."""
        ids = self._tracker.track_all(events) if len(events) > 1 else [self._tracker.track(events[0])]
        by = self._tracker.accepted_by
        assert by is not None
        if by.sender == "self":
            self._own = by
            self.fates.accepted(ids)
        else:
            self._others = by
            self._handed += len(ids)
        return ids

    def settle(self) -> list[Told]:
        """Wait until it is known what became of all; not longer than `timeout` without any progress."""
        found: list[Told] = []
        if self._own is not None:
            found += self._what_became(self._own, self._until_known())
        if self._others is not None:
            found.append(self._handed_over(self._others))
        return found or [Told(result="delivered", by=self._tracker.status(), events=0)]

    def _what_became(self, by: Status, trouble: str) -> Iterator[Told]:
        """Of events that this process sends."""
        fates, where = self.fates, self._way.state_dir
        if fates.done:
            yield Told(result="delivered", by=by, events=fates.done)
        if pending := fates.pending:
            result: Result = "not_delivered" if where is None else "kept"
            yield Told(result=result, by=by, events=pending, detail=trouble)
        if fates.failures:
            kept = "" if where is None else f"; it is kept: logsource dead list --state-dir {where}"
            detail = fates.failures[0].detail + kept
            yield Told(result="refused", by=by, events=len(fates.failures), detail=detail)

    def _handed_over(self, by: Status) -> Told:
        """Of events that were handed to another process."""
        told = Told(result="handed_over", by=by, events=self._handed)
        if not self._way.wait:
            return told
        before = self._tracker.status().dead
        if not self._tracker.flush(self._way.timeout):
            return replace(told, result="waiting", detail=self._tracker.status().trouble)
        if self._tracker.status().dead > before:
            return replace(
                told, result="dead", detail="the collector refused events: see `logsource dead list`"
            )
        return replace(told, result="delivered")

    def _until_known(self) -> str:
        """Wait; why events were not delivered, if some were not."""
        timeout = self._way.timeout
        seen, until, said, trouble = self.fates.known, time.monotonic() + timeout, False, ""
        while self.fates.pending and time.monotonic() < until:
            self.fates.wait(SLICE)
            if self.fates.known > seen:
                seen, until = self.fates.known, time.monotonic() + timeout
                continue
            trouble = self._tracker.status().trouble or trouble
            if self._tracker.hopeless:
                break
            if trouble and not said and not self.as_json:
                click.echo(f"logsource: trying for {timeout:g} s: {plain(trouble)}", err=True)
                said = True
        return trouble or f"no answer within {timeout:g} s"


@contextmanager
def opened(way: Way) -> Iterator[Sends]:
    """What sends. Problems that a person can act on are printed, and end the command."""
    with _quiet():
        yield from _opened(way)


def _opened(way: Way) -> Iterator[Sends]:
    try:
        config = None if way.collector is not None and way.config is None else _config(way)
        collector = _collector(way, config)
        known: dict[str, Any] = {
            "schemas": [*way.iglu, *(config.pack_dirs if config else ())],
            "resolver": way.resolver or (config.schemas.resolver if config else None),
            "vendor": config.schemas.vendor if config else "",
            "unknown_schemas": "refuse" if way.refuse_unknown else "accept",
        }
        if way.dry_run:
            yield _dry_run(collector, known, as_json=way.as_json)
            return
        fates = Fates()
        with Tracker(
            collector,
            state_dir=way.state_dir,
            agent_dir=_agent_dir(way, collector, config),
            when_full=way.timeout,
            on_delivered=fates.delivered,
            on_failed=fates.failed,
            **known,
        ) as tracker:
            try:
                yield Sending(tracker, fates, way)
            finally:
                tracker.close(0.0)  # whoever wanted to wait has waited
    except (ConfigError, EventInvalid) as error:
        fail(error.problems, as_json=way.as_json)
    except LogsourceError as error:
        fail([str(error)], as_json=way.as_json, result="not_accepted")


@contextmanager
def _quiet() -> Iterator[None]:
    """What the sender logs is told in words."""
    logger, nothing = logging.getLogger("logsource"), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(nothing)
    try:
        yield
    finally:
        logger.removeHandler(nothing)
        logger.propagate = before


def fail(problems: Sequence[str], *, as_json: bool, result: str = "invalid") -> NoReturn:
    """Nothing was sent: say why, and end the command."""
    if as_json:
        click.echo(orjson.dumps({"result": result, "problems": list(problems)}))
    for problem in problems:
        click.echo(f"logsource: {plain(problem)}", err=True)
    sys.exit(1)


def _config(way: Way) -> Config | None:
    """The agent's configuration; a dry run needs none."""
    import os
    from pathlib import Path

    from logsource.config.find import find_config
    from logsource.parse.resolve import known_parsers

    if way.config is None and find_config(os.environ, Path()) is None:
        if way.dry_run:
            return None
        click.echo(
            "logsource: where to? Give --collector URL, or -c FILE with the agent's configuration", err=True
        )
        sys.exit(2)
    return load_or_exit(way.config, known_parsers=known_parsers)


def _collector(way: Way, config: Config | None) -> CollectorConfig:
    own = {"app_id": way.app_id, "namespace": way.namespace, "method": way.method, "platform": way.platform}
    if config is None:
        return collector_of(way.collector or NOWHERE, **own)
    return collector_of(config.collector, url=way.collector, **own)


def _agent_dir(way: Way, collector: CollectorConfig, config: Config | None) -> Path | None:
    """Where an agent runs that takes the events over; None when it is to be done without one."""
    if config is None or way.state_dir is not None or collector.url != config.collector.url:
        return None
    where = config.agent.state_dir
    try:
        ask(where)
    except Gone:
        return None
    except StoreUnavailable as error:
        url = mask_url(collector.url)
        click.echo(f"logsource: the agent cannot be asked ({error}); sending to {url} without it", err=True)
        return None
    return where


def _dry_run(collector: CollectorConfig, known: dict[str, Any], *, as_json: bool) -> DryRun:
    clock = SystemClock()
    resolver = resolver_of(known["schemas"], known["resolver"], known["vendor"], clock)
    common = Common(unknown_schemas=known["unknown_schemas"])
    builder = Builder(collector, common, validators=Validators(resolver), clock=clock)
    return DryRun(builder, collector, as_json=as_json)
