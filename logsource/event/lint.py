"""Lint of Iglu schemas by the rules of igluctl, so that a schema of ours can be published anywhere.

Documented exceptions: a property that is meant to hold free JSON is an object with `"additionalProperties": true` and
a description; one that maps free names to values of one kind has the schema of a value there (linted as any other).
Each becomes one JSON column. Strings may be longer than Redshift's VARCHAR (its loader cuts them off, no other
warehouse does), because messages and stack traces are; and names of properties are those of the records, whatever
BigQuery thinks of them. `strict` refuses both, as igluctl does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logsource.errors import LogsourceError
from logsource.event.lintrules import RULES, Finding, node_findings
from logsource.event.repository import (
    SchemaUnreadable,
    StaticRepository,
    schema_files,
    schema_roots,
    uri_of_path,
)
from logsource.event.validate import CompiledSchema, pointer
from logsource.event.versions import version_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from logsource.event.iglu import IgluUri

META_SCHEMA = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_STRICT = frozenset(name for name, rule in RULES.items() if rule.strict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding."""

    file: Path
    pointer: str
    what: str
    hint: str
    rule: str = ""
    """Name of the broken rule; empty when the file is no schema at all."""

    def __str__(self) -> str:
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{self.file}: {self.pointer}: {self.what} ({self.hint}){rule}"


def checks_to_skip(names: Collection[str]) -> frozenset[str]:
    """The rules of these names. Raises LogsourceError for unknown ones and for those that cannot be skipped."""
    optional = [name for name, rule in RULES.items() if rule.level != "error"]
    for name in names:
        if name not in RULES:
            raise LogsourceError(f"{name} is no check; these can be skipped: {', '.join(optional)}")
        if name not in optional:
            raise LogsourceError(f"the check {name} cannot be skipped: {RULES[name].reason}")
    return frozenset(names)


def lint_paths(path: Path, *, skip: frozenset[str] = frozenset(), strict: bool = False) -> list[Problem]:
    """All problems of a schema file, a repository, a pack or a directory of packs, without the rules in `skip`."""
    if path.is_file():
        return lint_file(path, skip=skip, strict=strict)
    files = [file for root in schema_roots(path) for file in schema_files(root)]
    if not files:
        hint = "expected schemas/<vendor>/<name>/jsonschema/<version>"
        return [Problem(path, "/", "no schema found", hint)]
    found = [problem for file in files for problem in lint_file(file, skip=skip, strict=strict)]
    return found + _between_versions(files, skip, strict=strict)


def _between_versions(files: list[Path], skip: frozenset[str], *, strict: bool) -> list[Problem]:
    schemas: dict[IgluUri, dict[str, Any]] = {}
    places: dict[IgluUri, Path] = {}
    for file in files:
        uri = uri_of_path(file.resolve())
        if uri is None:
            continue
        try:
            schema = StaticRepository(file.resolve().parents[3]).fetch(uri)
            if schema is None:
                continue
            CompiledSchema(schema)
        except SchemaUnreadable:
            continue  # said about the file itself
        schemas[uri], places[uri] = schema, file
    return [
        Problem(places[uri], pointer(where), what, hint, rule)
        for uri, (rule, where, what, hint) in version_findings(schemas)
        if rule not in skip and (strict or rule not in _STRICT)
    ]


def lint_file(file: Path, *, skip: frozenset[str] = frozenset(), strict: bool = False) -> list[Problem]:
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
    return [
        Problem(file, pointer(where), what, hint, rule)
        for rule, where, what, hint in findings(schema, uri, strict=strict)
        if rule not in skip
    ]


def findings(schema: dict[str, Any], uri: IgluUri, *, strict: bool = False) -> Iterator[Finding]:
    """Each broken rule of a schema that stands at the place of `uri`."""
    if schema.get("$schema") != META_SCHEMA:
        yield Finding("schemaUri", ("$schema",), "is not Iglu's meta schema", f'set it to "{META_SCHEMA}"')
    expected = {"vendor": uri.vendor, "name": uri.name, "format": uri.format, "version": uri.version}
    if schema.get("self") != expected:
        hint = f"the place of the file says {expected!r}"
        yield Finding("self", ("self",), f"is {schema.get('self')!r}", hint)
    if schema.get("type") != "object":
        what = f"the root is {schema.get('type')!r}"
        yield Finding("rootObject", ("type",), what, 'an event or entity must be an "object"')
    try:
        CompiledSchema(schema)
    except SchemaUnreadable as error:
        yield Finding("draft4", (), "is not JSON Schema draft 4", str(error))
        return
    yield from (one for one in node_findings(schema) if strict or one.rule not in _STRICT)
