"""Places that may have a schema: what each of them promises, and static Iglu repositories on disk.

A repository is a directory laid out as `<vendor>/<name>/<format>/<version>` (files without extension),
usually called `schemas`. Registries over HTTP are in `registry.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import orjson

from logsource.config.builtin import builtin_packs_dir
from logsource.errors import LogsourceError
from logsource.event.iglu import IgluUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SchemaUnreadable(LogsourceError):
    """The schema is there, or may be, and cannot be used; the text says why."""


class Repository(Protocol):
    """A place that may have a schema."""

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def place(self) -> str:
        """Where it is, as it may be shown."""
        ...

    @property
    def remote(self) -> bool:
        """Whether asking may take long or fail for reasons that pass."""
        ...

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
    remote: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The directory."""
        return str(self.root)

    @property
    def place(self) -> str:
        """The directory."""
        return str(self.root)

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


@dataclass(frozen=True, slots=True)
class Folders:
    """Several directories under one name, asked in order: a directory of packs, or a repository."""

    name: str
    roots: tuple[Path, ...]
    required: bool = False
    """Not to be there is a failure, and does not mean that a schema is not there."""
    remote: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """The directories."""
        return ", ".join(map(str, self.roots))

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """The schema of the first directory that has it."""
        if self.required and not any(root.is_dir() for root in self.roots):
            raise SchemaUnreadable(f"{self.place}: no such directory")
        for root in self.roots:
            schema = StaticRepository(root).fetch(uri)
            if schema is not None:
                return schema
        return None

    def uris(self) -> Iterator[IgluUri]:
        """Keys of all schema files."""
        for root in self.roots:
            yield from StaticRepository(root).uris()


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
