"""Lint rules for Iglu schemas: those of igluctl, so that a schema of ours can be published anywhere.

Reasons behind the rules: a warehouse makes columns of properties. A string without a limit, a number
without a range or an object with unknown properties has no good column; a property without description
helps nobody; an optional property that cannot be null breaks senders that always write all fields.

Documented exception: a property that is meant to hold free JSON is an object with
`"additionalProperties": true` and a description; one that maps free names to values of one kind has the
schema of a value there (linted as any other). Each becomes one JSON column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logsource.event.repository import (
    SchemaUnreadable,
    StaticRepository,
    schema_files,
    schema_roots,
    uri_of_path,
)
from logsource.event.validate import CompiledSchema, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.event.iglu import IgluUri

META_SCHEMA = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_NUMERIC = {"integer", "number"}
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding."""

    file: Path
    pointer: str
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{self.file}: {self.pointer}: {self.what} ({self.hint})"


def lint_paths(path: Path) -> list[Problem]:
    """All problems of a schema file, a repository, a pack or a directory of packs."""
    if path.is_file():
        return lint_file(path)
    files = [file for root in schema_roots(path) for file in schema_files(root)]
    if not files:
        hint = "expected schemas/<vendor>/<name>/jsonschema/<version>"
        return [Problem(path, "/", "no schema found", hint)]
    return [problem for file in files for problem in lint_file(file)]


def lint_file(file: Path) -> list[Problem]:
    """All problems of one schema file."""
    uri = uri_of_path(file.resolve())
    if uri is None:
        hint = "the path must end in <vendor>/<name>/jsonschema/<model-revision-addition>"
        return [Problem(file, "/", "not a place in an Iglu repository", hint)]
    try:
        schema = StaticRepository(file.resolve().parents[3]).fetch(uri)
    except SchemaUnreadable as error:
        return [Problem(file, "/", "not a schema", str(error))]
    if schema is None:
        return [Problem(file, "/", "no such file", "check the path")]
    return [Problem(file, pointer(where), what, hint) for where, what, hint in findings(schema, uri)]


def findings(schema: dict[str, Any], uri: IgluUri) -> Iterator[tuple[Where, str, str]]:
    """(where, what, hint) for each broken rule of a schema that stands at the place of `uri`."""
    if schema.get("$schema") != META_SCHEMA:
        yield ("$schema",), "is not Iglu's meta schema", f'set it to "{META_SCHEMA}"'
    expected = {"vendor": uri.vendor, "name": uri.name, "format": uri.format, "version": uri.version}
    if schema.get("self") != expected:
        yield ("self",), f"is {schema.get('self')!r}", f"the place of the file says {expected!r}"
    if schema.get("type") != "object":
        yield ("type",), f"the root is {schema.get('type')!r}", 'an event or entity must be an "object"'
    if not schema.get("description"):
        yield (), "has no description", "say what one such event or entity is"
    try:
        CompiledSchema(schema)
    except SchemaUnreadable as error:
        yield (), "is not JSON Schema draft 4", str(error)
        return
    yield from _node(schema, ())


def _node(node: dict[str, Any], where: Where) -> Iterator[tuple[Where, str, str]]:
    types = _types(node)
    if "string" in types and not (node.keys() & {"maxLength", "enum", "format"}):
        yield where, "a string without limit", "add maxLength, enum or format"
    if _NUMERIC & types and "enum" not in node:
        missing = [key for key in ("minimum", "maximum") if key not in node]
        if missing:
            yield where, f"a number without {' and '.join(missing)}", "add both, a column has a width"
    if not types and not (node.keys() & {"enum", "oneOf", "anyOf", "allOf", "$ref"}):
        yield where, "has no type", 'add "type"'
    if "minLength" in node and node["minLength"] > node.get("maxLength", node["minLength"]):
        yield where, "minLength is greater than maxLength", "no value can be valid"
    if "minimum" in node and node["minimum"] > node.get("maximum", node["minimum"]):
        yield where, "minimum is greater than maximum", "no value can be valid"
    if "object" in types:
        yield from _object(node, where)
    if "array" in types:
        items = node.get("items")
        if not isinstance(items, dict):
            yield where, "an array of anything", "describe one item in items"
        else:
            yield from _node(items, (*where, "items"))


def _object(node: dict[str, Any], where: Where) -> Iterator[tuple[Where, str, str]]:
    properties: dict[str, Any] = node.get("properties", {})
    required = node.get("required", [])
    additional = node.get("additionalProperties")
    documented = bool(where) and bool(node.get("description"))
    free = documented and (additional is True or isinstance(additional, dict))
    if additional is not False and not free:
        hint = "set it to false; or, in a property that holds free JSON, to true with a description"
        yield (*where, "additionalProperties"), f"is {additional!r}", hint
    if free and isinstance(additional, dict):
        yield from _node(additional, (*where, "additionalProperties"))
    if not properties and additional is False:
        yield where, "an object without properties", "list them, or declare free JSON"
    for name in required:
        if name not in properties:
            yield (*where, "required"), f"names {name!r}, which is not a property", "add the property"
    for name, child in properties.items():
        place = (*where, "properties", name)
        if not child.get("description"):
            yield place, "has no description", "say what it is and in which unit"
        if name not in required and not _nullable(child):
            yield place, "is optional and cannot be null", 'add "null" to its type, or require it'
        yield from _node(child, place)


def _types(node: dict[str, Any]) -> set[str]:
    declared = node.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def _nullable(node: dict[str, Any]) -> bool:
    if "enum" in node and None not in node["enum"]:
        return False
    if "null" in _types(node) or not (node.keys() & {"type", "enum", "oneOf", "anyOf"}):
        return True
    return any(_nullable(option) for key in ("oneOf", "anyOf") for option in node.get(key, []))
