"""Options of `logsource track`: where events go, what they are about, and how texts become JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from logsource.cli.drain import DurationType
from logsource.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 16 * 2**20
"""Of a JSON document given with @FILE or on standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where events go, and how."""

    config: Path | None = None
    collector: str | None = None
    app_id: str | None = None
    namespace: str | None = None
    method: Literal["get", "post"] | None = None
    platform: Any = None
    state_dir: Path | None = None
    timeout: float = 10.0
    wait: bool = False
    iglu: tuple[Path, ...] = ()
    resolver: Path | None = None
    refuse_unknown: bool = False
    dry_run: bool = False
    as_json: bool = False


class JsonType(click.ParamType[Any]):
    """JSON itself, `@FILE` that holds it, or `-` for standard input."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse, or fail as wrong usage."""
        import orjson

        if not isinstance(value, str):
            return value
        text = value.encode(errors="replace")
        if value == "-":
            text = sys.stdin.buffer.read(MOST_BYTES + 1)
        elif value.startswith("@"):
            try:
                with Path(value[1:]).open("rb") as file:
                    text = file.read(MOST_BYTES + 1)
            except OSError as error:
                self.fail(f"{value[1:]} cannot be read: {error.strerror}", param, ctx)
        if len(text) > MOST_BYTES:
            self.fail(f"is longer than {MOST_BYTES} bytes", param, ctx)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            hint = "" if value[:1] in "@-" else """; write '{"key": "value"}' in single quotes, @FILE, or -"""
            self.fail(f"not JSON: {error}{hint}", param, ctx)


class PairType(click.ParamType[tuple[int, int]]):
    """`1920x1080`."""

    name = "WIDTHxHEIGHT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Parse, or fail as wrong usage."""
        width, found, height = str(value).partition("x")
        if not found or not (width.isdecimal() and height.isdecimal()):
            self.fail(f"{value!r} is not WIDTHxHEIGHT, such as 1920x1080", param, ctx)
        return int(width), int(height)


_PLATFORMS = ("web", "iot", "app", "mob", "pc", "cnsl", "tv", "srv", "headset")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_WAY = (
    config_option,
    click.option(
        "--collector", metavar="URL", help="Address of the collector; no configuration is needed then."
    ),
    click.option("--app-id", help="Application id of the events."),
    click.option("--namespace", help="Tracker namespace of the events."),
    click.option("--method", type=click.Choice(["post", "get"]), help="How to send."),
    click.option("--platform", type=click.Choice(_PLATFORMS), help="Where it happened. Default: srv."),
    click.option(
        "--state-dir",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Keep events in an outbox in DIR until they are delivered, by this command or by the next one.",
    ),
    click.option(
        "--timeout", type=DurationType(), default="10s", show_default=True, help="Longest wait for delivery."
    ),
    click.option("--wait", is_flag=True, help="Also wait until an agent has delivered what it was handed."),
    click.option(
        "--iglu",
        metavar="DIR",
        multiple=True,
        type=_FOLDER,
        help="Directory with more schemas; may be repeated.",
    ),
    click.option(
        "--resolver",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Resolver configuration of Iglu clients (JSON): registries in which schemas are looked for.",
    ),
    click.option("--refuse-unknown", is_flag=True, help="Refuse data whose schema is not found anywhere."),
    click.option("--dry-run", is_flag=True, help="Judge, print what would be sent, and send nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)
_ABOUT = (
    click.option(
        "--context",
        "contexts",
        metavar="JSON|@FILE",
        multiple=True,
        type=JsonType(),
        help="Entity, or an array of entities: self-describing JSON. May be repeated.",
    ),
    click.option("--event-id", metavar="UUID", help="Id of the event; one is made otherwise."),
    click.option(
        "--true-timestamp", metavar="TIME", help="When it happened: 2026-01-02T03:04:05Z, or ms since 1970."
    ),
    click.option("--user-id", help="User id."),
    click.option("--domain-user-id", help="Id of the user in a first-party cookie."),
    click.option("--network-user-id", help="Id of the user in a third-party cookie."),
    click.option("--session-id", metavar="UUID", help="Id of the session."),
    click.option("--session-index", type=int, help="Number of the session."),
    click.option("--ip", help="Address of the user."),
    click.option("--user-agent", help="User agent."),
    click.option("--language", help="Language, such as en-GB."),
    click.option("--timezone", help="Time zone, such as Europe/Berlin."),
    click.option("--screen", type=PairType(), help="Size of the display."),
    click.option("--viewport", type=PairType(), help="Size of the window."),
    click.option("--color-depth", type=int, help="Bits for a pixel."),
)
SUBJECT = (
    "user_id",
    "domain_user_id",
    "network_user_id",
    "session_id",
    "session_index",
    "ip",
    "user_agent",
    "language",
    "timezone",
    "screen",
    "viewport",
    "color_depth",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of an event beside its body, in the form of `tracker.lines`."""

    members: dict[str, Any] = field(default_factory=dict)

    def with_body(self, kind: str, **body: Any) -> dict[str, Any]:
        """The event as an object."""
        given = {name: value for name, value in body.items() if value is not None}
        return {"event": kind, **given, **self.members}


def way_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass `way: Way`."""

    @wraps(command)
    def with_way(**given: Any) -> Any:
        names = Way.__dataclass_fields__
        way = Way(**{name: given.pop(name) for name in names if name in given})
        return command(way=way, **given)

    return _decorated(with_way, _WAY)


def about_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass `about: About`."""

    @wraps(command)
    def with_about(**given: Any) -> Any:
        subject = {name: value for name in SUBJECT if (value := given.pop(name)) is not None}
        contexts = [
            entity
            for context in given.pop("contexts")
            for entity in (context if isinstance(context, list) else [context])
        ]
        true = given.pop("true_timestamp")
        members = {
            "entities": contexts or None,
            "subject": subject or None,
            "event_id": given.pop("event_id"),
            "true_timestamp": int(true) if true is not None and true.isdecimal() else true,
        }
        found = {name: value for name, value in members.items() if value is not None}
        return command(about=About(members=found), **given)

    return _decorated(with_about, _ABOUT)


def _decorated(made: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    for option in reversed(options):
        made = option(made)
    return made
