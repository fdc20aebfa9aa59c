"""Versions of a schema: what changed between two, what that does to the version, and how a schema grows.

SchemaVer is MODEL-REVISION-ADDITION. ADDITION: every event of before is valid under the new schema, and the
columns of before stay. REVISION: the columns stay, but some events of before may be refused (a format or a
pattern is asked for, an open object is closed). MODEL: anything that takes a column away, changes its type,
narrows what it may hold, or asks for one that was not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from logsource.event.iglu import IgluUri

    Schema = Mapping[str, Any]

_UPPER = ("maxLength", "maximum", "maxItems")
_LOWER = ("minLength", "minimum", "minItems")
_WHOLE = (
    *("oneOf", "anyOf", "allOf", "not", "$ref", "definitions", "patternProperties", "additionalItems"),
    *("multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties"),
    "dependencies",
)
"""Keywords whose change nobody here can judge, so that it counts as the greatest."""


class Bump(IntEnum):
    """Which part of the version a change raises; the greatest of all changes counts."""

    NONE = 0
    ADDITION = 1
    REVISION = 2
    MODEL = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemas."""

    bump: Bump
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.bump.name}: {self.path or 'record'}: {self.what}"


def bump_of(found: list[Change]) -> Bump:
    """What all changes together raise."""
    return max((one.bump for one in found), default=Bump.NONE)


def raised(uri: IgluUri, bump: Bump) -> IgluUri:
    """The next version."""
    match bump:
        case Bump.MODEL:
            return replace(uri, model=uri.model + 1, revision=0, addition=0)
        case Bump.REVISION:
            return replace(uri, revision=uri.revision + 1, addition=0)
        case Bump.ADDITION:
            return replace(uri, addition=uri.addition + 1)
        case _:
            return uri


def changes(old: Schema, new: Schema) -> list[Change]:
    """All differences that count; descriptions and the order of members do not."""
    return list(_node(old, new, ""))


def types_of(node: Schema) -> set[str]:
    """Types a node allows."""
    given = node.get("type", [])
    return {given} if isinstance(given, str) else set(given)


def _node(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = types_of(old), types_of(new)
    if before != after:
        grown = before < after and after - before == {"null"}
        words = f"{_words(before)} became {_words(after)}"
        yield Change(Bump.ADDITION if grown else Bump.MODEL, path, f"the type {words}")
        if before - {"null"} != after - {"null"}:
            return
    yield from _limits(old, new, path)
    yield from _values(old, new, path)
    for key in ("format", "pattern"):
        if old.get(key) != new.get(key):
            wider = key not in new
            what = f"{key} {old[key]} no longer asked for" if wider else f"{key} {new[key]} is asked for"
            yield Change(Bump.ADDITION if wider else Bump.REVISION, path, what)
    if "properties" in old or "properties" in new:
        yield from _properties(old, new, path)
    yield from _openness(old, new, path)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _node(old["items"], new["items"], f"{path}[]")
    elif old.get("items") != new.get("items"):
        yield Change(Bump.MODEL, path, "items have another form")
    for key in _WHOLE:
        if old.get(key) != new.get(key):
            yield Change(Bump.MODEL, path, f"{key} is another")


def _limits(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    for key in (*_UPPER, *_LOWER):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if before is None and "enum" in old and "enum" not in new and _all_keep(old["enum"], key, after):
            continue  # the limit stands for the list of values that is gone
        wider = after is None or (before is not None and ((after > before) == (key in _UPPER)))
        what = f"{key} {'none' if before is None else before} became {'none' if after is None else after}"
        yield Change(Bump.ADDITION if wider else Bump.MODEL, path, what)


def _all_keep(values: Iterable[Any], key: str, limit: Any) -> bool:
    """Whether all values that are texts keep a limit of texts."""
    lengths = [len(value) for value in values if isinstance(value, str)]
    return (key == "maxLength" and max(lengths, default=0) <= limit) or (
        key == "minLength" and min(lengths, default=limit) >= limit
    )


def _values(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is None:
        return
    if before is None:
        yield Change(Bump.MODEL, path, f"only {_words(after or ())} are allowed now")
    elif after is None:
        yield Change(Bump.ADDITION, path, "any value is allowed now")
    else:
        gone = [value for value in before if value not in after]
        added = [value for value in after if value not in before]
        if gone:
            yield Change(Bump.MODEL, path, f"no longer allowed: {_words(gone)}")
        if added:
            yield Change(Bump.ADDITION, path, f"also allowed: {_words(added)}")


def _properties(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
    for name, member in before.items():
        inner = f"{path}.{name}" if path else name
        if name not in after:
            yield Change(Bump.MODEL, inner, "removed")
            continue
        yield from _node(member, after[name], inner)
        if name in must_after - must_before:
            yield Change(Bump.MODEL, inner, "is required now")
        elif name in must_before - must_after:
            yield Change(Bump.ADDITION, inner, "is optional now")
    for name in after:
        if name not in before:
            needed = name in must_after
            what = "new and required" if needed else "new and optional"
            yield Change(Bump.MODEL if needed else Bump.ADDITION, f"{path}.{name}" if path else name, what)


def _openness(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if before == after or "object" not in types_of(new):
        return
    closed = after is False
    what = "other members are refused now" if closed else "other members are allowed now"
    if before is not False and not closed:
        yield Change(Bump.REVISION, path, "other members must have another form now")
    else:
        yield Change(Bump.REVISION if closed else Bump.ADDITION, path, what)


def _words(values: Any) -> str:
    return ", ".join(sorted("null" if value is None else str(value) for value in values)) or "nothing"
