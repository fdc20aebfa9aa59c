"""The rules for one (sub)schema, by the names under which igluctl knows them; and some of our own.

Reasons behind them: a warehouse makes columns of properties. A string without a limit, a number without a range or
an object with unknown properties has no good column; a property without description helps nobody; an optional
property that cannot be null breaks senders that always write all fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Where = tuple[str | int, ...]
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule is for."""

    reason: str
    level: Literal["error", "warning"] = "warning"
    """An error makes a schema unusable; only warnings can be skipped, as in igluctl."""
    strict: bool = False
    """Left out unless asked for: see lint.py."""


RULES: dict[str, Rule] = {
    # igluctl's
    "rootObject": Rule("an event or entity is an object with properties"),
    "numericMinimumMaximum": Rule("no number could be valid", "error"),
    "stringMinMaxLength": Rule("no string could be valid", "error"),
    "stringMaxLengthRange": Rule("Redshift's VARCHAR ends at 65535", strict=True),
    "arrayMinMaxItems": Rule("no array could be valid", "error"),
    "numericProperties": Rule("limits of numbers have no effect on other types", "error"),
    "stringProperties": Rule("limits of strings have no effect on other types", "error"),
    "arrayProperties": Rule("items have no effect on other types", "error"),
    "objectProperties": Rule("properties have no effect on other types", "error"),
    "requiredPropertiesExist": Rule("no object could be valid", "error"),
    "unknownFormats": Rule("validators do not check what they do not know"),
    "numericMinMax": Rule("a column has a width"),
    "stringLength": Rule("a column has a width"),
    "optionalNull": Rule("some senders write null for what they do not have"),
    "description": Rule("the next reader has only this"),
    "schemaUri": Rule("Iglu's tools read nothing else", "error"),
    "bqDisallowedCharacters": Rule("no name of a BigQuery column", strict=True),
    "bqIllegalStart": Rule("no name of a BigQuery column", strict=True),
    # ours
    "self": Rule("registries and the pipeline find a schema by it", "error"),
    "draft4": Rule("the pipeline could not use it", "error"),
    "type": Rule("no column can be made of anything"),
    "closedObject": Rule("unknown properties have no column"),
    "arrayItems": Rule("no column can be made of anything"),
    "schemaVer": Rule("a warehouse believes what the version promises"),
    "versionGap": Rule("Iglu Server takes versions in their order", strict=True),
}

FORMATS = ("date-time", "date", "email", "hostname", "ipv4", "ipv6", "uri", "uuid")
"""Formats that the pipeline checks."""
VARCHAR = 65535
_NUMERIC = {"integer", "number"}
_MEMBERS = {
    "numericProperties": (_NUMERIC, ("multipleOf", "minimum", "maximum")),
    "stringProperties": ({"string"}, ("minLength", "maxLength", "pattern", "format")),
    "arrayProperties": ({"array"}, ("items", "additionalItems", "minItems", "maxItems")),
    "objectProperties": ({"object"}, ("properties", "additionalProperties", "required", "patternProperties")),
}
_BOUNDS = {
    "numericMinimumMaximum": ("minimum", "maximum"),
    "stringMinMaxLength": ("minLength", "maxLength"),
    "arrayMinMaxItems": ("minItems", "maxItems"),
}
_BQ_DISALLOWED = re.compile(r"""[!"$()*,./;?@\[\\\]^`{}~\x00-\x20]""")
_BQ_PREFIXES = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")


class Finding(NamedTuple):
    """A broken rule."""

    rule: str
    where: Where
    what: str
    hint: str


def node_findings(node: Node, where: Where = ()) -> Iterator[Finding]:
    """Broken rules of a schema and of all schemas inside it; it must be valid draft 4."""
    types = types_of(node)
    if not node.get("description"):
        yield Finding("description", where, "has no description", "say what it is and in which unit")
    if not types and not (node.keys() & {"enum", "oneOf", "anyOf", "allOf", "$ref", "not"}):
        yield Finding("type", where, "has no type", 'add "type"')
    yield from _members(node, types, where)
    yield from _bounds(node, where)
    if "string" in types:
        yield from _string(node, where)
    if _NUMERIC & types and "enum" not in node:
        missing = [key for key in ("minimum", "maximum") if key not in node]
        if missing:
            what = f"a number without {' and '.join(missing)}"
            yield Finding("numericMinMax", where, what, "add both, a column has a width")
    if node.get("format", FORMATS[0]) not in FORMATS:
        what = f"format {node['format']!r} is not known"
        yield Finding("unknownFormats", where, what, f"known are {', '.join(FORMATS)}")
    if "object" in types:
        yield from _object(node, where)
    if "array" in types and not isinstance(node.get("items"), dict | list):
        yield Finding("arrayItems", where, "an array of anything", "describe one item in items")
    for child, place in children(node):
        yield from node_findings(child, (*where, *place))


def types_of(node: Node) -> set[str]:
    """Types that a schema names."""
    declared = node.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def children(node: Node) -> Iterator[tuple[Node, Where]]:
    """Schemas directly inside one, and their places in it."""
    for key in ("properties", "patternProperties", "definitions"):
        for name, child in node.get(key, {}).items():
            yield child, (key, name)
    for key in ("items", "additionalItems", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield node[key], (key,)
    for key in ("items", "oneOf", "anyOf", "allOf"):
        if isinstance(node.get(key), list):
            yield from ((child, (key, index)) for index, child in enumerate(node[key]))


def _members(node: Node, types: set[str], where: Where) -> Iterator[Finding]:
    for rule, (wanted, keys) in _MEMBERS.items():
        idle = [key for key in keys if key in node]
        if idle and types and not types & wanted:
            names = " and ".join(sorted(wanted))
            what = f"{', '.join(idle)} without the type {names}"
            yield Finding(rule, where, what, "remove what has no effect, or add the type")


def _bounds(node: Node, where: Where) -> Iterator[Finding]:
    for rule, (low, high) in _BOUNDS.items():
        if low in node and high in node and node[low] > node[high]:
            yield Finding(rule, where, f"{low} is greater than {high}", "no value can be valid")


def _string(node: Node, where: Where) -> Iterator[Finding]:
    if "maxLength" not in node and "enum" not in node and node.get("format") not in FORMATS:
        yield Finding("stringLength", where, "a string without limit", "add maxLength, enum or format")
    if node.get("maxLength", 0) > VARCHAR:
        what = f"maxLength {node['maxLength']} is more than Redshift's {VARCHAR}"
        yield Finding("stringMaxLengthRange", where, what, "Redshift's loader cuts off the rest")


def _object(node: Node, where: Where) -> Iterator[Finding]:
    properties: dict[str, Any] = node.get("properties", {})
    required = node.get("required", [])
    additional = node.get("additionalProperties")
    documented = bool(where) and bool(node.get("description"))
    free = documented and (additional is True or isinstance(additional, dict))
    if additional is not False and not free:
        hint = "set it to false; or, in a property that holds free JSON, to true with a description"
        place = (*where, "additionalProperties")
        yield Finding("closedObject", place, f"is {additional!r}", hint)
    if not properties and additional is False and "patternProperties" not in node:
        rule = "closedObject" if where else "rootObject"
        yield Finding(rule, where, "an object without properties", "list them, or declare free JSON")
    for name in required:
        if name not in properties and not free:
            place, what = (*where, "required"), f"names {name!r}, which is not a property"
            yield Finding("requiredPropertiesExist", place, what, "add the property")
    for name, child in properties.items():
        place = (*where, "properties", name)
        if name not in required and not _nullable(child):
            hint = 'add "null" to its type, or require it'
            yield Finding("optionalNull", place, "is optional and cannot be null", hint)
        yield from _column(name, place)


def _column(name: str, place: Where) -> Iterator[Finding]:
    found = _BQ_DISALLOWED.search(name)
    if found is not None:
        what = f"a name with {found[0]!r}"
        yield Finding("bqDisallowedCharacters", place, what, "use letters, digits and _")
    elif name.lower().startswith(_BQ_PREFIXES) or not (name[:1].isalpha() or name[:1] == "_"):
        what = (
            f"a name that begins with {name[:1]!r}"
            if name[:1] != "_"
            else "a name that BigQuery keeps for itself"
        )
        yield Finding("bqIllegalStart", place, what, "begin with a letter")


def _nullable(node: Node) -> bool:
    if "enum" in node and None not in node["enum"]:
        return False
    if "null" in types_of(node) or not (node.keys() & {"type", "enum", "oneOf", "anyOf"}):
        return True
    return any(_nullable(option) for key in ("oneOf", "anyOf") for option in node.get(key, []))
