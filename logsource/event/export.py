"""Copying schemas to a static repository, under their own vendor or another, for a registry of one's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from logsource.errors import LogsourceError
from logsource.event.repository import SchemaUnreadable
from logsource.event.vendor import renamed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.event.iglu import IgluUri
    from logsource.event.resolver import Resolver

_VENDOR = re.compile(r"[a-zA-Z0-9-_]+(?:\.[a-zA-Z0-9-_]+)*")


def export(
    resolver: Resolver, keys: Sequence[IgluUri], *, directory: Path, vendor: str | None = None
) -> list[Path]:
    """Write each schema to `directory/schemas/<vendor>/…`; the files written.

    With `vendor`, it takes the place of each schema's own, also wherever one of them names another (`iglu:…` in
    references and descriptions). A file that exists with the same content is left alone. Raises LogsourceError,
    before anything is written, when the vendor is not one, a schema cannot be read, or a file exists with other
    content (a published version must not change).
    """
    if vendor is not None and not _VENDOR.fullmatch(vendor):
        raise LogsourceError(f"{vendor!r} is not an Iglu vendor; write a reversed domain such as com.acme")
    old = {uri.vendor for uri in keys}
    contents: dict[Path, bytes] = {}
    for uri in keys:
        schema = _read(resolver, uri)
        target = uri if vendor is None else replace(uri, vendor=vendor)
        if vendor is not None:
            schema = renamed(schema, old, vendor)
        path = directory / "schemas" / target.path
        content = orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n"
        if contents.setdefault(path, content) != content:
            raise LogsourceError(
                f"two schemas would both become {target}; export them with different vendors"
            )
    for path, content in contents.items():
        if path.exists() and path.read_bytes() != content:
            raise LogsourceError(
                f"{path} exists and differs; a published version never changes. Remove it, or write to an empty directory"
            )
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(contents)


def _read(resolver: Resolver, uri: IgluUri) -> dict[str, Any]:
    try:
        schema = resolver.fetch(uri)
    except SchemaUnreadable as error:
        raise LogsourceError(f"{uri} cannot be copied: {error}") from error
    if schema is None:
        raise LogsourceError(f"{uri} cannot be copied: it was not found")
    return schema
