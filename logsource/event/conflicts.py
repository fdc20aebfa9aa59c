"""One key, two contents: schemas that contradict each other in several repositories on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from logsource.event.repository import schema_files, uri_of_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from logsource.event.iglu import IgluUri


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key whose files differ; an event is made by the first, and read by whoever has the second."""

    uri: IgluUri
    first: Path
    second: Path


def conflicts(roots: Iterable[Path]) -> list[Conflict]:
    """Keys that have another content in a later root than in the first that has them.

    Contents are compared as JSON: a published version has one meaning, also in its descriptions. Files that
    cannot be read are left out; whoever needs them says why.
    """
    seen: dict[IgluUri, tuple[Path, object]] = {}
    found: list[Conflict] = []
    for root in dict.fromkeys(root.resolve() for root in roots):
        for file in schema_files(root):
            uri = uri_of_path(file)
            if uri is None:
                continue
            try:
                content = orjson.loads(file.read_bytes())
            except (OSError, orjson.JSONDecodeError):
                continue
            first, expected = seen.setdefault(uri, (file, content))
            if content != expected:
                found.append(Conflict(uri, first, file))
    return found
