"""The `logsource` command. Subcommands are imported when they are used, so that each starts fast."""

from __future__ import annotations

import importlib
import sys

import click

from logsource import __version__
from logsource.cli.group import Group
from logsource.errors import LogsourceError

COMMANDS = {
    "run": "logsource.cli.run:run",
    "check": "logsource.cli.check:check",
    "try": "logsource.cli.try_:try_",
    "explain": "logsource.cli.explain:explain",
    "detect": "logsource.cli.detect:detect",
    "packs": "logsource.cli.packs:packs",
    "schemas": "logsource.cli.schemas:schemas",
    "collector": "logsource.cli.collector:collector",
    "status": "logsource.cli.status:status",
    "tap": "logsource.cli.tap:tap",
    "dead": "logsource.cli.dead:dead",
    "drain": "logsource.cli.drain:drain",
    "track": "logsource.cli.track:track",
    "demo": "logsource.cli.demo:demo",
}
"""Command → `module:object`; a static table, because registration by import side effect is hard to find."""


class LazyGroup(Group):
    """A group that knows its commands by name and imports them on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return the command."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="logsource")
def cli() -> None:
    """Tail log files and send every line to a Snowplow collector as a self-describing event.

    Exit status: 0 ok, 1 problems found, 2 wrong usage.
    """


def main() -> None:
    """Run the CLI; problems a person can act on are printed without a traceback."""
    try:
        cli.main(standalone_mode=True)
    except LogsourceError as error:
        click.echo(f"logsource: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
