"""Finding the schema of a parser (`logsource.event` knows the rest about Iglu)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from logsource.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def find_schema(uri: str, folders: Iterable[Path]) -> dict[str, Any] | None:
    """Schema of a URI in the first folder (static Iglu layout) that has it.

    Raises PackError when the file is there and is not a JSON object.
    """
    path = uri.removeprefix("iglu:")
    for folder in folders:
        file = folder / path
        if not file.is_file():
            continue
        try:
            schema = orjson.loads(file.read_bytes())
        except ValueError as error:
            raise PackError(f"{file}: not JSON: {error}") from error
        if not isinstance(schema, dict):
            raise PackError(f"{file}: a schema must be a JSON object")
        return schema
    return None
