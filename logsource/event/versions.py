"""Versions of one schema beside each other: nothing missing between them, and each raised by what changed.

Iglu Server refuses a version whose predecessor it does not have; warehouses migrate a table by what the version
promises, so an ADDITION that takes something away loses data there.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from logsource.event.evolve import Bump, bump_of, changes
from logsource.event.lintrules import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.event.iglu import IgluUri

SNOWPLOW = "com.snowplowanalytics."
"""Vendors whose schemas are published by others; a copy of one version is not a repository of them."""
_SHOWN = 3


def version_findings(schemas: Mapping[IgluUri, Mapping[str, Any]]) -> Iterator[tuple[IgluUri, Finding]]:
    """Broken rules between versions, at the later one each."""
    known = sorted(uri for uri in schemas if not f"{uri.vendor}.".startswith(SNOWPLOW))
    for _, group in groupby(known, key=lambda uri: (uri.vendor, uri.name, uri.format)):
        versions = list(group)
        for index, uri in enumerate(versions):
            if (missing := _missing(uri, versions)) is not None:
                what, hint = f"{missing} is missing before it", "Iglu Server takes versions in their order"
                yield uri, Finding("versionGap", ("self", "version"), what, hint)
            before = versions[index - 1] if index else None
            if before is not None and before.model == uri.model:
                yield from ((uri, one) for one in _bump(before, uri, schemas))


def _missing(uri: IgluUri, versions: list[IgluUri]) -> str | None:
    """What must have been published before a version and is not here."""
    model, revision, addition = uri.model, uri.revision, uri.addition
    have = {(one.model, one.revision, one.addition) for one in versions}
    if addition:
        return None if (model, revision, addition - 1) in have else f"{model}-{revision}-{addition - 1}"
    if revision:
        return None if (model, revision - 1, 0) in have else f"{model}-{revision - 1}-0"
    return None if model == 1 or (model - 1, 0, 0) in have else f"{model - 1}-0-0"


def _bump(before: IgluUri, uri: IgluUri, schemas: Mapping[IgluUri, Mapping[str, Any]]) -> Iterator[Finding]:
    found = changes(schemas[before], schemas[uri])
    needed = bump_of(found)
    given = Bump.REVISION if before.revision != uri.revision else Bump.ADDITION
    if needed > given:
        reasons = [str(one).partition(": ")[2] for one in found if one.bump > given]
        more = f" and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
        what = f"{'; '.join(reasons[:_SHOWN])}{more} since {before.version}: that is a new {needed.name}"
        yield Finding("schemaVer", ("self", "version"), what, "raise the version accordingly")
