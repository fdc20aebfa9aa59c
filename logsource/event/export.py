"""Copying schemas under another vendor, for a registry of one's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from logsource.errors import LogsourceError
from logsource.event.repository import SchemaUnreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.event.iglu import IgluUri
    from logsource.event.resolver import Resolver

_VENDOR = re.compile(r"[a-zA-Z0-9-_]+(?:\.[a-zA-Z0-9-_]+)*")


def export(resolver: Resolver, keys: Sequence[IgluUri], *, vendor: str, directory: Path) -> list[Path]:
    """Write each schema to `directory/schemas/<vendor>/…` with `self.vendor` replaced; the files written.

    A file that exists with the same content is left alone. Raises LogsourceError, before anything is
    written, when the vendor is not one, a schema cannot be read, or a file exists with other content
    (a published version must not change).
    """
    if not _VENDOR.fullmatch(vendor):
        raise LogsourceError(f"{vendor!r} is not an Iglu vendor; write a reversed domain such as com.acme")
    contents: dict[Path, bytes] = {}
    for uri in keys:
        try:
            schema = resolver.fetch(uri)
        except SchemaUnreadable as error:
            raise LogsourceError(f"{uri} cannot be exported: {error}") from error
        if schema is None:
            raise LogsourceError(f"{uri} cannot be exported: it was not found")
        target = replace(uri, vendor=vendor)
        path = directory / "schemas" / target.path
        exported = {**schema, "self": {**schema.get("self", {}), "vendor": vendor}}
        content = orjson.dumps(exported, option=orjson.OPT_INDENT_2) + b"\n"
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
