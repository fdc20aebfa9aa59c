"""Fields of records that all have the same members: what a parser decides for each record, decided once.

A program writes few forms of records. Which member is which field, and what is left over, follows from the names of
the members alone; whether a value can stay as it is, nearly always from its type. So both are worked out once for each
form (`Plan`) and each row of types (`Checks`), and a record costs a few C calls. The plan of a form is made by running
the definition (`look_up`, `Remainder`) on a record whose values are their own places. Where a value needs more than a
comparison to be refused, a plan gives None, and the definition (`StructuredParser`) says what is wrong.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logsource.parse.members import MAX_NESTING, look_up, nested_deeper_than
from logsource.parse.recordchecks import Checks, checks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.model import JSONValue
    from logsource.parse.members import Path, Remainder
    from logsource.parse.shape import FieldRule
    from logsource.parse.structured import Member

    Nodes = list[Any]
    """The record, and those objects in it that hold fields; None where there is no such object."""

MAX_FORMS = 256
"""Forms, and rows of types of a form, that are remembered."""
FEW = 9
"""So many fields of the record itself are taken as fast one by one."""
MAX_SIZE = 16_384
"""Characters. Longer records have no plan: their names would be memory that a client can choose."""
MAX_MEMBERS = 200
"""Of a record and those objects in it that hold fields; to plan for more would take as long as a client likes."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: which of the nodes, and under which name."""

    node: int
    name: str


class _Skeleton(dict[str, Any]):
    """A record, or an object in it, whose values are their places."""


@dataclass(slots=True)
class Plan:
    """What is known of records of one form."""

    members: tuple[Member, ...]
    """Those that are there, in the order of the fields."""
    places: tuple[tuple[str, int, str], ...]
    """Field, node and name of each."""
    gone: tuple[tuple[int, str], ...]
    """What else is taken out of the record before the rest of it is a field: hidden members, emptied objects."""
    rest: str
    """Field that takes what is left; empty: nobody wants it."""
    rest_required: bool
    checks: dict[tuple[type, ...], Checks | None] = field(default_factory=dict)

    def data(self, nodes: Nodes, text: str) -> dict[str, JSONValue] | None:
        """Fields of the record of a text; None when the definition has to decide.

        The record is taken apart: it is not what it was, whatever the outcome.
        """
        if self.rest:
            data: dict[str, JSONValue] = {name: nodes[node].pop(source) for name, node, source in self.places}
            for node, source in self.gone:
                del nodes[node][source]
            left = nodes[0]
        else:
            data = {name: nodes[node][source] for name, node, source in self.places}
            left = None
        types = tuple(map(type, data.values()))
        checks = self.checks.get(types) or self._checks_of(types)
        if checks is None or not checks.passed(data, len(text)):
            return None
        if (left or checks.objects) and text.count("{") + text.count("[") > MAX_NESTING:
            suspects = [left or {}, *map(data.__getitem__, checks.objects)]
            if any(nested_deeper_than(value, MAX_NESTING) for value in suspects):
                return None
        if left or self.rest_required:
            data[self.rest] = left
        return data

    def _checks_of(self, types: tuple[type, ...]) -> Checks | None:
        if types not in self.checks:
            if len(self.checks) >= MAX_FORMS:
                self.checks.clear()
            self.checks[types] = checks_of(self.members, types)
        return self.checks[types]


class RecordPlans:
    """The plans of one parser.

    No text in a record is longer than the record's, and each level of nesting has its bracket there: that is so for
    JSON and logfmt.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        hidden: Sequence[Path],
        remainder: Remainder,
        rest: FieldRule | None,
    ) -> None:
        """Plan for these members; `hidden` are taken away too, and what is left goes to the field `rest`."""
        self._members = tuple(members)
        self._hidden = tuple(hidden)
        self._remainder = remainder
        self._rest = rest
        self._parents = _parents([*hidden, *(member.source for member in members)])
        self._plans: dict[Any, Plan | None] = {}
        self._seen: set[int] = set()
        paths = [member.rule.path for member in members] + ([rest.path] if rest is not None else [])
        self.pays = all(len(path) == 1 for path in paths) and (len(members) > FEW or bool(self._parents))
        """Whether a plan is faster than the definition."""

    def find(self, fields: dict[str, JSONValue], size: int) -> tuple[Plan, Nodes] | None:
        """Plan for a record whose text has so many characters, and what to give it; None when there is none."""
        nodes: Nodes = [fields]
        form: Any = tuple(fields)
        if self._parents:
            form = self._inside(nodes, form)
        plan = self._plans.get(form)
        if plan is None:
            plan = self._planned(form, nodes, size)
        return None if plan is None else (plan, nodes)

    def _inside(self, nodes: Nodes, form: Any) -> Any:
        """Add the objects that hold fields to the nodes; the form of all of them."""
        forms = [form]
        for parent, name in self._parents:
            around = nodes[parent]
            node = None if around is None else around.get(name)
            if type(node) is dict:
                nodes.append(node)
                forms.append(tuple(node))
            else:
                nodes.append(None)
                forms.append(None)
        return tuple(forms)

    def _planned(self, form: Any, nodes: Nodes, size: int) -> Plan | None:
        """Make a plan for a form that comes for the second time: some programs never write one twice."""
        if form in self._plans or size > MAX_SIZE or sum(map(len, filter(None, nodes))) > MAX_MEMBERS:
            return None
        seen = hash(form)
        if seen not in self._seen:
            if len(self._seen) >= MAX_FORMS:
                self._seen.clear()
            self._seen.add(seen)
            return None
        if len(self._plans) >= MAX_FORMS:
            self._plans.clear()
        plan = self._plans[form] = self._plan(self._skeletons(nodes))
        return plan

    def _skeletons(self, nodes: Nodes) -> list[_Skeleton | None]:
        skeletons: list[_Skeleton | None] = []
        for number, node in enumerate(nodes):
            skeletons.append(
                None if node is None else _Skeleton({name: _Place(number, name) for name in node})
            )
            if number:
                parent, name = self._parents[number - 1]
                holder = skeletons[parent]
                if node is not None and holder is not None:
                    holder[name] = skeletons[number]
        return skeletons

    def _plan(self, nodes: list[_Skeleton | None]) -> Plan | None:
        """Where things are; None when a field that must be there is not, or one stands within another one."""
        skeleton = nodes[0]
        assert skeleton is not None
        members: list[Member] = []
        places: list[_Place] = []
        for member in self._members:
            place = look_up(skeleton, member.source)
            if isinstance(place, _Skeleton) or place in places:
                return None
            if place is not None:
                members.append(member)
                places.append(place)
            elif member.rule.required:
                return None
        gone: list[_Place] = []
        if self._rest is not None:
            left = deepcopy(self._remainder.of(skeleton))  # it may hold the skeletons themselves
            hidden = [look_up(skeleton, path) for path in self._hidden]
            gone = [place for place in hidden if isinstance(place, _Place) and place not in places]
            gone += self._emptied(left, nodes)
            if _without(nodes, places + gone) != left:
                return None
        return Plan(
            members=tuple(members),
            places=tuple(
                (member.rule.path[0], place.node, place.name)
                for member, place in zip(members, places, strict=True)
            ),
            gone=tuple((place.node, place.name) for place in gone),
            rest="" if self._rest is None else self._rest.path[0],
            rest_required=self._rest is not None and self._rest.required,
        )

    def _emptied(self, left: Any, nodes: Sequence[_Skeleton | None]) -> list[_Place]:
        """Objects that the remainder leaves out, the outermost only, because fields were all they held."""
        inside: list[Any] = [left]
        gone = []
        for number, (parent, name) in enumerate(self._parents, 1):
            around = inside[parent]
            there = around is not None and name in around
            inside.append(around[name] if there and nodes[number] is not None else None)
            if nodes[number] is not None and around is not None and not there:
                gone.append(_Place(parent, name))
        return gone


def _without(nodes: Sequence[_Skeleton | None], places: Iterable[_Place]) -> Any:
    """What a plan would leave of a record; the skeletons are spent."""
    for place in places:
        node = nodes[place.node]
        assert node is not None
        del node[place.name]
    return nodes[0]


def _parents(paths: Iterable[Path]) -> list[tuple[int, str]]:
    """Objects that hold fields: number of the node around each (0: the record itself), and its name there."""
    numbers: dict[Path, int] = {(): 0}
    parents = []
    for path in paths:
        for length in range(1, len(path)):
            if path[:length] not in numbers:
                numbers[path[:length]] = len(numbers)
                parents.append((numbers[path[: length - 1]], path[length - 1]))
    return parents
