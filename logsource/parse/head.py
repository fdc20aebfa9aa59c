r"""One pattern of an envelope, without its text: what an inner pattern is put behind.

    HEAD(?P<message>[^\n]*)  and  INNER   give   HEAD(?:INNER)

HEAD must match what it matched in front of any text: going back into it for the sake of INNER would find another
envelope. So it stands in an atomic group, unless it can match in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

from logsource.parse.composedspec import ComposedSpec, EntityPart, NotingReader
from logsource.parse.envelope import FREE_SCHEMAS
from logsource.parse.fields import FieldSpec
from logsource.parse.rx.apart import nameless, refers, starts_apart
from logsource.parse.rx.nodes import (
    AnyChar,
    At,
    Atomic,
    CharSet,
    Group,
    Literal1,
    Node,
    RegexSyntaxError,
    Repeat,
    Scope,
    Sequence,
)
from logsource.parse.rx.oneway import never_both, one_way
from logsource.parse.rx.python import read_python
from logsource.parse.rx.simplify import simplify
from logsource.parse.rx.write import write

if TYPE_CHECKING:
    from logsource.parse.chain import ChainParser, Inner
    from logsource.parse.pattern import PatternSpec, TimestampSlot

LONG = 50_000
"""Characters; no line that goes through patterns as a block is longer, so a limit from there on cuts no text."""
TIMEOUT = 0.25
"""Seconds for the question whether a pattern takes a text of a few characters."""
_REST = Repeat(AnyChar(newline=False), 0, None)
_BEGIN = ("line_start", "text_start")
_END = ("line_end", "text_end", "text_end_newline")


@dataclass(frozen=True, slots=True)
class Head:
    """One pattern of an envelope."""

    chain: ChainParser
    spec: PatternSpec
    text: FieldSpec
    node: Node
    """Matches what it did in front of any text."""
    last: str
    """The character before the text, if it is always the same."""

    @staticmethod
    def of(spec: PatternSpec, chain: ChainParser) -> Head | None:
        """None when the text is not all the rest of the line, as it is written there."""
        text = next((field for field in spec.fields if field.name == chain.path), None)
        if text is None or text.type != "string" or text.enum is not None or text.words:
            return None
        if any(len(path) > 1 for path in (*(field.name for field in spec.fields), *dict(spec.constants))):
            return None
        if spec.under != (("fields",) if spec.schema in FREE_SCHEMAS else ()):
            return None
        if text.max_length is not None and text.max_length < LONG:
            return None
        items = _items(spec.regex)
        while items and isinstance(items[-1], At) and items[-1].place in _END:
            items.pop()
        if not items or not _is_rest(items.pop(), text.group):
            return None
        before = Sequence(tuple(items))
        node: Node = Scope(before)
        if spec.search:
            node = Atomic(Sequence((replace(_REST, mode="lazy"), *items)))
        elif not one_way(before):
            node = Atomic(before)
        last = items[-1] if items else None
        return Head(chain, spec, text, node, last.char if isinstance(last, Literal1) else "")

    def never_with(self, other: Head) -> bool:
        """Whether no line is an envelope of both patterns."""
        plain = isinstance(self.node, Scope) and isinstance(other.node, Scope)
        return plain and never_both(self.node, other.node)

    def offers(self, inner: Inner) -> bool:
        """Whether envelopes of this pattern may be those that an inner parser is for."""
        given = {field.name for field in self.spec.fields}
        fixed = {path: {str(value)} for path, value in self.spec.constants if isinstance(value, str)}
        return all(path in given or fixed.get(path, set()) & words for path, words in inner.when)

    def join(self, inner: PatternSpec, where: Inner) -> ComposedSpec | None:
        """The pattern of lines whose text an inner pattern takes; None when that cannot be said."""
        body = self._body(inner)
        checked = self._choices(where)
        if body is None or checked is None or any(_takes(inner, null) for null in self.text.nulls):
            return None
        group = self.text.group
        shift = group if self._keeps_text else group - 1
        place = Group(body, group) if self._keeps_text else body
        slot, times = self._times(inner, shift)
        more = inner if isinstance(inner, ComposedSpec) else None
        return ComposedSpec(
            name=f"{self.spec.name}/{where.name}.{inner.name}",
            regex=write(nameless(Sequence((self.node, place)))),
            fields=_moved(inner.fields, shift),
            schema=inner.schema,
            timestamp=slot,
            under=inner.under,
            constants=inner.constants,
            entities=(
                *self._entity(),
                *(replace(one, fields=_moved(one.fields, shift)) for one in (more.entities if more else ())),
            ),
            checked=(
                *checked,
                *self._unwritten(),
                *_moved(more.checked if more else (), shift),
            ),
            times=times,
        )

    def alone(self, *, claim: bool) -> ComposedSpec:
        """The pattern of all other lines of the envelope. `claim`: the row path has to say what becomes of them."""
        spec = self.spec
        nobody = FieldSpec(name=("claim",), group=self.text.group, enum=frozenset(), required=True)
        return ComposedSpec(
            name=spec.name,
            regex=spec.regex,
            fields=spec.fields,
            schema=spec.schema,
            timestamp=spec.timestamp,
            search=spec.search,
            under=spec.under,
            constants=spec.constants,
            checked=(nobody,) if claim else (),
        )

    def _body(self, inner: PatternSpec) -> Node | None:
        """An inner pattern behind the head; None when it could see that something stands before it."""
        items = _items(inner.regex)
        anchored = bool(items) and isinstance(items[0], At) and items[0].place in _BEGIN
        if anchored:
            del items[0]
        if not items or not all(starts_apart(item, self.last) for item in items):
            return None
        if inner.search:
            before = () if anchored else (replace(_REST, mode="lazy"),)
            return Sequence((*before, Scope(Sequence(tuple(items))), _REST))
        return Scope(Sequence(tuple(items)))

    @property
    def _keeps_text(self) -> bool:
        envelopes = self.chain.envelopes
        if envelopes is None or self.spec.schema in FREE_SCHEMAS:
            return False
        return envelopes.emptied(self.spec.schema) is None

    def _choices(self, where: Inner) -> list[FieldSpec] | None:
        """The fields of a `when` with what they must be; None when columns cannot tell."""
        checked = []
        for path, words in where.when:
            found = next((field for field in self.spec.fields if field.name == path), None)
            if found is None:
                continue  # a constant, see `offers`
            if found.type != "string" or found is self.text:
                return None
            if found.max_length is not None and found.max_length <= max(map(len, words)):
                return None
            checked.append(replace(found, enum=words, required=True, max_length=None))
        return checked

    def _unwritten(self) -> tuple[FieldSpec, ...]:
        """Fields of the envelope that may be bad, where none of them is written."""
        if self.chain.envelopes is not None:
            return ()
        return tuple(field for field in self.spec.fields if field is not self.text)

    def _entity(self) -> tuple[EntityPart, ...]:
        envelopes, spec = self.chain.envelopes, self.spec
        if envelopes is None:
            return ()
        keeps = self._keeps_text
        fields = tuple(field for field in spec.ordered_fields() if keeps or field is not self.text)
        emptied = spec.schema not in FREE_SCHEMAS and envelopes.emptied(spec.schema)
        constants = (*spec.constants, (self.chain.path, "")) if emptied else spec.constants
        return (EntityPart(schema=spec.schema, fields=fields, under=spec.under, constants=constants),)

    def _times(
        self, inner: PatternSpec, shift: int
    ) -> tuple[TimestampSlot | None, tuple[TimestampSlot, ...]]:
        """Which time is the event's, and which others must be readable."""
        own, mine = inner.timestamp, self.spec.timestamp
        if own is None:
            return mine, ()
        times = inner.times if isinstance(inner, ComposedSpec) else ()
        times = tuple(replace(one, group=one.group + shift) for one in times)
        if mine is None:
            return replace(own, group=own.group + shift), times
        reader = own.reader if isinstance(own.reader, NotingReader) else NotingReader(own.reader)
        return replace(own, group=own.group + shift, reader=reader), (mine, *times)


def _items(source: str) -> list[Node]:
    """What stands in a pattern one after the other; nothing when it cannot be read or refers to groups by number."""
    try:
        tree = simplify(read_python(source))
    except RegexSyntaxError:
        return []
    if refers(tree):
        return []
    return list(tree.items) if isinstance(tree, Sequence) else [tree]


def _is_rest(node: Node, group: int) -> bool:
    """Whether a node is the group and takes any text."""
    if not isinstance(node, Group) or node.number != group:
        return False
    match node.node:
        case Repeat(AnyChar(), 0, None, "greedy"):
            return True
        case Repeat(CharSet(ranges, "", True), 0, None, "greedy"):
            return ranges == ((10, 10),)
        case _:
            return False


def _moved(fields: tuple[FieldSpec, ...], shift: int) -> tuple[FieldSpec, ...]:
    return tuple(replace(field, group=field.group + shift) for field in fields)


def _takes(spec: PatternSpec, text: str) -> bool:
    """Whether a pattern matches a text; also true when that takes too long to find out."""
    compiled = regex.compile(spec.regex)
    try:
        return (compiled.search if spec.search else compiled.fullmatch)(text, timeout=TIMEOUT) is not None
    except TimeoutError:
        return True
