"""`logsource run`: the agent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logsource.cli.options import config_option, load_again, load_or_exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.config.model import Config
    from logsource.model import Tally


@click.command()
@config_option
@click.option("--once", is_flag=True, help="Read everything that is there, deliver it, and exit.")
@click.option("--background", is_flag=True, help="Let everything else on this machine go first.")
def run(config: Path | None, *, once: bool, background: bool) -> None:
    """Tail the configured files and send their lines to the collector.

    With --once the exit status is 0 only if all was delivered. SIGTERM and Ctrl-C stop in order: what was read
    is kept, and what can be sent within `collector.drain_timeout` is sent. SIGHUP reads the configuration again;
    when it has problems, they are logged and the old one stays in use.

    To catch up with old logs beside an agent that follows the new ones, run another one with --once --background, a
    configuration that names the old logs, and a state_dir of its own. Run again, it sends nothing again.
    """
    import gc
    import signal

    early: list[int] = []
    # By default it would end a process that is not yet where it can read its configuration again.
    signal.signal(signal.SIGHUP, lambda number, _frame: early.append(number))
    gc.disable()  # until all is loaded: nothing that is imported is garbage
    from logsource.agent.lasting import LastingAgent
    from logsource.agent.process import tune_malloc, yield_to_others
    from logsource.cli.progress import ProgressBar
    from logsource.cli.signals import Signals
    from logsource.log import setup
    from logsource.parse.resolve import known_parsers

    loaded = load_or_exit(config, known_parsers=known_parsers)
    bar = ProgressBar() if once and sys.stderr.isatty() else None
    quiet = bar is not None and loaded.agent.log_level == "info"  # the bar says the same
    setup("warning" if quiet else loaded.agent.log_level)
    tune_malloc()
    if background:
        yield_to_others()
    agent = LastingAgent(loaded, once=once, on_progress=None if bar is None else bar.show)

    signals = Signals()
    asked: list[int] = []

    def stop(signum: int, frame: object) -> None:  # noqa: ARG001 - the shape of a handler
        if asked:
            sys.exit(1)  # asked twice: at once; everything committed is kept
        asked.append(signum)
        signals.later(agent.stop)

    def again() -> Config:
        fresh = load_again(config, known_parsers=known_parsers)
        setup(fresh.agent.log_level)
        return fresh

    signals.on([signal.SIGHUP], lambda: agent.reload(again))
    if early:
        signals.later(lambda: agent.reload(again))
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    gc.freeze()
    gc.enable()
    try:
        result = agent.run()
    finally:
        if bar is not None:
            bar.close()
    if once:
        for line in _by_reason(result.totals):
            click.echo(line, err=True)
        click.echo(
            f"{result.totals.read:,} lines read, {result.totals.events.total():,} events, "
            f"{result.sent:,} delivered, {result.totals.dropped.total():,} dropped, {result.dead:,} dead letters, "
            f"{result.outbox:,} left in the outbox"
            + (f", {result.unreadable} file(s) not readable" if result.unreadable else ""),
            err=True,
        )
        sys.exit(0 if result.complete else 1)


def _by_reason(totals: Tally) -> Iterator[str]:
    """Why lines were left out, and why no pattern took them; the greatest numbers first."""
    for what, counts in (("dropped", totals.dropped), ("not parsed", totals.unparsed)):
        if told := [f"{count:,} {reason}" for reason, count in counts.most_common() if count]:
            yield f"{what}: {', '.join(told)}"
