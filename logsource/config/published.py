"""Where, and under which vendor, the schemas of events are published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from logsource.config.complaint import complaint
from logsource.config.fieldrules import AbsolutePath
from logsource.config.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logsource.config.yaml import Document

OWN_VENDOR = "io.logsource"
"""Vendor of the schemas that come with logsource."""
_VENDOR = re.compile(r"[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)*")


def _vendor(value: str) -> str:
    if value and not _VENDOR.fullmatch(value):
        raise complaint("must be an Iglu vendor", "write a reversed domain such as com.acme")
    return value


class SchemasConfig(BaseModel):
    """Where the schemas of events are published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendor: Annotated[str, AfterValidator(_vendor)] = Field(
        "",
        description="Vendor that events and entities name instead of io.logsource, such as com.acme, for a registry in "
        "which you publish under your own: `logsource schemas export --vendor com.acme DIR`. Empty: io.logsource.",
    )
    resolver: AbsolutePath | None = Field(
        None,
        description="Resolver configuration of Iglu clients (JSON) with the registries of your pipeline. `logsource "
        "check --schemas` asks them whether they have every schema that this configuration sends.",
    )


def check_schemas(document: Document, root: Any) -> Iterator[Problem]:
    """Contradictions between `schemas:` and the rest."""
    schemas, collector = root.get("schemas"), root.get("collector")
    given = schemas.get("vendor") if isinstance(schemas, dict) else None
    if given and isinstance(collector, dict) and collector.get("base64") is True:
        what = "schemas.vendor cannot be used with collector.base64: true"
        yield Problem(
            document.at(("schemas", "vendor")), what, "leave base64 out: plain JSON is smaller as well"
        )
