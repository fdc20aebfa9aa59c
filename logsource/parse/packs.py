"""Finding packs and parsers by name: folders of the configuration, installed packages, the built-in ones.

Nothing is loaded before it is asked for, so that an agent with one source reads one pack.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.builtin import builtin_packs_dir
from logsource.config.fieldrules import suggest
from logsource.errors import PackError
from logsource.parse.spec import PACK_FILE, PackSpec, load_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.config.yaml import Document
    from logsource.model import Parser

PACKS_GROUP = "logsource.packs"
"""Entry point group; the value names a Python package whose folder holds packs."""
SCHEMAS = "schemas"
SHARED_SCHEMAS = "_schemas"


@dataclass(frozen=True)
class Pack:
    """One folder with everything about a log format."""

    name: str
    folder: Path
    spec: PackSpec
    document: Document
    vetted: bool
    """Built in: `packs test` has bounded the worst case of its patterns, so they run without a timeout."""

    @property
    def file(self) -> Path:
        """pack.yaml."""
        return self.folder / PACK_FILE

    @property
    def schema_dirs(self) -> list[Path]:
        """Static Iglu repositories for this pack's schemas, in order: its own, those beside it, ours."""
        places = dict.fromkeys([self.folder.parent, builtin_packs_dir()])
        return [self.folder / SCHEMAS, *(shared for place in places for shared in _shared(place))]

    @cached_property
    def parser(self) -> Parser:
        """Parser of the pack. Raises PackError with all problems."""
        from logsource.parse.build import build_pack  # noqa: PLC0415 - the engines are slow to import

        return build_pack(
            self.name,
            self.spec,
            file=self.file,
            document=self.document,
            schema_dirs=self.schema_dirs,
            vetted=self.vetted,
        )


def load_pack(folder: Path) -> Pack:
    """Read a pack from its folder. Raises PackError with all problems of its pack.yaml."""
    folder = folder.resolve()
    if not (folder / PACK_FILE).is_file():
        raise PackError(f"{folder}: not a parser pack: it has no {PACK_FILE}")
    spec, document = load_spec(folder / PACK_FILE)
    vetted = folder.parent == builtin_packs_dir().resolve()
    return Pack(folder.name, folder, spec, document, vetted)


class PackIndex:
    """All packs by name; the first place that has a name wins."""

    def __init__(self, pack_dirs: Sequence[Path] = ()) -> None:
        self._pack_dirs = tuple(pack_dirs)
        self._loaded: dict[Path, Pack] = {}

    @cached_property
    def folders(self) -> dict[str, Path]:
        """Folder of each pack, by name, in alphabetical order."""
        found: dict[str, Path] = {}
        for place in self._places():
            for file in place.glob(f"*/{PACK_FILE}"):
                found.setdefault(file.parent.name, file.parent)
        return dict(sorted(found.items()))

    def _places(self) -> Iterator[Path]:
        yield from self._pack_dirs
        for entry_point in entry_points(group=PACKS_GROUP):
            # find_spec imports no code of the package itself: a pack is data
            module = importlib.util.find_spec(entry_point.value)
            yield from (Path(place) for place in (module and module.submodule_search_locations) or ())
        yield builtin_packs_dir()

    def names(self) -> list[str]:
        """Names of all packs."""
        return list(self.folders)

    def load(self, name: str) -> Pack:
        """Read a pack by name. Raises PackError when there is none, or with its problems."""
        folder = self.find(name)
        if folder is None:
            hint = suggest(name, self.folders)
            raise PackError(f"no parser pack is named {name}" + (f" ({hint})" if hint else ""))
        if folder not in self._loaded:
            self._loaded[folder] = load_pack(folder)
        return self._loaded[folder]

    def find(self, name: str) -> Path | None:
        """Folder of a pack; looks only where it must, so that a start is fast."""
        if "/" in name or name.startswith((".", "_")):
            return None
        for place in self._pack_dirs:
            if (place / name / PACK_FILE).is_file():
                return place / name
        if entry_points(group=PACKS_GROUP):
            return self.folders.get(name)
        folder = builtin_packs_dir() / name
        return folder if (folder / PACK_FILE).is_file() else None

    def all(self) -> list[Pack]:
        """Every pack. Raises PackError with the problems of all that cannot be read."""
        packs, problems = [], []
        for name in self.folders:
            try:
                packs.append(self.load(name))
            except PackError as error:
                problems.append(str(error))
        if problems:
            raise PackError("\n".join(problems))
        return packs

    def schema_dirs(self) -> list[Path]:
        """Static Iglu repositories of all packs and the shared ones beside them, in the order of the places."""
        found: list[Path] = []
        for place in dict.fromkeys(self._places()):
            found += _shared(place)
            own = [folder / SCHEMAS for folder in self.folders.values() if folder.parent == place]
            found += [folder for folder in own if folder.is_dir()]
        return found


def _shared(place: Path) -> list[Path]:
    """Repositories that all packs of a place have in common."""
    return [folder for folder in (place / SCHEMAS, place / SHARED_SCHEMAS) if folder.is_dir()]
