"""`logsource drain PATH`: wait until everything that a file holds now is safe in the outbox."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logsource.cli.options import config_option, load_or_exit, url_option
from logsource.tail.magic import MAGIC_LENGTH, compression_of
from logsource.tail.room import Room
from logsource.web.asking import ask_status

if TYPE_CHECKING:
    from collections.abc import Callable


POLL = 0.2
"""Seconds between two looks at the agent's status."""


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
@url_option
@click.option("--timeout", type=DurationType(), default="30s", show_default=True, help="Longest wait.")
def drain(path: Path, *, config: Path | None, url: str | None, timeout: float) -> None:
    """Wait until every complete line that PATH holds now is committed to the agent's outbox.

    For logrotate's prerotate and lastaction: afterwards the file may be truncated, compressed or deleted. With --url it
    works also while the configuration is being edited. Exit status 1: not within the timeout, or the agent does not
    follow the file; PATH should not be touched then.
    """
    from logsource.parse.resolve import known_parsers

    listen = url or load_or_exit(config, known_parsers=known_parsers).web.listen
    problem = wait_until_read(
        path.absolute(),
        lambda: ask_status(listen) if listen else None,
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
        wanted = Wanted(path)
    except OSError as error:
        return f"{path}: {error.strerror}"
    deadline = monotonic() + timeout
    while True:
        body = status()
        if body is None:
            problem = "the agent does not answer on web.listen"
        else:
            try:
                left = wanted.left(body["files"])
            except OSError as error:
                return f"{path}: {error.strerror}"
            if left == 0:
                return None
            problem = (
                f"no source follows {path}" if left is None else f"{left:,} bytes of {path} are not read yet"
            )
        if monotonic() >= deadline:
            return f"{problem} (after {timeout:g} s)"
        sleep(POLL)


class Wanted:
    """The file that a path leads to, and what it holds now.

    It is recognised by its inode: the generations of a log have one path in the agent's status, and while logrotate
    works the agent may know a file by the name it had a moment ago.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            at = os.fstat(file.fileno())
            self._place = (at.st_dev, at.st_ino)
            self._size = Room().end(file.fileno(), at, 0)
            # The agent counts what is inside.
            self._packed = bool(compression_of(file.read(MAGIC_LENGTH)))

    def left(self, files: list[dict[str, Any]]) -> int | None:
        """Bytes that are not read yet, at least 1 while there are any; None when no source follows the file."""
        lefts = [self._left(file) for file in files if self._is_it(file)]
        return min(lefts, default=None)

    def _is_it(self, file: dict[str, Any]) -> bool:
        device, inode = self._place
        # The agent knows no device on network file systems, where it changes with every mount.
        return file["inode"] == inode and file["device"] in (device, 0)

    def _left(self, file: dict[str, Any]) -> int:
        if self._packed:
            return 0 if file["caught_up"] else max(1, file["size"] - file["offset"])
        now = self._path.stat()
        if (now.st_dev, now.st_ino) == self._place and now.st_size < file["size"]:
            return self._size or 1  # it was truncated, and the agent does not know yet
        if file["offset"] >= self._size or (file["caught_up"] and file["size"] >= self._size):
            return 0
        return max(1, self._size - int(file["offset"]))
