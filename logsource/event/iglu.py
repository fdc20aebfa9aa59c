"""Iglu keys: the names of schemas, `iglu:vendor/name/format/model-revision-addition`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

KEY = re.compile(
    r"iglu:([a-zA-Z0-9-_.]+)/([a-zA-Z0-9-_]+)/([a-zA-Z0-9-_]+)"
    r"/([1-9][0-9]*)-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)"
)
"""The pattern that the pipeline applies to the `schema` of a self-describing JSON (whole text)."""


@dataclass(frozen=True, slots=True, order=True)
class IgluUri:
    """A schema's name and version."""

    vendor: str
    name: str
    format: str
    model: int
    revision: int
    addition: int

    @property
    def version(self) -> str:
        """`1-0-0`."""
        return f"{self.model}-{self.revision}-{self.addition}"

    @property
    def path(self) -> str:
        """Place in a static repository, below its `schemas` directory; there is no file extension."""
        return f"{self.vendor}/{self.name}/{self.format}/{self.version}"

    def __str__(self) -> str:
        return f"iglu:{self.path}"


@lru_cache(maxsize=4096)
def parse_uri(text: str) -> IgluUri | None:
    """The key that a text is; None if it is not one."""
    match = KEY.fullmatch(text)
    if match is None or ".." in match[1] or match[1].startswith("."):
        # `..` matches the character class of a vendor and would climb out of the repository's directory.
        return None
    return IgluUri(match[1], match[2], match[3], int(match[4]), int(match[5]), int(match[6]))


def self_describing_problem(value: object) -> str | None:
    """Why a value is not a self-describing JSON (`schema` and `data`, nothing else); None if it is one."""
    if not isinstance(value, dict):
        return f"must be an object with schema and data, not {json_type(value)}"
    if value.keys() != {"schema", "data"}:
        missing = sorted({"schema", "data"} - value.keys())
        if missing:
            return f"lacks {' and '.join(missing)}"
        extra = sorted(str(key) for key in value.keys() - {"schema", "data"})
        return f"has more than schema and data: {', '.join(extra)[:120]}"
    key = value["schema"]
    if not isinstance(key, str) or parse_uri(key) is None:
        return f"schema is not an Iglu key (iglu:vendor/name/jsonschema/1-0-0): {str(key)[:120]!r}"
    return None


def json_type(value: object) -> str:
    """Name of a value's JSON type, for messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"
