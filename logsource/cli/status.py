"""`logsource status`: what the agent is doing, asked over HTTP; without an agent, what its store says."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from logsource.cli.options import config_option, load_or_exit, url_option
from logsource.cli.plain import plain
from logsource.web.asking import ask_status

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.config.model import Config

PIPE_WIDTH = 200
"""Columns when nobody said how wide the paper is."""


@click.command()
@config_option
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer of /status as it is.")
@click.option("--files", is_flag=True, help="List every followed file.")
def status(config: Path | None, url: str | None, *, as_json: bool, files: bool) -> None:
    """Show sources, lag, outbox and delivery of the agent that runs with this configuration.

    While the configuration is being edited, --url asks the agent all the same. Exit status: 0 running and ready, 1 not
    ready or not running (then the store on disk is shown, if the configuration says where it is).
    """
    from logsource.parse.resolve import known_parsers

    loaded = None if url else load_or_exit(config, known_parsers=known_parsers)
    listen = url if loaded is None else loaded.web.listen
    body = ask_status(listen) if listen else None
    if body is None:
        if loaded is None:
            click.echo(f"no agent answers on {url}", err=True)
        else:
            _without_agent(loaded, as_json=as_json)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        _show(body, files=files)
    sys.exit(1 if body.get("not_ready") else 0)


def _without_agent(config: Config, *, as_json: bool) -> None:
    from logsource.clock import SystemClock
    from logsource.store.disk import DiskStore

    where = config.agent.state_dir
    nobody = f"no agent answers on {config.web.listen or 'no address'}"
    try:
        if not (where / "outbox").exists():
            click.echo(
                f"{nobody}, and {where} holds no outbox: none has run here yet (start one: logsource run)"
            )
            return
    except PermissionError:
        click.echo(f"{nobody}, and {where} belongs to another user; run this as the agent's user", err=True)
        return
    store = DiskStore.attach(where, clock=SystemClock())
    try:
        stats = store.stats()
        tallies = store.tallies()
    finally:
        store.close()
    if as_json:
        sources = {
            name: {"lines": tally.read, "events": tally.events.total()} for name, tally in tallies.items()
        }
        outbox = {"events": stats.events, "bytes": stats.bytes, "dead_letters": stats.dead}
        click.echo(json.dumps({"running": False, "sources": sources, "outbox": outbox}, indent=2))
        return
    click.echo(f"no agent answers on {config.web.listen or 'no address'}; on disk in {where}:")
    click.echo(f"outbox   {stats.events:,} events wait, {stats.bytes:,} bytes; {stats.dead:,} dead letters")
    for name, tally in tallies.items():
        click.echo(f"source   {name}: {tally.read:,} lines read so far, {tally.events.total():,} events")


def _show(body: dict[str, Any], *, files: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(
        f"[bold]{escape(plain(body['name']))}[/bold]  logsource {body['version']}  pid {body['pid']}  up {_duration(body['uptime_seconds'])}",
        highlight=False,
    )
    # A configuration may have several problems, each a line.
    reasons = body["not_ready"]
    lines = [(one["reason"], line) for one in reasons for line in one["detail"].splitlines() or [""]]
    for reason, detail in lines:
        console.print(f"[bold red]not ready[/bold red] {reason}: ", end="", highlight=False)
        console.print(plain(detail), markup=False, highlight=False)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("source", "parser"):
        table.add_column(name, no_wrap=True)
    for name in ("files", "lines", "events", "unparsed", "rejected", "dropped", "lag bytes", "behind"):
        table.add_column(name, justify="right", no_wrap=True)
    for source in body["sources"]:
        table.add_row(
            source["name"],
            plain(source["parser"]),
            f"{source['files']:,}",
            f"{source['lines']:,}",
            f"{source['events']:,}",
            _reasons(source.get("unparsed", {})),  # an agent of before does not say
            _reasons(source["rejected"]),
            _reasons(source["dropped"]),
            f"{source['lag_bytes']:,}",
            _duration(source["lag_seconds"]) if source["lag_seconds"] else "-",
        )
    console.print(table, markup=False)
    for source in body["sources"]:
        if source.get("found"):  # an agent of before does not say
            console.print(
                f"found  {source['found']:,} new files of {source['name']} wait to be opened; what is in them is not yet counted",
                markup=False,
                highlight=False,
            )
    programs = body.get("programs", {})  # an agent of before does not say
    if programs.get("last_ms") is not None:
        ago = max(0, body["now_ms"] - programs["last_ms"]) / 1000
        console.print(
            f"programs  {programs['handed_over']:,} events handed over since the start, {programs['adopted']:,} taken over "
            f"from programs that ended, the last {_duration(ago)} ago",
            highlight=False,
        )
    outbox = body["outbox"]
    console.print(
        f"outbox  {outbox['events']:,} events in {outbox['batches']:,} batches, {outbox['bytes']:,} of "
        f"{outbox['capacity_bytes']:,} bytes, oldest {_duration(outbox['oldest_age_seconds'])}; "
        f"{outbox['dead_letters']:,} dead letters"
        + ("  [red]reading is paused[/red]" if outbox["read_paused"] else ""),
        highlight=False,
    )
    for output in body["outputs"]:
        state = output["blocked"] or "delivering"
        console.print(
            f"output  {output['name']} {output['address']}: {output['events_sent']:,} sent, last answer "
            f"{output['last_code'] or 'none yet'}, {plain(state)}",
            markup=False,
            highlight=False,
        )
    if files:
        _show_files(console, body["files"])


def _show_files(console: Any, files: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name, justify in (
        ("file", "left"),
        ("state", "left"),
        ("offset", "right"),
        ("size", "right"),
        ("", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for file in files:
        offset, size = f"{file['offset']:,}", f"{file['size']:,}"
        table.add_row(plain(file["path"]), file["state"], offset, size, plain(file["detail"]))
    console.print(table, markup=False)


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count) or "-"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
