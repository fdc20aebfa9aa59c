"""The standard resolver configuration of Iglu clients, as frozen values: which registries are asked for schemas.

A self-describing JSON file, schema `iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-x`, the same
that enrich and the loaders of a pipeline read. Two things are ours: `${NAME}` in its texts stands for an
environment variable, so that an apikey need not stand in a file; and `embedded.path` is a directory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from logsource.config.complaint import complaint
from logsource.config.explain import explain
from logsource.config.fieldrules import HttpUrl
from logsource.config.problem import Problem
from logsource.config.types import FROM_FILE
from logsource.config.yaml import Document, read_yaml
from logsource.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCHEMA = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3"
IGLU_CLIENT_EMBEDDED = "/iglu-client-embedded"
"""Path by which resolver files name the schemas inside the client's jar; there is no such directory."""
MAX_BYTES = 1024 * 1024
_SCHEMAS = re.compile(r"iglu:com\.snowplowanalytics\.iglu/resolver-config/jsonschema/1-0-(?:0|[1-9][0-9]*)")
_START = "start from the resolver file of your pipeline, or see README.md"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _registry_uri(value: str) -> str:
    if urlsplit(value).path.rstrip("/").endswith("/schemas"):
        what, hint = "must be the address above /schemas", "leave out /schemas at the end; it is added"
        raise complaint(what, hint)
    return value


def _apikey(value: str) -> str:
    # The value goes into a header; it is never repeated in a message.
    if not value.isascii() or not value.isprintable() or value != value.strip() or " " in value:
        raise complaint("must be printable ASCII without spaces", "Iglu Server's keys are UUIDs")
    return value


def _schema(value: str) -> str:
    if not _SCHEMAS.fullmatch(value):
        raise complaint("must be a resolver configuration of version 1-0-x", f"write {SCHEMA}")
    return value


class HttpConnection(_Part):
    """A registry over HTTP: Iglu Server, or a static repository on a web server."""

    uri: Annotated[HttpUrl, AfterValidator(_registry_uri)] = Field(
        description="Base address; schemas are below it at /schemas/VENDOR/NAME/FORMAT/VERSION. Iglu Server: …/api."
    )
    apikey: Annotated[str, AfterValidator(_apikey)] | None = Field(
        None, repr=False, description="Sent as the header `apikey`. A secret."
    )


class EmbeddedConnection(_Part):
    """A static repository on disk."""

    path: str = Field(
        min_length=1, description="Directory above `schemas`; relative ones start at the file's own."
    )


class Connection(_Part):
    """Exactly one of the two."""

    http: HttpConnection | None = Field(None, description="Over HTTP.")
    embedded: EmbeddedConnection | None = Field(None, description="On disk.")


class RegistryConfig(_Part):
    """One registry and when it is asked."""

    name: str = Field(min_length=1, max_length=255, description="Name in messages; each only once.")
    priority: float = Field(description="Among registries of one kind, lower ones are asked first.")
    vendor_prefixes: list[str] = Field(
        alias="vendorPrefixes",
        description="Schemas whose vendor begins with one of these are asked for here first.",
    )
    connection: Connection = Field(description="Where it is.")


class ResolverConfig(_Part):
    """What stands under `data`."""

    cache_size: int = Field(alias="cacheSize", ge=0, description="Schemas that are kept; 0 keeps none.")
    cache_ttl: int | None = Field(
        None,
        alias="cacheTtl",
        ge=0,
        description="Seconds after which a schema is asked for again; none: never.",
    )
    repositories: list[RegistryConfig] = Field(description="The registries.")


class _ResolverFile(_Part):
    schema_: Annotated[str, AfterValidator(_schema)] = Field(alias="schema")
    data: ResolverConfig


def load_resolver(path: Path, *, env: Mapping[str, str]) -> ResolverConfig:
    """Read a resolver file; relative directories in it are made absolute.

    Raises ConfigError with every problem, each `file:line:col: what (hint)`; none shows a secret.
    """
    file = str(path)
    document = _read(path, file, env)
    problems = list(document.problems)
    config = None
    if isinstance(document.value, dict):
        try:
            config = _ResolverFile.model_validate(document.value, context=FROM_FILE).data
        except ValidationError as error:
            found = (explain(one, document, _ResolverFile) for one in error.errors(include_url=False))
            problems += [one for one in found if one is not None]
        problems += _rules(document)
    else:
        problems.append(Problem(document.at(()), "must be a JSON object with schema and data", _START))
    if problems or config is None:
        raise ConfigError([problem.render(file) for problem in sorted(set(problems))])
    return config.model_copy(
        update={
            "repositories": [_below(registry, path.absolute().parent) for registry in config.repositories]
        }
    )


def connection(uri: str, apikey: str) -> HttpConnection:
    """A registry that is named on the command line. Raises ConfigError; the apikey is in no message."""
    try:
        return HttpConnection(uri=uri, apikey=apikey)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise ConfigError(
            [f"{one['loc'][0]} {one['ctx']['what']} ({one['ctx']['hint']})" for one in found]
        ) from None


def _read(path: Path, file: str, env: Mapping[str, str]) -> Document:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror} ({_START})"]) from error
    if len(data) > MAX_BYTES:
        raise ConfigError([f"{file}: is larger than {MAX_BYTES} bytes (is it the right file?)"])
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        what = f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg} ({_START})"
        raise ConfigError([what]) from error
    # JSON is YAML but for tabs, which a JSON string cannot hold: the reader that knows places reads it as well.
    return read_yaml(data.decode().replace("\t", " "), env)


def _rules(document: Document) -> Iterator[Problem]:
    """What concerns more than one value; looks at raw values, so that it speaks up with everything else."""
    data = document.value.get("data")
    registries = data.get("repositories") if isinstance(data, dict) else None
    names: set[Any] = set()
    for index, registry in enumerate(registries if isinstance(registries, list) else ()):
        if not isinstance(registry, dict):
            continue
        where = ("data", "repositories", index)
        name, connection = registry.get("name"), registry.get("connection")
        if isinstance(name, str) and name in names:
            yield Problem(document.at((*where, "name")), f"a second registry named {name!r}", "rename one")
        if isinstance(name, str):
            names.add(name)
        if isinstance(connection, dict) and len(connection.keys() & {"http", "embedded"}) != 1:
            what = f"data.repositories[{index}].connection must have exactly one of http and embedded"
            hint = 'write "http": {"uri": "https://iglu.example.com/api"}'
            yield Problem(document.at((*where, "connection")), what, hint)


def _below(registry: RegistryConfig, directory: Path) -> RegistryConfig:
    embedded = registry.connection.embedded
    if embedded is None or embedded.path == IGLU_CLIENT_EMBEDDED:
        return registry
    absolute = embedded.model_copy(update={"path": str(directory / embedded.path)})
    connection = registry.connection.model_copy(update={"embedded": absolute})
    return registry.model_copy(update={"connection": connection})
