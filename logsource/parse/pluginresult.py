"""What a plugin gave, as a value of ours: copied, plain JSON, and nothing that the pipeline would lose unseen."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from logsource.model import JSONValue, Record, Reject
from logsource.parse.members import MAX_NESTING, nested_deeper_than

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_REASONS = 32
"""Different reasons of one plugin that are counted under their names: they become labels of metrics."""
MAX_SCHEMAS = 64
"""Validators that are kept."""
_DETAIL = 300
_log = logging.getLogger("logsource.parse")
_REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")
_URI = re.compile(
    r"iglu:[a-zA-Z0-9-_.]{1,128}/[a-zA-Z0-9-_]{1,128}/[a-zA-Z0-9-_]{1,32}/[1-9][0-9]*-(0|[1-9][0-9]*)-(0|[1-9][0-9]*)"
)
"""Iglu's rule for keys; the pipeline would lose an event with another one."""
_LAST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999; the pipeline takes the years 0 to 9999, we none before 1970."""


class ResultChecker:
    """Checks what one plugin gives. Remembers the reasons it has used and the schemas it names."""

    def __init__(self, find_schema: Callable[[str], Mapping[str, Any] | None]) -> None:
        """`find_schema` gives the schema of a URI, None when it is not at hand (then nothing is validated)."""
        self._find_schema = find_schema
        self._reasons: set[str] = set()
        self._validators: dict[str, Any] = {}
        self._missing: set[str] = set()

    def checked(self, result: object) -> Record | Reject | None:
        """Give the result as a value that later changes of the plugin's objects do not reach."""
        if result is None:
            return None
        if isinstance(result, Reject):
            return self._reject(result)
        if not isinstance(result, Record):
            return _error(f"parse returned {type(result).__name__}, not a Record, a Reject or None")
        try:
            data = plain(result.data)
            entities = tuple(plain(one) for one in result.entities)
        except (TypeError, ValueError) as error:
            return _error(f"the data of the record is not JSON: {error}")
        if nested_deeper_than(data, MAX_NESTING):
            return Reject("bad_value", f"nested more than {MAX_NESTING} levels deep")
        problem = (
            _wrong_schema(result.schema) or _wrong_time(result.timestamp_ms) or _wrong_entities(entities)
        )
        if problem is not None:
            return _error(problem)
        invalid = self._invalid(result.schema, data)
        for one in entities:
            invalid = invalid or self._invalid(str(one["schema"]), one["data"], "entity ")
        if invalid is not None:
            return Reject("bad_value", invalid)
        return Record(result.schema, data, result.timestamp_ms, entities)

    def _reject(self, reject: Reject) -> Reject:
        reason: object = reject.reason
        detail: object = reject.detail
        if not isinstance(reason, str) or not isinstance(detail, str):
            return _error("a Reject has a reason and a detail that are texts")
        if len(self._reasons) < MAX_REASONS and _REASON.fullmatch(reason):
            self._reasons.add(reason)
        if reason in self._reasons:
            return Reject(reason, detail[:_DETAIL])
        return Reject("plugin_reject", f"{reason}: {detail}"[:_DETAIL])

    def _invalid(self, uri: str, data: JSONValue, what: str = "") -> str | None:
        """What the schema of a record or an entity has against it, if that schema is at hand."""
        if uri not in self._validators:
            if len(self._validators) >= MAX_SCHEMAS:
                self._validators.clear()
            schema = self._find_schema(uri)
            if schema is None:
                self._complain(uri)
            self._validators[uri] = _validator(schema)
        validator = self._validators[uri]
        error = None if validator is None else next(iter(validator.iter_errors(data)), None)
        if error is None:
            return None
        where = ".".join(str(part) for part in error.instance_path) or "record"
        return f"{what}{where}: {error.message}"[:_DETAIL]

    def _complain(self, uri: str) -> None:
        """Say once that nobody checks: the pipeline behind the collector will, and loses unseen what is not valid."""
        if uri not in self._missing and len(self._missing) < MAX_SCHEMAS:
            self._missing.add(uri)
            _log.warning(
                "event=schema_not_at_hand schema=%s detail=%r",
                uri,
                "what the plugin gives under it is not checked; a folder of pack_dirs may hold the schema",
            )


def plain(value: object) -> dict[str, JSONValue]:
    """Copy of an object in nothing but JSON's types. Raises TypeError or ValueError."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{type(value).__name__} is no mapping")
    copied: dict[str, JSONValue] = orjson.loads(orjson.dumps(dict(value)))
    return copied


def _validator(schema: Mapping[str, Any] | None) -> Any:
    if schema is None:
        return None
    body = {key: member for key, member in schema.items() if key not in {"$schema", "self"}}
    return jsonschema_rs.Draft4Validator(body, validate_formats=True)


def _wrong_schema(uri: object) -> str | None:
    if isinstance(uri, str) and _URI.fullmatch(uri):
        return None
    return f"the schema of the record is no Iglu URI: {str(uri)[:80]!r}"


def _wrong_entities(entities: Iterable[Mapping[str, JSONValue]]) -> str | None:
    for one in entities:
        if set(one) != {"schema", "data"} or not isinstance(one["data"], dict):
            return "an entity has other members than schema and data (an object)"
        if (problem := _wrong_schema(one["schema"])) is not None:
            return problem
    return None


def _wrong_time(instant: object) -> str | None:
    if instant is None or (type(instant) is int and 0 <= instant <= _LAST_MS):
        return None
    return f"timestamp_ms is no number of milliseconds since 1970: {str(instant)[:40]!r}"


def _error(detail: str) -> Reject:
    return Reject("plugin_error", detail[:_DETAIL])
