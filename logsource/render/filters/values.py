"""Values of fields as filters see them: looked up, put back, and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logsource.model import JSONValue

Path = tuple[str, ...]


def path_of(label: str) -> Path:
    """`source.address` as a path."""
    return tuple(label.split("."))


def look_up(data: Mapping[str, JSONValue], path: Path) -> JSONValue:
    """Value at a path; None when there is none (null counts as none)."""
    value: JSONValue = data
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
        if value is None:
            return None
    return value


def take_out(data: dict[str, JSONValue], path: Path) -> JSONValue:
    """Remove a member in place and return its value; None when there is none. `data` must be our own copy."""
    if len(path) == 1:
        return data.pop(path[0], None)
    inner = data.get(path[0])
    if not isinstance(inner, dict):
        return None
    inner = data[path[0]] = dict(inner)
    value = take_out(inner, path[1:])
    if not inner:
        del data[path[0]]  # an object that only held what was removed says nothing
    return value


def put_in(data: dict[str, JSONValue], path: Path, value: JSONValue) -> None:
    """Set a member in place, as the last one of its object; objects on the way are copied or made."""
    for name in path[:-1]:
        inner = data.get(name)
        inner = dict(inner) if isinstance(inner, dict) else {}
        data[name] = inner
        data = inner
    data.pop(path[-1], None)
    data[path[-1]] = value


def replace_in(data: dict[str, JSONValue], path: Path, value: JSONValue) -> None:
    """Change the value of a member that is there, in its place; objects on the way are copied."""
    for name in path[:-1]:
        inner = data[name] = dict(data[name])
        data = inner
    data[path[-1]] = value


def text_of(value: JSONValue) -> str:
    """A text itself; anything else as JSON (`404`, `true`, `0.5`)."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
