"""Options that say where schemas are looked for, and the resolver they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.event.repository import Repository
    from logsource.event.resolver import Resolver

_LOCAL = (
    click.option(
        "-c",
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Also the schemas of this configuration: pack_dirs, schemas.vendor (and schemas.resolver).",
    ),
    click.option(
        "--iglu",
        multiple=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Static Iglu repository or directory of packs with more schemas; may be repeated.",
    ),
)
_REGISTRIES = (
    click.option(
        "--resolver",
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


@dataclass(frozen=True, slots=True)
class Places:
    """Where schemas are looked for."""

    directories: tuple[Path, ...] = ()
    resolver_file: Path | None = None
    packs: bool = True
    vendor: str = ""
    """Under which our own schemas are known as well."""
    named: tuple[str, ...] = ()
    """Schemas that parsers and entities of the configuration name."""

    def local(self) -> list[Repository]:
        """What is at hand, in order."""
        from logsource.event.resolver import local_repositories

        return local_repositories(self.directories, builtin=self.packs, vendor=self.vendor)

    def resolver(self, *, directory_ttl: float | None = None) -> Resolver:
        """The resolver; close it after use.

        `directory_ttl`: seconds for which a schema from a directory is kept, when there is no resolver file to say
        it. Raises ConfigError with every problem of the resolver file.
        """
        import os

        from logsource.event.resolver import Resolver

        if self.resolver_file is None:
            return Resolver(self.local(), cache_ttl=directory_ttl)
        from logsource.config.resolver import load_resolver
        from logsource.event.registries import open_resolver

        return open_resolver(load_resolver(self.resolver_file, env=os.environ), self.local())


def local_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass `places: Places` without registries."""
    return _passing(command, _LOCAL)


def schema_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass `places: Places`."""
    return _passing(command, (*_LOCAL, *_REGISTRIES))


def registry_lines(resolver: Resolver) -> list[str]:
    """`registry=NAME at=ADDRESS` of each registry over HTTP, without secrets."""
    from logsource.log import kv

    return [kv(registry=one.name, at=one.place) for one in resolver.repositories if one.remote]


def _passing(
    command: Callable[..., Any], options: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...]
) -> Callable[..., Any]:
    @wraps(command)
    def with_places(
        *,
        config: Path | None,
        iglu: tuple[Path, ...],
        resolver: Path | None = None,
        packs: bool = True,
        **rest: Any,
    ) -> Any:
        return command(places=_places(config, iglu, resolver, packs=packs), **rest)

    made: Callable[..., Any] = with_places
    for option in reversed(options):
        made = option(made)
    return made


def _places(
    config: Path | None, iglu: tuple[Path, ...], resolver_file: Path | None, *, packs: bool
) -> Places:
    if config is None:
        return Places(iglu, resolver_file, packs)
    from logsource.cli.options import load_or_exit

    loaded = load_or_exit(config)
    named = [parser.schema_ for parser in loaded.parsers.values() if parser.schema_ is not None]
    named += [uri for source in loaded.sources for uri in source.context]
    return Places(
        directories=(*iglu, *loaded.pack_dirs),
        resolver_file=resolver_file or loaded.schemas.resolver,
        packs=packs,
        vendor=loaded.schemas.vendor,
        named=tuple(dict.fromkeys(named)),
    )
