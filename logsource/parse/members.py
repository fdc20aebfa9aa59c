"""Members of a record that is already structured: finding, converting, and what is left of it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import orjson

from logsource.parse.fields import BadValueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.model import JSONValue
    from logsource.parse.shape import FieldRule

MAX_NESTING = 32
"""Levels of free JSON that are accepted; enrichment refuses events nested deeper than 40 in all."""
Path = tuple[str, ...]


def look_up(fields: Mapping[str, JSONValue], path: Path) -> JSONValue:
    """Member at a path; None when there is none. A dotted key that stands as it is wins over nesting."""
    if len(path) > 1 and (dotted := ".".join(path)) in fields:
        return fields[dotted]
    value: JSONValue = fields
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def has(fields: Mapping[str, JSONValue], path: Path) -> bool:
    """Whether there is a member at a path, be it null. Names are joined with dots as `look_up` has it."""
    if len(path) > 1 and ".".join(path) in fields:
        return True
    value: JSONValue = fields
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def convert(rule: FieldRule, value: JSONValue, nulls: frozenset[str]) -> JSONValue:
    """Value of a field as its schema has it. Raises BadValueError."""
    if value is None or (isinstance(value, str) and value in nulls):
        if rule.required:
            raise BadValueError(f"{rule.label}: the schema requires it and the record has none")
        return None
    kind = rule.kind
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, float) and isfinite(value):
        # JSON writes up to 17 significant digits, of which many may be zeros behind the point
        return rule.text_spec.within(value)
    if kind == "object":
        if not isinstance(value, dict):
            raise BadValueError(f"{rule.label}: is not an object")
        if nested_deeper_than(value, MAX_NESTING):
            raise BadValueError(f"{rule.label}: nested more than {MAX_NESTING} levels deep")
        return value
    if kind == "array":
        if rule.items is None:
            raise BadValueError(f"{rule.label}: the schema says nothing about its items")
        values = value if isinstance(value, list) else [value]
        return [convert(rule.items, one, frozenset()) for one in values if one is not None][: rule.max_items]
    return rule.text_spec.convert(_text(value))


def nested_deeper_than(value: JSONValue, levels: int) -> bool:
    """Whether objects and lists stand more than so many levels deep in each other; without recursion."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for one in layer
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True


def _text(value: JSONValue) -> str:
    """A scalar as a log would write it (an integral float as an integer), anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return orjson.dumps(value).decode()


def without(fields: Mapping[str, JSONValue], taken: Sequence[Path]) -> dict[str, JSONValue]:
    """Copy of a record without the members at some paths (and without what is empty because of that)."""
    left = dict(fields)
    for path in taken:
        dotted = ".".join(path)
        if dotted in left:
            del left[dotted]
        else:
            left = _pruned(left, _tree([path]))
    return left


class Remainder:
    """What is left of a record without the members that became fields; made once for many records."""

    def __init__(self, taken: Sequence[Path]) -> None:
        self._taken = tuple(taken)
        self._dotted = frozenset(".".join(path) for path in taken if len(path) > 1)
        self._tree = _tree(taken)

    def of(self, fields: Mapping[str, JSONValue]) -> dict[str, JSONValue]:
        """Same as `without`, in one pass unless a dotted name stands in the record as it is."""
        if self._dotted and not self._dotted.isdisjoint(fields):
            return without(fields, self._taken)
        return _pruned(fields, self._tree)


def _tree(paths: Sequence[Path]) -> dict[str, Any]:
    """Paths as nested dicts; an empty one stands for a member that goes."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node.setdefault(path[-1], {})
    return tree


def _pruned(fields: Mapping[str, JSONValue], tree: Mapping[str, Any]) -> dict[str, JSONValue]:
    left: dict[str, JSONValue] = {}
    for name, value in fields.items():
        node = tree.get(name)
        if node is None:
            left[name] = value
        elif node and isinstance(value, dict):
            inner = _pruned(value, node)
            if inner or not value:
                left[name] = inner
        elif node:
            left[name] = value
    return left
