"""What a tracker is told in words, as the values that the rest of logsource works with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from logsource.config.find import SYSTEM_PATH, VARIABLE, find_config
from logsource.config.load import load
from logsource.config.model import CollectorConfig
from logsource.errors import ConfigError
from logsource.event.resolver import Resolver, local_repositories
from logsource.tracker.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.clock import Clock
    from logsource.config.model import Config


LEAST_SIZE = 65536
"""Bytes of an outbox; less holds no large event."""


def problems_of(
    *, state_dir: object, max_size: object, sync: object, when_full: object, unknown_schemas: object
) -> list[str]:
    """What is wrong with a tracker's own options; types are for those who do not ask a type checker."""
    problems = []
    if state_dir is not None and (
        not isinstance(state_dir, str | os.PathLike) or not os.fspath(state_dir) or "\0" in str(state_dir)
    ):
        problems.append("state_dir: must be the path of a directory, or None to keep events in memory only")
    if isinstance(max_size, bool) or not isinstance(max_size, int) or max_size < LEAST_SIZE:
        problems.append(f"max_size: must be a whole number of bytes, {LEAST_SIZE} at least")
    if sync not in ("normal", "full"):
        problems.append("sync: must be normal or full")
    if isinstance(when_full, bool) or not isinstance(when_full, int | float) or not when_full >= 0:
        problems.append("when_full: must be a number of seconds; 0: StoreFull at once")
    if unknown_schemas not in ("accept", "refuse"):
        problems.append("unknown_schemas: must be accept or refuse")
    return problems


def collector_of(given: str | Collector | CollectorConfig, **own: str | None) -> CollectorConfig:
    """The collector's settings; what is not None in `own` wins. Raises ConfigError with every problem."""
    known = {name: value for name, value in own.items() if value is not None}
    values: dict[str, Any]
    if isinstance(given, CollectorConfig):
        values = given.model_dump(exclude_unset=True)
    else:
        values = (given if isinstance(given, Collector) else Collector(url=given)).values()
    try:
        return CollectorConfig.model_validate({**values, **known})
    except ValidationError as error:
        raise ConfigError([_problem(one) for one in error.errors(include_url=False)]) from None


def _problem(error: Any) -> str:
    place = ".".join(str(part) for part in ("collector", *error["loc"]))
    return f"{place}: {error['msg']}"


def read_config(path: str | os.PathLike[str] | None) -> Config:
    """The configuration of the agent. Raises ConfigError with every problem."""
    from logsource.parse.resolve import known_parsers  # noqa: PLC0415 - the parsers of all packs, for this alone

    found = find_config(os.environ, Path()) if path is None else Path(path)
    if found is None:
        raise ConfigError([f"no configuration: no ${VARIABLE}, no ./logsource.yaml, no {SYSTEM_PATH}"])
    return load(found, env=os.environ, known_parsers=known_parsers).config


def resolver_of(
    directories: Sequence[Path], resolver_file: Path | None, vendor: str, clock: Clock
) -> Resolver:
    """Where schemas are looked for. Raises ConfigError with every problem of the resolver file."""
    local = local_repositories(directories, vendor=vendor)
    if resolver_file is None:
        return Resolver(local, clock=clock)
    from logsource.config.resolver import load_resolver  # noqa: PLC0415 - only who has registries needs HTTP for them
    from logsource.event.registries import open_resolver  # noqa: PLC0415 - see above

    return open_resolver(load_resolver(resolver_file, env=os.environ), local, clock=clock)
