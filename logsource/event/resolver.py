"""Finding schemas by key, as Iglu clients do: several registries in a stated order, and a cache.

Directories on disk are asked first, in the order given; then the registries of a resolver configuration: first
those whose vendor prefixes match the schema, then those on disk before those over HTTP, then by priority, lowest
first. The first that has the schema wins, whatever the ones before it said.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from logsource.clock import SystemClock
from logsource.event.repository import Folders, SchemaUnreadable, builtin_roots, schema_roots
from logsource.event.resolution import Lookup, Resolution, words
from logsource.event.vendor import PublishedAs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logsource.clock import Clock
    from logsource.event.iglu import IgluUri
    from logsource.event.repository import Repository

CACHE_SIZE = 4096
NOT_FOUND_SECONDS = 10.0
"""How long "not found" holds: whoever publishes the missing schema should not have to wait or restart."""
MOST_MISSING = 4096
"""Keys that are remembered as not found. They come from the network; made-up ones must not fill the memory."""
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0
BUILTIN = "built-in packs"


class SchemaUnresolved(SchemaUnreadable):
    """No registry gave the schema, and at least one could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A repository, and when it is asked."""

    repository: Repository
    vendor_prefixes: tuple[str, ...] = ()
    class_priority: int = 0
    """By kind of registry: the nearer, the lower."""
    priority: float = 0

    def order(self, vendor: str) -> tuple[bool, int, float]:
        """Sort key for schemas of a vendor; registries whose prefix matches come first."""
        return not vendor.startswith(self.vendor_prefixes), self.class_priority, self.priority


@dataclass(slots=True)
class _History:
    """What one repository said about one schema."""

    lookup: Lookup
    again: float
    """Monotonic time at which it is asked again."""


@dataclass(slots=True)
class _Missing:
    """A schema that nobody gave."""

    resolution: Resolution
    histories: dict[int, _History]


@dataclass(slots=True)
class _Flight:
    """Somebody asks for a schema right now; others who want the same one wait for the answer."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class Resolver:
    """Repositories, asked in order. Thread-safe: each schema is asked for once at a time.

    What was found is kept for `cache_ttl` seconds (None: for ever), the `cache_size` latest used; when it cannot be
    asked for again because a registry fails, the old one holds. Failures of remote registries are kept for half a
    second, doubling up to a minute; those of directories are not kept at all.
    """

    def __init__(
        self,
        repositories: Sequence[Repository],
        registries: Sequence[Registry] = (),
        *,
        clock: Clock | None = None,
        cache_size: int = CACHE_SIZE,
        cache_ttl: float | None = None,
        most_missing: int = MOST_MISSING,
    ) -> None:
        self.clock = clock or SystemClock()
        self._local = [Registry(repository=repository) for repository in repositories]
        self._registries = list(registries)
        self._size = cache_size
        self._most_missing = most_missing
        self._ttl = inf if cache_ttl is None else cache_ttl
        self._found: OrderedDict[IgluUri, Resolution] = OrderedDict()
        self._missing: OrderedDict[IgluUri, _Missing] = OrderedDict()
        self._flights: dict[IgluUri, _Flight] = {}
        self._lock = threading.Lock()
        self._patience = threading.local()

    @property
    def repositories(self) -> list[Repository]:
        """All of them; how they are ordered depends on the schema."""
        return [registry.repository for registry in (*self._local, *self._registries)]

    @property
    def remote(self) -> bool:
        """Whether a lookup may have to wait for somebody."""
        return any(repository.remote for repository in self.repositories)

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """The schema; None when all repositories were asked and none has it. Raises SchemaUnresolved."""
        found = self.lookup(uri)
        if found.failed:
            raise SchemaUnresolved(
                words(str(uri), found.lookups).removeprefix(f"schema {uri} cannot be used: ")
            )
        return found.schema

    def lookup(self, uri: IgluUri) -> Resolution:
        """The schema, or what each repository said instead."""
        with self._lock:
            held = self._held(uri)
            if held is not None:
                return held
            flight = self._flights.setdefault(uri, _Flight())
            flight.users += 1
        try:
            with flight.lock:
                with self._lock:
                    held = self._held(uri)
                return held if held is not None else self._ask(uri)
        finally:
            with self._lock:
                flight.users -= 1
                if not flight.users:
                    self._flights.pop(uri, None)

    def uris(self) -> list[IgluUri]:
        """All keys known, sorted, each once; registries over HTTP do not tell theirs."""
        return sorted({uri for repository in self.repositories for uri in repository.uris()})

    def close(self) -> None:
        """Close what holds connections."""
        for repository in self.repositories:
            close = getattr(repository, "close", None)
            if close is not None:
                close()

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Within, remote repositories are asked for at most so long in all; by this thread."""
        before = getattr(self._patience, "until", inf)
        self._patience.until = min(before, self.clock.monotonic() + seconds)
        try:
            yield
        finally:
            self._patience.until = before

    def _held(self, uri: IgluUri) -> Resolution | None:
        now = self.clock.monotonic()
        found = self._found.get(uri)
        if found is not None and now < found.until:
            self._found.move_to_end(uri)
            return found
        missing = self._missing.get(uri)
        return missing.resolution if missing is not None and now < missing.resolution.until else None

    def _ask(self, uri: IgluUri) -> Resolution:
        with self._lock:
            old, missing = self._found.get(uri), self._missing.get(uri)
        histories = dict(missing.histories) if missing is not None else {}
        order = sorted(
            enumerate(self._registries, len(self._local)), key=lambda one: one[1].order(uri.vendor)
        )
        for index, registry in (*enumerate(self._local), *order):
            history = histories.get(index)
            if history is not None and self.clock.monotonic() < history.again:
                continue
            try:
                schema = self._fetch(registry.repository, uri)
            except SchemaUnreadable as error:
                histories[index] = self._said(registry.repository, str(error), history)
                if index < len(self._local):
                    break  # a broken file in a directory that was named is to be mended, not passed over
                continue
            if schema is not None:
                return self._keep(uri, schema)
            histories[index] = self._said(registry.repository, None, history)
        return self._miss(uri, histories, old)

    def _fetch(self, repository: Repository, uri: IgluUri) -> dict[str, Any] | None:
        if repository.remote and self.clock.monotonic() >= getattr(self._patience, "until", inf):
            raise SchemaUnreadable("was not asked: looking for the schemas before took too long")
        return repository.fetch(uri)

    def _said(self, repository: Repository, error: str | None, before: _History | None) -> _History:
        attempts = 1 if before is None else before.lookup.attempts + 1
        lookup = Lookup(
            registry=repository.name,
            remote=repository.remote,
            error=error,
            attempts=attempts,
            last_ms=self.clock.now_ms(),
        )
        wait = NOT_FOUND_SECONDS
        if error is not None:
            wait = min(_FIRST_WAIT * 2 ** min(attempts - 1, 16), _LONGEST_WAIT) if repository.remote else 0.0
        return _History(lookup, self.clock.monotonic() + wait)

    def _keep(self, uri: IgluUri, schema: dict[str, Any]) -> Resolution:
        found = Resolution(schema=schema, until=self.clock.monotonic() + self._ttl)
        with self._lock:
            self._missing.pop(uri, None)
            if self._size:
                self._found[uri] = found
                self._found.move_to_end(uri)
                while len(self._found) > self._size:
                    self._found.popitem(last=False)
        return found if self._size else Resolution(schema=schema, until=self.clock.monotonic())

    def _miss(self, uri: IgluUri, histories: dict[int, _History], old: Resolution | None) -> Resolution:
        lookups = tuple(histories[index].lookup for index in sorted(histories))
        until = min((history.again for history in histories.values()), default=inf)
        resolution = Resolution(schema=None, lookups=lookups, until=until)
        with self._lock:
            self._missing[uri] = _Missing(resolution, histories)
            self._missing.move_to_end(uri)
            while len(self._missing) > self._most_missing:
                self._missing.popitem(last=False)
            if old is not None and resolution.failed:
                # Published versions do not change: what we had is better than what somebody cannot tell us now.
                self._found[uri] = stale = Resolution(schema=old.schema, until=until)
                return stale
            self._found.pop(uri, None)
        return resolution


def local_resolver(directories: Sequence[Path] = (), *, builtin: bool = True) -> Resolver:
    """A resolver over directories (asked first) and the built-in packs."""
    return Resolver(local_repositories(directories, builtin=builtin))


def local_repositories(
    directories: Sequence[Path] = (), *, builtin: bool = True, vendor: str = ""
) -> list[Repository]:
    """Repositories of directories, in order, and the built-in packs last; with `vendor` under that one as well."""
    found: list[Repository] = [Folders(str(one), tuple(schema_roots(one))) for one in directories]
    if builtin:
        found.append(Folders(BUILTIN, tuple(builtin_roots())))
    if vendor:
        found += [PublishedAs(one, vendor) for one in tuple(found)]
    return found
