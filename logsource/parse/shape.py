"""What a JSON Schema says about fields, as the limits a `FieldSpec` enforces.

Reading the limits from the schema is what makes events valid by construction: a value that passes
`FieldSpec.convert` cannot be refused by the schema later. What a `FieldSpec` cannot promise (formats,
patterns, constraints between fields) is named by `Shape.unpromised`; records are then validated one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from logsource.parse.fields import FieldSpec, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCALARS: dict[str, FieldType] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
_KNOWN = frozenset({"description", "type", "maxLength", "minimum", "maximum", "enum", "title", "$comment"})
_KNOWN_OBJECT = frozenset({"description", "type", "properties", "required", "additionalProperties", "title"})
_KNOWN_ROOT = _KNOWN_OBJECT | {"$schema", "self", "$comment"}
_KNOWN_ARRAY = frozenset({"description", "type", "items", "maxItems", "title"})

Kind = Literal["string", "integer", "number", "boolean", "object", "array"]


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """One leaf of a schema: a scalar, a list, or an object whose members are not known beforehand."""

    path: tuple[str, ...]
    kind: Kind
    description: str
    required: bool
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    enum: frozenset[str] | None = None
    items: FieldRule | None = None
    max_items: int | None = None
    nullable: bool = False
    """Whether null is a value of it."""

    @property
    def label(self) -> str:
        """Dotted name."""
        return ".".join(self.path)

    @cached_property
    def text_spec(self) -> FieldSpec:
        """FieldSpec of a text that comes from no capture group."""
        return self.spec(0)

    def spec(self, group: int, nulls: frozenset[str] = frozenset()) -> FieldSpec:
        """Build the FieldSpec of a scalar rule; what is not a scalar has no text form."""
        assert self.kind in _SCALARS
        return FieldSpec(
            name=self.path,
            group=group,
            type=_SCALARS[self.kind],
            nulls=nulls,
            max_length=self.max_length,
            minimum=self.minimum,
            maximum=self.maximum,
            enum=self.enum,
            required=self.required,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a schema."""

    uri: str
    schema: Mapping[str, Any]
    rules: Mapping[str, FieldRule]
    """By dotted name, in the order of the schema."""
    unpromised: tuple[str, ...]
    """Constraints that conversion alone cannot keep, for people: `remote_addr: format`."""


def read_shape(uri: str, schema: Mapping[str, Any]) -> Shape:
    """Rules of a schema, in its own order."""
    rules: dict[str, FieldRule] = {}
    unpromised = [f"(root): {keyword}" for keyword in schema if keyword not in _KNOWN_ROOT]
    for rule, unknown in _leaves(schema, (), required=True):
        if rule is not None:
            rules[rule.label] = rule
        unpromised += unknown
    return Shape(uri, schema, rules, tuple(unpromised))


def _leaves(
    schema: Mapping[str, Any], path: tuple[str, ...], *, required: bool
) -> Iterator[tuple[FieldRule | None, list[str]]]:
    must = set(schema.get("required", ())) if required else set()
    for name, member in schema.get("properties", {}).items():
        inner = (*path, name)
        if _kind(member) == "object" and member.get("properties"):
            unknown = [f"{'.'.join(inner)}: {keyword}" for keyword in member if keyword not in _KNOWN_OBJECT]
            if member.get("required") and name not in must:
                # "required, but only if its optional parent is there" is beyond a list of fields
                unknown.append(f"{'.'.join(inner)}: required")
            yield None, unknown
            yield from _leaves(member, inner, required=name in must)
        else:
            yield _leaf(member, inner, required=name in must)


def _leaf(
    member: Mapping[str, Any], path: tuple[str, ...], *, required: bool
) -> tuple[FieldRule | None, list[str]]:
    kind = _kind(member)
    label = ".".join(path)
    if kind is None:
        return None, [f"{label}: type"]
    known = {"object": _KNOWN_OBJECT, "array": _KNOWN_ARRAY}.get(kind, _KNOWN)
    unknown = [f"{label}: {keyword}" for keyword in member if keyword not in known]
    if kind == "object" and member.get("additionalProperties") is not True:
        unknown.append(f"{label}: additionalProperties")
    items = None
    if kind == "array":
        items, problems = _leaf(member.get("items", {}), (*path, "[]"), required=False)
        unknown += problems
    enum = member.get("enum")
    if enum is not None and kind != "string":
        unknown.append(f"{label}: enum")
    rule = FieldRule(
        path=path,
        kind=kind,
        description=str(member.get("description", "")),
        required=required,
        max_length=member.get("maxLength"),
        minimum=member.get("minimum"),
        maximum=member.get("maximum"),
        enum=frozenset(value for value in enum if isinstance(value, str)) if enum is not None else None,
        items=items,
        max_items=member.get("maxItems"),
        nullable="null" in member["type"] and (enum is None or None in enum),
    )
    return rule, unknown


def _kind(member: Mapping[str, Any]) -> Kind | None:
    """The one type besides null; None when there is none or more than one."""
    given = member.get("type")
    types = [given] if isinstance(given, str) else [one for one in given or () if one != "null"]
    if len(types) != 1 or types[0] not in {*_SCALARS, "object", "array"}:
        return None
    return cast("Kind", types[0])
