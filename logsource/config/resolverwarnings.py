"""What `logsource check` has to say about the file in `schemas.resolver` without asking a registry."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from logsource.config.addresses import is_loopback
from logsource.config.resolver import IGLU_CLIENT_EMBEDDED, load_resolver
from logsource.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.config.load import Loaded
    from logsource.config.resolver import ResolverConfig

_PLACE = ("schemas", "resolver")


def resolver_warnings(
    loaded: Loaded, env: Mapping[str, str] = os.environ
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Only warnings: the agent itself never reads the file, `check --schemas` and the collector do."""
    path = loaded.config.schemas.resolver
    if path is None:
        return
    try:
        config = load_resolver(path, env=env)
    except ConfigError as error:
        yield from ((_PLACE, problem, "") for problem in error.problems)
        return
    for registry in config.repositories:
        http, embedded = registry.connection.http, registry.connection.embedded
        if embedded and embedded.path != IGLU_CLIENT_EMBEDDED and not Path(embedded.path).is_dir():
            what = f"{path}: {registry.name}: there is no directory {embedded.path}"
            yield _PLACE, what, "relative ones are meant from where the file is; a path inside a jar is none"
        address = urlsplit(http.uri) if http is not None else None
        if http is None or address is None or (http.apikey is None and "@" not in address.netloc):
            continue
        if address.scheme == "http" and not is_loopback(address.hostname or ""):
            what = f"{path}: the apikey or password of {registry.name} is sent without encryption"
            yield _PLACE, what, "write https://"
    if _readable_secret(path, config):
        hint = f"chmod 0640 {path}, or take the value from ${{ENV}}"
        yield _PLACE, f"a secret stands in {path}, which every user can read", hint


def _readable_secret(path: Path, config: ResolverConfig) -> bool:
    keys = [one.connection.http.apikey for one in config.repositories if one.connection.http is not None]
    try:
        open_to_all = bool(path.stat().st_mode & stat.S_IROTH)
        text = path.read_text(encoding="utf-8")
    except OSError:
        return False
    return open_to_all and any(key is not None and key in text for key in keys)
