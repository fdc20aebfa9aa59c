"""`logsource collector`: a Snowplow collector and validator for development and tests."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import click

from logsource.cli.registries import registry_lines, schema_options

if TYPE_CHECKING:
    from logsource.cli.registries import Places
    from logsource.web.collector.core import Collector

_REPORT_SECONDS = 5.0
_DIRECTORY_SECONDS = 5.0
"""A schema that is edited while the collector runs is read again after so long."""


@click.command(short_help="Run the embedded collector, which validates events and shows them.")
@click.option(
    "--listen",
    default="127.0.0.1:9090",
    show_default=True,
    metavar="HOST:PORT",
    help="Address; port 0 takes a free one.",
)
@schema_options
@click.option(
    "--keep",
    default=10_000,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    help="Newest good, and as many bad, events to keep in memory.",
)
@click.option("--fail-on-bad", is_flag=True, help="At the end, exit with 1 if any event was bad.")
@click.option("--quiet", is_flag=True, help="No counts while running.")
def collector(
    *,
    listen: str,
    places: Places,
    keep: int,
    fail_on_bad: bool,
    quiet: bool,
) -> None:
    """Take events like a Snowplow collector, judge them like the pipeline behind it, show the result.

    Speaks the tracker protocol (POST /com.snowplowanalytics.snowplow/tp2, GET /i), answers like Snowplow
    Micro (/micro/all, /micro/good, /micro/bad, /micro/reset) and has a page that shows events live.
    Everything stays in memory. Ctrl-C ends it with the totals.
    """
    from logsource.cli.signals import Signals
    from logsource.clock import SystemClock
    from logsource.config.addresses import is_loopback, parse_listen
    from logsource.event.validate import Validators
    from logsource.web.collector.app import create_app
    from logsource.web.collector.core import Collector
    from logsource.web.server import serve

    try:
        host, port = parse_listen(listen)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from error
    resolver = places.resolver(directory_ttl=_DIRECTORY_SECONDS)
    core = Collector(Validators(resolver), clock=SystemClock(), keep=keep)
    app = create_app(core, local_only=is_loopback(host))
    stop = threading.Event()
    with closing(resolver), serve(app, host, port) as server:
        Signals().on([signal.SIGINT, signal.SIGTERM], stop.set)
        click.echo(f"collector={server.url} page={server.url}/ keep={keep}")
        for line in registry_lines(resolver):
            click.echo(line)
        _report_until(stop, core, quiet=quiet)
    totals = core.summary()
    click.echo(f"total {_counts(core)}")
    if fail_on_bad and totals.bad:
        sys.exit(1)


def _report_until(stop: threading.Event, core: Collector, *, quiet: bool) -> None:
    last = core.summary()
    while not stop.wait(_REPORT_SECONDS):
        now = core.summary()
        if not quiet and now != last:
            rate = (now.good + now.bad - last.good - last.bad) / _REPORT_SECONDS
            click.echo(f"{_counts(core)} events_per_second={max(rate, 0):.0f}")
        last = now


def _counts(core: Collector) -> str:
    return " ".join(f"{name}={value}" for name, value in core.summary()._asdict().items())
