"""`logsource track`: send events from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logsource.cli.group import Group
from logsource.cli.trackoptions import JsonType, about_options, way_options

if TYPE_CHECKING:
    from logsource.cli.trackoptions import About, Way


@click.group(cls=Group)
def track() -> None:
    """Track events: judge them as the pipeline will, and send them to a collector, or through the agent that runs here.

    With --collector URL no configuration is needed: the event is sent at once, and given up after --timeout. With the
    agent's configuration it is handed to the agent, which keeps it until it is delivered; if no agent runs, it is sent
    at once. With --state-dir it is kept until it is delivered, by this command or by the next one.

    Exit status: 0 delivered, or handed over to an agent (it says which); 1 not delivered, or not valid; 2 wrong usage.
    """


@track.command("self-describing")
@click.option("--schema", metavar="IGLU", help="Iglu URI of the data's schema; none: --data says it, too.")
@click.option("--data", required=True, metavar="JSON|@FILE|-", type=JsonType(), help="Data of the event.")
@about_options
@way_options
def self_describing(*, schema: str | None, data: Any, about: About, way: Way) -> None:
    """Track data of your own, described by a schema: --schema and --data, or a self-describing JSON as --data."""
    if schema is None:
        if not isinstance(data, dict) or data.keys() != {"schema", "data"}:
            raise click.UsageError("give --schema, or a self-describing JSON (schema and data) as --data")
        schema, data = data["schema"], data["data"]
    _one(way, about.with_body("self_describing", schema=schema, data=data))


@track.command("page-view")
@click.option("--url", required=True, help="Absolute URL of the page.")
@click.option("--title", help="Title of the page.")
@click.option("--referrer", metavar="URL", help="Absolute URL of the page before.")
@about_options
@way_options
def page_view(*, url: str, title: str | None, referrer: str | None, about: About, way: Way) -> None:
    """Track that somebody looked at a page."""
    _one(way, about.with_body("page_view", url=url, title=title, referrer=referrer))


@track.command("struct")
@click.option("--category", required=True, help="Category of the event.")
@click.option("--action", required=True, help="What was done.")
@click.option("--label", help="What it was done to.")
@click.option("--property", "property_", help="A property of it.")
@click.option("--value", type=float, help="A number that belongs to it.")
@about_options
@way_options
def struct(
    *,
    category: str,
    action: str,
    label: str | None,
    property_: str | None,
    value: float | None,
    about: About,
    way: Way,
) -> None:
    """Track a structured event: category and action, and what may be said besides."""
    body = about.with_body(
        "struct", category=category, action=action, label=label, property=property_, value=value
    )
    _one(way, body)


@track.command("screen-view")
@click.option("--name", required=True, help="Name of the screen.")
@click.option("--id", "id_", metavar="UUID", help="Id of this view; one is made otherwise.")
@click.option("--type", "type_", help="Kind of screen.")
@click.option("--previous-name", help="Name of the screen before.")
@click.option("--previous-id", metavar="UUID", help="Id of the view before.")
@click.option("--previous-type", help="Kind of the screen before.")
@click.option("--transition-type", help="How one came to this screen.")
@about_options
@way_options
def screen_view(*, id_: str | None, type_: str | None, about: About, way: Way, **body: str | None) -> None:
    """Track that somebody looked at a screen of an app."""
    _one(way, about.with_body("screen_view", id=id_, type=type_, **body))


@track.command("events")
@click.argument("file", type=click.File("rb"), default="-")
@way_options
def events(file: Any, *, way: Way) -> None:
    r"""Track many events: one JSON object on each line of FILE, or of standard input.

    \b
    {"schema": "iglu:com.acme/order/jsonschema/1-0-0", "data": {"id": 7}}
    {"event": "page_view", "url": "https://example.com/", "subject": {"user_id": "u1"}}
    {"event": "struct", "category": "shop", "action": "add", "value": 9.5}
    {"event": "screen_view", "name": "Home", "true_timestamp": "2026-01-02T03:04:05Z"}

    Each may have entities (an array of self-describing JSONs), subject, true_timestamp, event_id, created and
    platform. What is not valid is told with its line and left out; the exit status is 1 then.
    """
    from logsource.cli.trackmany import track_many

    track_many(way, file)


def _one(way: Way, described: dict[str, Any]) -> None:
    from logsource.cli.trackone import track_one

    track_one(way, described)
