"""`logsource dead`: look at what could not be delivered, put it back, or delete it."""

from __future__ import annotations

import sys
from array import array
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logsource.cli.group import Group
from logsource.cli.options import config_option, load_or_exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logsource.model import DeadLetter
    from logsource.store.disk import DiskStore

_state_dir = click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="State directory of the agent; without it, agent.state_dir of the configuration.",
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_reason = click.option("--reason", help="Only letters with this reason, e.g. rejected_400.")
_keys = click.argument("keys", nargs=-1, type=click.IntRange(min=1))
_all = click.option(
    "--all", "everything", is_flag=True, help="All letters (that have the --reason, if given)."
)


@click.group(cls=Group)
def dead() -> None:
    """Dead letters: events that could not be delivered, each with the reason and the collector's answer.

    All commands may be used while the agent runs; it sends what was replayed within a second.
    """


@dead.command("list")
@config_option
@_state_dir
@_reason
@_json
def list_(config: Path | None, state_dir: Path | None, reason: str | None, *, as_json: bool) -> None:
    """List the letters, oldest first."""
    from logsource.cli.letters import print_table, to_json

    with _store(config, state_dir) as store:
        keys = _select(store, (), reason, everything=True)
        letters = store.dead_letters(keys)
        if as_json:
            for letter in letters:
                click.echo(to_json(letter))
        elif keys:
            print_table(letters)
        else:
            click.echo("no dead letters" if reason is None else f"no dead letters with reason {reason}")


@dead.command()
@config_option
@_state_dir
@_keys
@_all
@_reason
@click.option("--bad-rows", is_flag=True, help="As Snowplow bad rows (self-describing JSON), one a line.")
@_json
def show(
    config: Path | None,
    state_dir: Path | None,
    keys: tuple[int, ...],
    reason: str | None,
    *,
    everything: bool,
    bad_rows: bool,
    as_json: bool,
) -> None:
    """Show letters completely: reason, answer, source line and event."""
    from logsource.cli.badrows import to_bad_row
    from logsource.cli.letters import print_letter, to_json

    writer: Callable[[DeadLetter], str] | None = to_bad_row if bad_rows else to_json if as_json else None
    with _store(config, state_dir) as store:
        for letter in store.dead_letters(_select(store, keys, reason, everything=everything)):
            if writer is None:
                print_letter(letter)
            else:
                click.echo(writer(letter))


@dead.command()
@config_option
@_state_dir
@_keys
@_all
@_reason
def replay(
    config: Path | None,
    state_dir: Path | None,
    keys: tuple[int, ...],
    reason: str | None,
    *,
    everything: bool,
) -> None:
    """Put letters back into the outbox; they are sent again with the same event ids."""
    with _store(config, state_dir) as store:
        wanted = _select(store, keys, reason, everything=everything)
        count = store.replay(wanted)
    click.echo(f"{_letters(count)} put back into the outbox")
    if count < len(wanted):
        click.echo(
            f"{_letters(len(wanted) - count)} left: no event in it, or one over 1 MB, which collectors lose "
            "(see `logsource dead show`)",
            err=True,
        )
        sys.exit(1)


@dead.command()
@config_option
@_state_dir
@_keys
@_all
@_reason
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(
    config: Path | None,
    state_dir: Path | None,
    keys: tuple[int, ...],
    reason: str | None,
    *,
    everything: bool,
    yes: bool,
) -> None:
    """Delete letters for good."""
    with _store(config, state_dir) as store:
        wanted = _select(store, keys, reason, everything=everything)
        if wanted and not yes:
            click.confirm(f"Delete {_letters(len(wanted))} for good?", abort=True)
        count = store.purge(wanted)
    click.echo(f"{_letters(count)} deleted")


@contextmanager
def _store(config: Path | None, state_dir: Path | None) -> Iterator[DiskStore]:
    from logsource.clock import SystemClock
    from logsource.store.disk import DiskStore

    directory = state_dir if state_dir is not None else load_or_exit(config).agent.state_dir
    store = DiskStore.attach(directory, clock=SystemClock())
    try:
        yield store
    finally:
        store.close()


def _select(store: DiskStore, keys: Sequence[int], reason: str | None, *, everything: bool) -> Sequence[int]:
    """Keys of the letters that are meant; exit 2 when none were named, 1 when a named one is not there.

    Keys only: all the letters of a bad day may not fit into memory.
    """
    if not keys and not everything and reason is None:
        raise click.UsageError(
            "name letters by their keys (see `logsource dead list`), or give --reason or --all"
        )
    named = list(dict.fromkeys(keys))
    if not named and reason is None:
        return array("q", store.dead_keys())
    letters = store.dead_letters(named or None)
    found = array("q", (letter.key for letter in letters if reason is None or letter.reason == reason))
    if missing := set(named) - set(found):
        which = ", ".join(map(str, sorted(missing)))
        click.echo(f"no dead letter {which}; see `logsource dead list`", err=True)
        sys.exit(1)
    return found


def _letters(count: int) -> str:
    return "1 dead letter" if count == 1 else f"{count} dead letters"
