"""`logsource demo`: see the main job work, on this machine, in one command."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logsource.demo.demo import Demo, Total


@click.command()
@click.option(
    "--log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tail this file instead of one that the demo writes.",
)
@click.option("--parser", help="Its parser. Default: the one that fits best (see `logsource detect`).")
@click.option(
    "--rate", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Lines a second."
)
@click.option(
    "--rotate",
    default=4000,
    show_default=True,
    type=click.IntRange(1),
    help="Lines after which the log is rotated, but not more often than every two seconds.",
)
@click.option(
    "--seconds", type=click.FloatRange(min=0), help="End by itself after so long. Default: at Ctrl-C."
)
@click.option("--keep", is_flag=True, help="Keep the folder with log, configuration and state.")
def demo(
    log: Path | None, parser: str | None, rate: int, rotate: int, seconds: float | None, *, keep: bool
) -> None:
    """Run a log writer, the agent and the embedded collector, and show what happens.

    Ctrl-C ends it with an honest total: lines written, good events, what is missing, what came twice. The exit
    status is 0 only if every line arrived exactly once and passed every check.
    """
    from logsource.cli.signals import Signals
    from logsource.demo.demo import Demo

    folder = Path(tempfile.mkdtemp(prefix="logsource-demo-"))
    stop = threading.Event()
    Signals().on([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], stop.set)
    try:
        with Demo(
            folder,
            log=log,
            parser=parser or ("nginx_access" if log is None else _best_parser(log)),
            rate=rate,
            rotate=max(rotate, 2 * rate),
            listen=9090,
            web=9419,
        ) as running:
            total = _watch(running, stop, seconds)
        if not total.honest:
            click.echo((folder / "agent.log").read_text(encoding="utf-8", errors="replace")[-4000:], err=True)
        _say(total, written=log is None)
    finally:
        if keep:
            click.echo(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if total.honest else 1)


def _watch(running: Demo, stop: threading.Event, seconds: float | None) -> Total:
    from rich.console import Console
    from rich.live import Live

    from logsource.demo.demo import STEP
    from logsource.demo.screen import Picture, render

    console = Console()
    where = {
        "page": running.page,
        "log": str(running.log),
        "parser": running.parser,
        "agent": running.agent_url,
    }
    if not console.is_terminal:
        click.echo(" ".join(f"{name}={value}" for name, value in where.items()))
    steps = 0
    with Live(console=console, auto_refresh=False, transient=False) as live:

        def show(picture: Picture) -> None:
            nonlocal steps
            if console.is_terminal:
                live.update(render(picture, **where), refresh=True)
            elif steps % 10 == 0:
                click.echo(picture.one_line())
            steps += 1

        while not stop.wait(STEP) and running.agent_running:
            picture = running.picture()
            show(picture)
            if seconds is not None and picture.seconds >= seconds:
                break
        return running.finish(show)


def _best_parser(log: Path) -> str:
    from logsource.cli.detect import best_parser

    return best_parser(log)


def _say(total: Total, *, written: bool) -> None:
    what = "lines written" if written else "lines read"
    click.echo(
        f"{total.lines:,} {what} = {total.good - total.resent:,} good events"
        + (f" + {total.dropped:,} dropped on purpose" if total.dropped else "")
        + f"; {total.missing:,} missing, {total.duplicated:,} duplicated, {total.bad:,} bad, {total.dead:,} dead letters"
        + (f"; {total.resent:,} identical resends" if total.resent else "")
        + (f"; {total.unread:,} bytes of an unfinished last line were left unread" if total.unread else "")
    )
