"""From a resolver configuration and directories to a resolver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.resolver import IGLU_CLIENT_EMBEDDED
from logsource.event.registry import TIMEOUT, HttpRegistry
from logsource.event.repository import Folders, schema_roots
from logsource.event.resolver import Registry, Resolver, local_repositories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.clock import Clock
    from logsource.config.resolver import RegistryConfig, ResolverConfig
    from logsource.event.repository import Repository

EMBEDDED_PRIORITY, HTTP_PRIORITY = 2, 100
"""Class priorities of Iglu clients: what is at hand comes before what must be fetched."""


def open_resolver(
    config: ResolverConfig,
    local: Sequence[Repository] | None = None,
    *,
    clock: Clock | None = None,
    timeout: float = TIMEOUT,
) -> Resolver:
    """A resolver over repositories at hand and the registries of a configuration. Close it after use.

    `local`: what is asked before all registries; none: the built-in packs. `timeout`: seconds for one answer of a registry over HTTP.
    """
    registries = [
        registry for one in config.repositories if (registry := _registry(one, clock, timeout)) is not None
    ]
    return Resolver(
        local_repositories() if local is None else local,
        registries,
        clock=clock,
        cache_size=config.cache_size,
        cache_ttl=config.cache_ttl,
    )


def _registry(config: RegistryConfig, clock: Clock | None, timeout: float) -> Registry | None:
    prefixes = tuple(config.vendor_prefixes)
    http, embedded = config.connection.http, config.connection.embedded
    if http is not None:
        return Registry(
            repository=HttpRegistry(
                name=config.name, uri=http.uri, apikey=http.apikey, clock=clock, timeout=timeout
            ),
            vendor_prefixes=prefixes,
            class_priority=HTTP_PRIORITY,
            priority=config.priority,
        )
    if embedded is None or embedded.path == IGLU_CLIENT_EMBEDDED:
        # What it holds describes schemas and resolvers; no event is of these.
        return None
    return Registry(
        repository=Folders(config.name, tuple(schema_roots(Path(embedded.path))), required=True),
        vendor_prefixes=prefixes,
        class_priority=EMBEDDED_PRIORITY,
        priority=config.priority,
    )
