"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from logsource.config.load import KnownParsers, Loaded
    from logsource.config.model import Config

config_option = click.option(
    "-c",
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default=None,
    help="Configuration file. Default: $LOGSOURCE_CONFIG, ./logsource.yaml, /etc/logsource/logsource.yaml.",
)
"""Passes `config: Path | None`; hand it to `load_or_exit`."""


class AgentAddress(click.ParamType[str]):
    """`http://HOST:PORT` or `HOST:PORT` of an agent's web server, as HOST:PORT."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Parse, or fail as wrong usage."""
        from logsource.config.addresses import parse_listen

        listen = str(value).removeprefix("http://").removesuffix("/")
        try:
            host, _ = parse_listen(listen)
        except ValueError:
            host = ""
        if not host or "/" in host:
            self.fail(f"{value!r} is not the address of an agent, such as http://127.0.0.1:9419", param, ctx)
        return listen


url_option = click.option(
    "--url",
    type=AgentAddress(),
    default=None,
    help="Ask the agent at this address (its web.listen); no configuration is read.",
)
"""Passes `url: str | None`, as HOST:PORT."""


def load_or_exit(path: Path | None, *, known_parsers: KnownParsers | None = None) -> Config:
    """Configuration of a command; on problems print all of them to stderr and exit.

    Exit status 1: the configuration has problems. 2: there is no such file, or none was named or found.
    """
    return loaded_or_exit(path, known_parsers=known_parsers).config


def loaded_or_exit(path: Path | None, *, known_parsers: KnownParsers | None = None) -> Loaded:
    """As `load_or_exit`, with the places of the values."""
    from logsource.config.find import SYSTEM_PATH, VARIABLE, find_config
    from logsource.config.load import SMALLEST, load
    from logsource.errors import ConfigError

    path = path or find_config(os.environ, Path())
    if path is None:
        click.echo(
            f"no configuration: no -c, no ${VARIABLE}, no ./logsource.yaml, no {SYSTEM_PATH} (begin with {SMALLEST})",
            err=True,
        )
        sys.exit(2)
    try:
        return load(path, env=os.environ, known_parsers=known_parsers)
    except ConfigError as error:
        click.echo("\n".join(error.problems), err=True)
        sys.exit(1 if path.exists() and not path.is_dir() else 2)


def load_again(path: Path | None, *, known_parsers: KnownParsers | None = None) -> Config:
    """The configuration as it is now, for an agent that runs already. Raises ConfigError."""
    from logsource.config.find import find_config
    from logsource.config.load import load
    from logsource.errors import ConfigError

    found = path or find_config(os.environ, Path())
    if found is None:
        raise ConfigError(["the configuration file is gone"])
    return load(found, env=os.environ, known_parsers=known_parsers).config
