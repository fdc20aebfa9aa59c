"""Schemas of ours under another vendor, for those who publish them so (`schemas.vendor`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from logsource.config.published import OWN_VENDOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from logsource.event.iglu import IgluUri
    from logsource.event.repository import Repository


def renamed(schema: dict[str, Any], old: Collection[str], vendor: str) -> dict[str, Any]:
    """A schema under another vendor: its `self`, and every key (`iglu:…`) of one of the old vendors in it."""
    done: dict[str, Any] = _renamed(schema, old, vendor)
    done["self"] = {**done.get("self", {}), "vendor": vendor}
    return done


def _renamed(value: Any, old: Collection[str], vendor: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, old, vendor) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, vendor) for item in value]
    if isinstance(value, str) and "iglu:" in value:
        for one in old:
            value = value.replace(f"iglu:{one}/", f"iglu:{vendor}/")
    return value


@dataclass(frozen=True, slots=True)
class PublishedAs:
    """A repository of which our own schemas are known under another vendor, and nothing else."""

    inner: Repository
    vendor: str

    @property
    def name(self) -> str:
        """Name of the repository, and the vendor."""
        return f"{self.inner.name} as {self.vendor}"

    @property
    def place(self) -> str:
        """Where the repository is."""
        return self.inner.place

    @property
    def remote(self) -> bool:
        """As the repository."""
        return self.inner.remote

    def fetch(self, uri: IgluUri) -> dict[str, Any] | None:
        """One of our schemas, as it is published."""
        if uri.vendor != self.vendor:
            return None
        schema = self.inner.fetch(replace(uri, vendor=OWN_VENDOR))
        return None if schema is None else renamed(schema, [OWN_VENDOR], self.vendor)

    def uris(self) -> Iterator[IgluUri]:
        """Our keys, as they are published."""
        return (replace(uri, vendor=self.vendor) for uri in self.inner.uris() if uri.vendor == OWN_VENDOR)
