"""Options that say where schemas are looked for, and the resolver they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.event.resolver import Resolver

F = TypeVar("F", bound="Callable[..., Any]")
_OPTIONS = (
    click.option(
        "--iglu",
        multiple=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Static Iglu repository or directory of packs with more schemas; may be repeated.",
    ),
    click.option(
        "--resolver",
        "resolver_file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Resolver configuration of Iglu clients (JSON): registries over HTTP and on disk. ${NAME} in it stands "
        "for an environment variable, for example in apikey.",
    ),
    click.option(
        "--no-packs",
        "packs",
        flag_value=False,
        default=True,
        help="Without the schemas that come with logsource: only what DIR and FILE have, as the pipeline sees it.",
    ),
)


def schema_options(command: F) -> F:
    """Pass `iglu: tuple[Path, ...]`, `resolver_file: Path | None`, `packs: bool`; hand them to `resolver_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def registry_lines(resolver: Resolver) -> list[str]:
    """`registry=NAME at=ADDRESS` of each registry over HTTP, without secrets."""
    from logsource.log import kv

    return [kv(registry=one.name, at=one.place) for one in resolver.repositories if one.remote]


def resolver_of(
    iglu: tuple[Path, ...], resolver_file: Path | None, *, packs: bool, directory_ttl: float | None = None
) -> Resolver:
    """The resolver of these options; close it after use.

    `directory_ttl`: seconds for which a schema from a directory is kept, when there is no resolver file to say it.
    Raises ConfigError with every problem of the resolver file.
    """
    import os

    from logsource.event.resolver import Resolver, local_repositories

    if resolver_file is None:
        return Resolver(local_repositories(iglu, builtin=packs), cache_ttl=directory_ttl)
    from logsource.config.resolver import load_resolver
    from logsource.event.registries import open_resolver

    return open_resolver(load_resolver(resolver_file, env=os.environ), iglu, builtin=packs)
