"""What came of looking for a schema, with the part of each registry, in the words of Iglu clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.model import JSONValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What one registry said about a schema that was not resolved."""

    registry: str
    remote: bool
    error: str | None
    """None: the registry does not have the schema. Else why it could not be asked, or what was wrong with its answer."""
    attempts: int
    last_ms: int
    """Time of the last attempt, milliseconds since the epoch."""

    def json(self) -> dict[str, JSONValue]:
        """As an element of `lookupHistory` in a ResolutionError of Iglu clients."""
        failure = {"error": "RepoFailure", "message": self.error}
        last = datetime.fromtimestamp(self.last_ms / 1000, UTC).isoformat(timespec="milliseconds")
        return {
            "repository": self.registry,
            "errors": [{"error": "NotFound"} if self.error is None else failure],
            "attempts": self.attempts,
            "lastAttempt": last.replace("+00:00", "Z"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A schema, or what each registry said instead."""

    schema: dict[str, Any] | None
    lookups: tuple[Lookup, ...] = ()
    """Empty when there is a schema."""
    until: float
    """Monotonic time up to which this holds, in seconds; then ask again."""

    @property
    def failed(self) -> bool:
        """No schema, and somebody could not be asked: it may exist."""
        return any(lookup.error is not None for lookup in self.lookups)


def words(key: str, lookups: Iterable[Lookup]) -> str:
    """Why a schema was not resolved, for people."""
    lookups = tuple(lookups)
    failed = [lookup for lookup in lookups if lookup.error is not None]
    missing = [lookup.registry for lookup in lookups if lookup.error is None]
    if not any(lookup.remote for lookup in lookups):
        if failed:
            return f"schema {key} cannot be used: {'; '.join(lookup.error or '' for lookup in failed)}"
        return f"schema {key} was not found in any schema repository"
    if not failed:
        return f"schema {key} was not found in any schema repository (asked: {', '.join(missing)})"
    reasons = "; ".join(f"{lookup.registry}: {lookup.error}" for lookup in failed)
    also = f"; not found in {', '.join(missing)}" if missing else ""
    return f"schema {key} could not be resolved: {reasons}{also}"


def resolution_error(key: str, lookups: Iterable[Lookup]) -> dict[str, JSONValue]:
    """The message of a schema_violations bad row, as enrich writes it when a schema was not resolved."""
    history = sorted((lookup.json() for lookup in lookups), key=lambda one: str(one["repository"]))
    return {"schemaKey": key, "error": {"error": "ResolutionError", "lookupHistory": history}}
