"""Validation of self-describing data: JSON Schema draft 4 with formats checked, as the pipeline does.

Each schema is compiled once, and again when its registry gives another. Messages are short: a JSON pointer and
what is wrong there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from logsource.event.iglu import parse_uri
from logsource.event.repository import SchemaUnreadable
from logsource.event.resolution import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logsource.event.iglu import IgluUri
    from logsource.event.resolution import Lookup, Resolution
    from logsource.event.resolver import Resolver
    from logsource.model import JSONValue

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SUPERSEDED_BY = "$supersededBy"
"""Keyword of Iglu: events that name this version are validated by a later one."""
_MOST_MESSAGES = 5
_MOST_COMPILED = 4096
_LONGEST_MESSAGE = 300


def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or _UUID.fullmatch(value) is not None


class CompiledSchema:
    """One schema, ready to judge."""

    def __init__(self, schema: dict[str, Any]) -> None:
        # Iglu's meta schema names itself by a web address; the keywords are those of draft 4.
        document = {key: value for key, value in schema.items() if key not in {"$schema", "self"}}
        try:
            self._validator = jsonschema_rs.Draft4Validator(
                document,
                validate_formats=True,
                # Draft 4 does not define `uuid`; Snowplow's validator knows it and trackers rely on it.
                formats={"uuid": _is_uuid},
                # A schema must not make us fetch an address of its choice.
                offline=True,
            )
        except (jsonschema_rs.ValidationError, ValueError) as error:
            raise SchemaUnreadable(str(error).splitlines()[0][:_LONGEST_MESSAGE]) from error
        self.is_valid = self._validator.is_valid

    def problems(self, data: JSONValue) -> tuple[str, ...]:
        """What is wrong with data, `/pointer: message`, at most a handful; empty when it is valid."""
        if self.is_valid(data):
            return ()
        found: list[str] = []
        for error in self._validator.iter_errors(data):
            found.append(f"{pointer(error.instance_path)}: {_cut(error.message)}")
            if len(found) == _MOST_MESSAGES:
                break
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with one self-describing JSON."""

    problems: tuple[str, ...] = ()
    """Empty when it is valid."""
    lookups: tuple[Lookup, ...] = ()
    """When its schema was not resolved: what each registry said."""


_VALID = Judgement()


@dataclass(slots=True)
class _Held:
    schema: dict[str, Any]
    compiled: CompiledSchema
    until: float


class Validators:
    """Compiled schemas by Iglu key."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._held: dict[str, _Held] = {}
        self._now = resolver.clock.monotonic

    def problems(self, key: str, data: JSONValue) -> tuple[str, ...]:
        """What is wrong with `data` as an instance of the schema `key`; empty when it is valid.

        An unknown schema is a problem too: the pipeline cannot load what it cannot describe.
        """
        return self.judge(key, data).problems

    def judge(self, key: str, data: JSONValue) -> Judgement:
        """As `problems`, and why the schema was not resolved, if it was not."""
        held = self._held.get(key)
        if held is None or held.until <= self._now():
            try:
                found = self._hold(key)
            except SchemaUnreadable as error:
                return Judgement((f"schema {key} cannot be used: {error}",))
            if isinstance(found, Judgement):
                return found
            held = found
        problems = held.compiled.problems(data)
        return Judgement(problems) if problems else _VALID

    def _lookup(self, uri: IgluUri) -> tuple[IgluUri, Resolution]:
        """A schema, or the one that its registry says supersedes it: enrich validates by that one, too."""
        found = self.resolver.lookup(uri)
        later = _successor(uri, found.schema) if found.schema is not None else None
        if later is None:
            return uri, found
        newer = self.resolver.lookup(later)
        return later, replace(newer, until=min(found.until, newer.until))

    def _hold(self, key: str) -> _Held | Judgement:
        uri = parse_uri(key)
        if uri is None:
            raise SchemaUnreadable("not an Iglu key")
        asked, found = self._lookup(uri)
        if found.schema is None:
            self._held.pop(key, None)
            return Judgement((words(str(asked), found.lookups),), found.lookups)
        held = self._held.get(key)
        if held is not None and held.schema == found.schema:
            held.until = found.until
            return held
        if len(self._held) >= _MOST_COMPILED:
            self._held.clear()
        held = self._held[key] = _Held(found.schema, CompiledSchema(found.schema), found.until)
        return held


def _successor(uri: IgluUri, schema: dict[str, Any]) -> IgluUri | None:
    by = schema.get(SUPERSEDED_BY)
    if by is None:
        return None
    later = parse_uri(f"iglu:{uri.vendor}/{uri.name}/{uri.format}/{by}")
    if later is None or later <= uri:
        raise SchemaUnreadable(f"its {SUPERSEDED_BY} is {by!r}, which is no later version")
    return later


def pointer(path: Iterable[str | int]) -> str:
    """JSON pointer (RFC 6901) of a path; `/` stands for the whole value, as an empty text says nothing."""
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"
