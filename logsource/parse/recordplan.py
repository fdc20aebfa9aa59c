"""Fields of records that all have the same members: what a parser decides for each record, decided once.

A program writes few forms of records. Which member is which field, and what is left over, follows from the names of
the members alone; whether a value can stay as it is, nearly always from its type. So both are worked out once for each
form (`_Plan`) and each row of types (`Checks`), and a record costs a few C calls. The plan of a form is made by
running the definition (`look_up`, `Remainder`) on a record whose values are their own places. Where a value needs
more than a comparison to be refused, a plan gives None, and the definition (`StructuredParser`) says what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from logsource.parse.members import MAX_NESTING, look_up, nested_deeper_than
from logsource.parse.recordchecks import Checks, checks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: which of the nodes, and under which name."""

    node: int
    name: str


class _Skeleton(dict[str, Any]):
    """A record, or an object in it, whose values are their places."""

    place: _Place | None = None


@dataclass(slots=True)
class _Plan:
    """What is known of records of one form."""

    members: tuple[Member, ...]
    """Those that are there, in the order of the fields."""
    take: Callable[[Nodes], dict[str, JSONValue]]
    """Gives the value of each, as it stands in the record."""
    left: Callable[[Nodes], dict[str, JSONValue]] | None
    """The members that no field takes; None when there are none, or nobody wants them."""
    checks: dict[tuple[type, ...], Checks | None] = field(default_factory=dict)

    def checks_of(self, types: tuple[type, ...]) -> Checks | None:
        """What to look at when the values have these types; None when the definition has to decide."""
        if types not in self.checks:
            if len(self.checks) >= MAX_FORMS:
                self.checks.clear()
            self.checks[types] = checks_of(self.members, types)
        return self.checks[types]


class RecordPlans:
    """The plans of one parser."""

    def __init__(
        self,
        members: Sequence[Member],
        *,
        hidden: Sequence[Path],
        remainder: Remainder,
        rest: FieldRule | None,
        textual: bool,
    ) -> None:
        """Plan for these members; `hidden` are taken away too, and what is left goes to the field `rest`.

        `textual`: no text in a record is longer than the record's, and each level of nesting has its bracket there.
        """
        self._members = tuple(members)
        self._remainder = remainder
        self._rest = "" if rest is None else rest.path[0]
        self._rest_required = rest is not None and rest.required
        self._textual = textual
        self._parents = _parents([*hidden, *(member.source for member in members)])
        self._plans: dict[Any, _Plan | None] = {}
        self._seen: set[int] = set()
        paths = [member.rule.path for member in members] + ([rest.path] if rest is not None else [])
        self._pays = all(len(path) == 1 for path in paths) and (len(members) > FEW or bool(self._parents))

    def data(self, fields: Mapping[str, JSONValue], text: str) -> dict[str, JSONValue] | None:
        """Fields of the record of a text, or None when the definition has to decide."""
        if not self._pays:
            return None
        nodes: Nodes = [fields]
        form: Any = tuple(fields)
        if self._parents:
            form = self._inside(nodes, form)
        plan = self._plans.get(form)
        if plan is None:
            plan = self._planned(form, nodes, len(text))
            if plan is None:
                return None
        data = plan.take(nodes)
        types = tuple(map(type, data.values()))
        checks = plan.checks.get(types) or plan.checks_of(types)
        if checks is None or not checks.passed(data, len(text) if self._textual else None):
            return None
        left = None if plan.left is None else plan.left(nodes)
        if (left or checks.objects) and not self._is_shallow(text):
            suspects = [left or {}, *map(data.__getitem__, checks.objects)]
            if any(nested_deeper_than(value, MAX_NESTING) for value in suspects):
                return None
        if left or self._rest_required:
            data[self._rest] = left or {}
        return data

    def _is_shallow(self, text: str) -> bool:
        return self._textual and text.count("{") + text.count("[") <= MAX_NESTING

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

    def _planned(self, form: Any, nodes: Nodes, size: int) -> _Plan | None:
        """Make a plan for a form that comes for the second time: some programs never write one twice."""
        if form in self._plans or size > MAX_SIZE:
            return None
        seen = hash(form)
        if seen not in self._seen:
            if len(self._seen) >= MAX_FORMS:
                self._seen.clear()
            self._seen.add(seen)
            return None
        if len(self._plans) >= MAX_FORMS:
            self._plans.clear()
        plan = self._plans[form] = self._plan(self._skeleton(nodes))
        return plan

    def _skeleton(self, nodes: Nodes) -> _Skeleton:
        skeletons: list[_Skeleton | None] = []
        for number, node in enumerate(nodes):
            skeletons.append(
                None if node is None else _Skeleton({name: _Place(number, name) for name in node})
            )
            if number:
                parent, name = self._parents[number - 1]
                skeleton, holder = skeletons[number], skeletons[parent]
                if skeleton is not None and holder is not None:
                    skeleton.place = holder[name]
                    holder[name] = skeleton
        assert skeletons[0] is not None
        return skeletons[0]

    def _plan(self, skeleton: _Skeleton) -> _Plan | None:
        """Where things are; None when a field that must be there is not."""
        members: list[Member] = []
        places: list[_Place] = []
        for member in self._members:
            found = look_up(skeleton, member.source)
            place = found.place if isinstance(found, _Skeleton) else found
            if place is not None:
                members.append(member)
                places.append(place)
            elif member.rule.required:
                return None
        left = self._remainder.of(skeleton) if self._rest else {}
        return _Plan(
            members=tuple(members),
            take=_taker([member.rule.path[0] for member in members], places),
            left=_rebuilder(left, 0, self._parents) if left else None,
        )


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


def _getter(names: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """As `itemgetter`, which gives a tuple only for several names."""
    if not names:
        return lambda _: ()
    return itemgetter(*names) if len(names) > 1 else lambda inside: (inside[names[0]],)


def _taker(names: Sequence[str], places: Sequence[_Place]) -> Callable[[Nodes], dict[str, JSONValue]]:
    """What gives the values at some places under other names; the order of the names stays."""
    numbers = sorted({place.node for place in places})
    sorted_places = [place for number in numbers for place in places if place.node == number]
    in_order = _getter([sorted_places.index(place) for place in places])
    parts = [
        (number, _getter([place.name for place in places if place.node == number])) for number in numbers
    ]
    if len(parts) == 1:
        number, get = parts[0]
        return lambda nodes: dict(zip(names, get(nodes[number]), strict=True))

    def take(nodes: Nodes) -> dict[str, JSONValue]:
        values: tuple[Any, ...] = ()
        for number, get in parts:
            values += get(nodes[number])
        return dict(zip(names, in_order(values), strict=True))

    return take


def _rebuilder(
    left: Mapping[str, Any], node: int, parents: Sequence[tuple[int, str]]
) -> Callable[[Nodes], dict[str, JSONValue]]:
    """What copies those members of an object that are left, and within it those of other nodes."""
    names = tuple(left)
    inner = [
        (name, _rebuilder(part, parents.index((node, name)) + 1, parents))
        for name, part in left.items()
        if isinstance(part, dict) and not isinstance(part, _Skeleton)
    ]

    copied = _taker(names, [_Place(node, name) for name in names])

    def rebuilt(nodes: Nodes) -> dict[str, JSONValue]:
        copy = copied(nodes)
        for name, part in inner:
            copy[name] = part(nodes)
        return copy

    return rebuilt if inner else copied
