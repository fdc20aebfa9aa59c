"""Finding schemas by key in static Iglu repositories on disk.

A repository is a directory laid out as `<vendor>/<name>/<format>/<version>` (files without extension),
usually called `schemas`. Registries over HTTP can be added as another `Repository`; nothing here knows
where a schema comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from logsource.config.builtin import builtin_packs_dir
from logsource.errors import LogsourceError
from logsource.event.iglu import IgluUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class SchemaUnreadable(LogsourceError):
    """The schema is there and cannot be used; the text says why."""


class Repository(Protocol):
    """A place that may have a schema."""

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """The schema; None when this place does not have it. Raises SchemaUnreadable."""
        ...

    def uris(self) -> Iterator[IgluUri]:
        """All schemas of this place, where it can tell."""
        ...


@dataclass(frozen=True, slots=True)
class StaticRepository:
    """A directory in Iglu layout."""

    root: Path

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """Read a schema from its file."""
        path = self.root / uri.path
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise SchemaUnreadable(f"{path}: {error.strerror}") from error
        try:
            schema = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise SchemaUnreadable(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
        if not isinstance(schema, dict):
            raise SchemaUnreadable(f"{path}: a schema must be a JSON object")
        return schema

    def uris(self) -> Iterator[IgluUri]:
        """Keys of all schema files, in order."""
        for path in schema_files(self.root):
            uri = uri_of_path(path)
            if uri is not None:
                yield uri


@dataclass(slots=True)
class Resolver:
    """Several repositories, asked in order; answers are cached for the life of the resolver."""

    repositories: Sequence[Repository]
    _cache: dict[IgluUri, dict[str, Any] | None] = field(default_factory=dict)
    _limit: int = 4096

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """The first repository's schema; None when none has it. Raises SchemaUnreadable (not cached)."""
        if uri in self._cache:
            return self._cache[uri]
        found = None
        for repository in self.repositories:
            found = repository.fetch(uri)
            if found is not None:
                break
        if len(self._cache) >= self._limit:
            # Keys come from the network; a client that makes up names must not fill the memory.
            self._cache.clear()
        self._cache[uri] = found
        return found

    def uris(self) -> list[IgluUri]:
        """All keys known, sorted, each once."""
        return sorted({uri for repository in self.repositories for uri in repository.uris()})


def schema_roots(directory: Path) -> list[Path]:
    """Repository roots that a directory offers.

    Accepted: a static repository (has `schemas/`), a directory of packs (`*/schemas/`, `_schemas/`), a
    pack, or a repository root itself.
    """
    roots = [path for path in (directory / "schemas", directory / "_schemas") if path.is_dir()]
    if directory.is_dir():
        roots += sorted(path for path in directory.glob("*/schemas") if path.is_dir())
    return roots or [directory]


def builtin_roots() -> list[Path]:
    """Repository roots of the packs that come with logsource."""
    return schema_roots(builtin_packs_dir())


def local_resolver(directories: Sequence[Path] = (), *, builtin: bool = True) -> Resolver:
    """A resolver over directories (asked first) and the built-in packs."""
    roots = [root for directory in directories for root in schema_roots(directory)]
    if builtin:
        roots += builtin_roots()
    return Resolver([StaticRepository(root) for root in roots])


def schema_files(root: Path) -> list[Path]:
    """All files four levels below a root, where schemas are; hidden files are left out."""
    return sorted(
        path
        for path in root.glob("*/*/*/*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def uri_of_path(path: Path) -> IgluUri | None:
    """The key that a file's place stands for: its last four path components."""
    return parse_uri("iglu:" + "/".join(path.parts[-4:]))
