"""`logsource tap`: what a running agent sends, and what the collector answers."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from logsource.cli.drain import DurationType
from logsource.cli.options import config_option, load_or_exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from logsource.config.model import Config

ATTENTION = 0.5
"""Seconds: a Ctrl-C that comes right before a call does not wake it; it is noticed when the call returns."""


@click.command()
@config_option
@click.option("--source", help="Only events made from this source's lines.")
@click.option("--schema", help="Only events whose schema contains this text, such as nginx_access.")
@click.option("--grep", "text", help="Only events that contain this text, as it stands in the body.")
@click.option("--failed", is_flag=True, help="Only what the collector did not accept.")
@click.option("--brief", "answers_only", is_flag=True, help="Only the answers, not the events.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each event (or answer).")
@click.option("-n", "--count", type=click.IntRange(min=1), help="Stop after so many events (or answers).")
@click.option("--for", "seconds", type=DurationType(), help="Stop after this time. Default: Ctrl-C.")
def tap(
    config: Path | None,
    *,
    source: str | None,
    schema: str | None,
    text: str | None,
    failed: bool,
    answers_only: bool,
    as_json: bool,
    count: int | None,
    seconds: float | None,
) -> None:
    """Show what the running agent sends, as it is answered.

    Looking holds nothing up: what is sent faster than it can be shown is left out, and said so. Only the agent's
    user (and root) may look. `stm` is not shown, it is set as an event leaves.

    Exit status: 0, or 1 when no agent runs with this configuration.
    """
    from logsource.cli.tapped import Shown, Wanted
    from logsource.parse.resolve import known_parsers

    loaded = load_or_exit(config, known_parsers=known_parsers)
    connection = _connected(loaded)
    shown = Shown(
        Wanted(source=source, schema=schema, text=text, failed=failed),
        answers_only=answers_only,
        as_json=as_json,
        most=count,
    )
    deadline = None if seconds is None else time.monotonic() + seconds

    def leave(_number: int, _frame: FrameType | None) -> None:
        # Python loses an exception that comes in a finalizer; without a connection there is nothing to stay for.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, leave)
    try:
        with connection:
            for answer in _answers(connection, deadline):
                if "refused" in answer:
                    click.echo(f"logsource: {answer['refused']}", err=True)
                    sys.exit(1)
                shown.show(answer)
                if shown.enough:
                    return
    except KeyboardInterrupt:  # how looking ends
        return
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()


def _connected(config: Config) -> socket.socket:
    from logsource.agent.tap import connect

    where = config.agent.state_dir
    try:
        connection = connect(where)
    except PermissionError:
        click.echo(f"logsource: {where} belongs to another user; run this as the agent's user", err=True)
        sys.exit(1)
    if connection is None:
        click.echo(f"logsource: no agent runs in {where}", err=True)
        sys.exit(1)
    return connection


def _answers(connection: socket.socket, deadline: float | None) -> Iterator[dict[str, Any]]:
    """Lines of the tap until the agent ends or the time is up."""
    import orjson

    buffer = bytearray()
    while True:
        left = ATTENTION if deadline is None else min(deadline - time.monotonic(), ATTENTION)
        if left <= 0:
            return
        connection.settimeout(left)
        try:
            piece = connection.recv(1 << 18)
        except TimeoutError:
            continue
        if not piece:
            click.echo("logsource: the agent ended", err=True)
            return
        buffer += piece
        if b"\n" in piece:
            *lines, rest = bytes(buffer).split(b"\n")
            buffer = bytearray(rest)
            for line in lines:
                yield orjson.loads(line)
