"""`logsource drain PATH`: wait until everything that a file holds now is safe in the outbox."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logsource.cli.options import config_option, load_or_exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.config.model import Config

POLL = 0.2
"""Seconds between two looks at the agent's status."""
BLOCK = 65536


class DurationType(click.ParamType[float]):
    """`10s`, `500ms`, `2m` as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse, or fail as wrong usage."""
        from logsource.config.types import parse_duration

        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@config_option
@click.option("--timeout", type=DurationType(), default="30s", show_default=True, help="Longest wait.")
def drain(path: Path, *, config: Path | None, timeout: float) -> None:
    """Wait until every complete line that PATH holds now is committed to the agent's outbox.

    For logrotate's prerotate and lastaction: afterwards the file may be truncated, compressed or deleted. Exit
    status 1: not within the timeout, or the agent does not follow the file; PATH should not be touched then.
    """
    from logsource.parse.resolve import known_parsers

    loaded = load_or_exit(config, known_parsers=known_parsers)
    problem = wait_until_read(
        path.absolute(),
        lambda: agent_status(loaded),
        timeout=timeout,
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    if problem is not None:
        click.echo(f"logsource: {problem}", err=True)
        sys.exit(1)


def wait_until_read(
    path: Path,
    status: Callable[[], dict[str, Any] | None],
    *,
    timeout: float,
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
) -> str | None:
    """None when all complete lines are committed, else what is in the way."""
    try:
        target = complete_bytes(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    deadline = monotonic() + timeout
    while True:
        body = status()
        if body is None:
            problem = "the agent does not answer on web.listen"
        else:
            mine = [file for file in body["files"] if file["path"] == str(path)]
            if any(file["offset"] >= target for file in mine) or (not target and mine):
                return None
            left = target - max((file["offset"] for file in mine), default=0)
            problem = f"{left:,} bytes of {path} are not read yet" if mine else f"no source follows {path}"
        if monotonic() >= deadline:
            return f"{problem} (after {timeout:g} s)"
        sleep(POLL)


def complete_bytes(path: Path) -> int:
    """Bytes up to and with the last newline of a file."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - BLOCK)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0


def agent_status(config: Config) -> dict[str, Any] | None:
    """The `/status` of the agent with this configuration; None when it does not answer."""
    if not config.web.listen:
        return None
    try:
        with urllib.request.urlopen(f"http://{config.web.listen}/status", timeout=3.0) as answer:
            body: dict[str, Any] = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return body
