"""Groups of commands whose help says the whole first sentence of each command."""

from __future__ import annotations

import click

_LONGEST = 250
"""Characters of a first sentence; click would cut them all to fit one line."""


class Group(click.Group):
    """A group of commands."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the first sentence of their help."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str(_LONGEST)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)
