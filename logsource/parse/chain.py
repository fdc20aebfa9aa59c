"""A chain of formats: an envelope, and a record of another format in one of its fields.

The event is the inner record's; what else the envelope says goes along as an entity. This file is the definition;
`parse.compose` makes patterns for whole blocks that give the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from logsource.model import JSONValue, Line, Record, Reject
from logsource.parse.envelope import Envelopes, fields_of, syslog_line
from logsource.parse.members import look_up
from logsource.parse.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logsource.model import Parser
    from logsource.parse.members import Path as FieldPath

Otherwise = Literal["event", "reject", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """One format that the text in the envelope may have."""

    name: str
    parser: Parser
    when: tuple[tuple[FieldPath, frozenset[str]], ...] = ()
    """Fields of the envelope and the texts of which each must be one."""
    header: bool = False
    """It reads lines with a syslog header; when the bare text is none of its lines, one is put before it."""

    def wanted(self, envelope: Record) -> bool:
        """Whether the envelope is one of those it is for."""
        fields = fields_of(envelope)
        return all(_text(look_up(fields, path)) in words for path, words in self.when)


@dataclass(frozen=True, slots=True)
class Stage:
    """What one parser of a chain made of what it was given (for tools)."""

    inner: str | None
    """Name of the inner parser; None: the envelope's."""
    parser: Parser
    line: Line
    result: Record | Reject | None


@dataclass(slots=True)
class _Trail:
    """Stages as they happen; none are kept on the way of every day."""

    stages: list[Stage] = field(default_factory=list)

    def parsed(self, name: str | None, parser: Parser, line: Line) -> Record | Reject | None:
        result = parser.parse(line)
        self.stages.append(Stage(name, parser, line, result))
        return result


class ChainParser(Memory):
    """Envelope first, then what is inside."""

    def __init__(
        self,
        name: str,
        envelope: Parser,
        inner: Sequence[Inner],
        *,
        path: FieldPath = ("message",),
        otherwise: Otherwise = "event",
        entity: bool = True,
        schema_dirs: Sequence[Path] = (),
    ) -> None:
        """`path`: field of the envelope with the text. `schema_dirs`: where the envelope's schemas are found."""
        self.name = name
        self.envelope = envelope
        self.inner = tuple(inner)
        self.path = path
        self.otherwise: Otherwise = otherwise
        self.envelopes = Envelopes(path, schema_dirs) if entity else None
        self._learners = (envelope, *(each.parser for each in inner))
        self.remembers = any(bool(getattr(one, "remembers", False)) for one in self._learners)
        self._schema_dirs = schema_dirs

    def parse(self, line: Line) -> Record | Reject | None:
        """Give the inner record with the envelope's entity; else what `otherwise` says."""
        return self._parse(line, None)

    def stages(self, line: Line) -> tuple[list[Stage], Record | Reject | None]:
        """As `parse`, with every step on the way."""
        trail = _Trail()
        return trail.stages, self._parse(line, trail)

    def only(self, inner: Inner) -> ChainParser:
        """The same chain with one inner parser, for tools: what that one does not take is rejected."""
        return ChainParser(
            self.name,
            self.envelope,
            [inner],
            path=self.path,
            otherwise="reject",
            entity=self.envelopes is not None,
            schema_dirs=self._schema_dirs,
        )

    def _parse(self, line: Line, trail: _Trail | None) -> Record | Reject | None:
        envelope = self.envelope.parse(line) if trail is None else trail.parsed(None, self.envelope, line)
        if not isinstance(envelope, Record):
            return envelope
        text = look_up(fields_of(envelope), self.path)
        reject: Reject | None = None
        if isinstance(text, str):
            bare = Line(text=text, offset=line.offset, reference_ms=line.reference_ms, flags=line.flags)
            for one in self.inner:
                if not one.wanted(envelope):
                    continue
                found = self._inside(one, bare, envelope, trail)
                if found is None:
                    return None
                if isinstance(found, Record):
                    return self._joined(envelope, found)
                if reject is None or (reject.reason == "no_match" and found.reason != "no_match"):
                    reject = Reject(found.reason, f"{one.name}: {found.detail}")
        return self._left(envelope, reject or Reject("no_match", self._nothing(text)))

    def _left(self, envelope: Record, reject: Reject) -> Record | Reject | None:
        """What becomes of a line that nothing inside took, for the reason of `reject`."""
        if self.otherwise == "drop":
            return None
        if self.otherwise == "reject":
            return reject
        return envelope if reject.reason == "no_match" else replace(envelope, refused=reject.reason)

    def _inside(
        self, one: Inner, bare: Line, envelope: Record, trail: _Trail | None
    ) -> Record | Reject | None:
        parse = one.parser.parse if trail is None else lambda line: trail.parsed(one.name, one.parser, line)
        found = parse(bare)
        if not one.header or not isinstance(found, Reject) or found.reason != "no_match":
            return found
        headed = syslog_line(envelope, bare.text)
        if headed is None:
            return found
        found = parse(replace(bare, text=headed))
        return replace(found, timestamp_ms=None) if isinstance(found, Record) else found

    def _joined(self, envelope: Record, found: Record) -> Record:
        about: tuple[JSONValue, ...] = ()
        if self.envelopes is not None:
            about = (self.envelopes.entity(envelope),)
        stated = envelope.timestamp_ms if found.timestamp_ms is None else found.timestamp_ms
        entities = (*envelope.entities, *about, *found.entities)
        return Record(found.schema, found.data, stated, entities, found.refused)

    def _nothing(self, text: JSONValue) -> str:
        label = ".".join(self.path)
        if isinstance(text, str):
            return "no parser is for such an envelope"
        return f"the envelope has no {label}" if text is None else f"{label} is no text"


def _text(value: JSONValue) -> str | None:
    """A value as a configuration would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None
