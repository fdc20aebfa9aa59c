"""What can be known to be wrong with filters before a record is read: names and values against the schemas.

A record that no longer fits its schema is rejected when it comes; here it is said at once, with its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logsource.config.fieldrules import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logsource.config.filters import Condition, FilterConfig
    from logsource.model import JSONValue
    from logsource.parse.shape import FieldRule, Shape
    from logsource.render.filters.steps import WebFields

Place = tuple[str | int, ...]
_NAME_IT = "name it with page_view.{}_field"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, or (`warning`) probably not meant."""

    path: Place
    """Below the source, such as ("filters", 0, "remove", 1)."""
    what: str
    hint: str = ""
    warning: bool = False


@dataclass
class FieldNames:
    """Which fields records have at a point of the chain, as far as it is known."""

    shapes: Mapping[str, Shape]
    names: set[str] = field(default_factory=set)
    made: dict[str, tuple[Place, JSONValue | FieldRule]] = field(default_factory=dict)
    """Fields that a step made, where, and of what: a constant, or a field with another rule."""
    gone: dict[str, Place] = field(default_factory=dict)
    """Fields that a step took away, and where."""

    def __post_init__(self) -> None:
        self.names |= {label for shape in self.shapes.values() for label in shape.rules}

    def knows(self, label: str) -> bool:
        """Whether records may have a field; everything may be when no schema is known."""
        if not self.shapes or label in self.names:
            return True
        return any(_inside(label, one) for one in self._free()) or any(
            name.startswith(f"{label}.") for name in self.names
        )

    def _free(self) -> Iterator[str]:
        """Fields that hold JSON of any form."""
        for shape in self.shapes.values():
            yield from (label for label, rule in shape.rules.items() if rule.kind == "object")

    def rules(self, label: str) -> list[FieldRule]:
        """What the schemas say about a field that is still the one of the schema."""
        if label in self.made:
            return []
        return [shape.rules[label] for shape in self.shapes.values() if label in shape.rules]

    def read(self, place: Place, label: str) -> Iterator[Finding]:
        """A step looks at a field."""
        if not self.knows(label):
            took = self.gone.get(label)
            hint = "an earlier step took it away" if took else suggest(label, self.names)
            yield Finding(place, f"no record has a field {label}", hint)

    def take(self, place: Place, label: str) -> None:
        """A step takes a field away."""
        self.names.discard(label)
        self.made.pop(label, None)
        self.gone[label] = place

    def make(self, place: Place, label: str, of: JSONValue | FieldRule) -> None:
        """A step makes a field."""
        self.names.add(label)
        self.gone.pop(label, None)
        self.made[label] = (place, of)

    def verdict(self) -> Iterator[Finding]:
        """What the schemas say to the fields as they are after the last step."""
        for uri, shape in self.shapes.items():
            for label, place in self.gone.items():
                if label in shape.rules and shape.rules[label].required:
                    hint = "hide it with hash or redact, or choose a schema that does not require it"
                    yield Finding(place, f"{label} is required by {uri}", hint)
            for label, (place, of) in self.made.items():
                rule = shape.rules.get(label)
                if rule is not None:
                    yield from _fits(place, rule, of)
                elif not any(_inside(label, one) for one, r in shape.rules.items() if r.kind == "object"):
                    hint = suggest(label, shape.rules) or "send it as an entity with context"
                    yield Finding(place, f"{uri} has no field {label}", hint)


def filter_findings(filters: list[FilterConfig], web: WebFields, names: FieldNames) -> Iterator[Finding]:
    """Go through the chain. Afterwards `names` are those of the records that leave it."""
    for index, step in enumerate(filters):
        yield from _step(("filters", index), step, web, names)
    yield from names.verdict()


def _step(at: Place, step: FilterConfig, web: WebFields, names: FieldNames) -> Iterator[Finding]:
    if step.drop_static_assets and web.target is None:
        hint = _NAME_IT.format("target")
        yield Finding((*at, "drop_static_assets"), "no field has the request target", hint)
    if step.drop_bots in {"true", "tag"} and web.user_agent is None:
        yield Finding((*at, "drop_bots"), "no field has the user agent", _NAME_IT.format("user_agent"))
    for key, condition in (("drop_if", step.drop_if), ("keep_if", step.keep_if)):
        if condition is not None:
            yield from _condition((*at, key), condition, names)
    for index, label in enumerate(step.sample.key if step.sample else ()):
        yield from names.read((*at, "sample", "key", index), label)
    yield from _changes(at, step, names)
    for old, new in (step.rename or {}).items():
        place = (*at, "rename", old)
        yield from names.read(place, old)
        rules = names.rules(old)
        names.take(place, old)
        names.make(place, new, rules[0] if rules else None)
    for label, value in (step.add or {}).items():
        names.make((*at, "add", label), label, value)
    for index, label in enumerate(step.remove or ()):
        yield from names.read((*at, "remove", index), label)
        names.take((*at, "remove", index), label)


def _condition(at: Place, condition: Condition, names: FieldNames) -> Iterator[Finding]:
    if condition.field is not None:
        yield from names.read((*at, "field"), condition.field)
    for key, parts in (("all", condition.all), ("any", condition.any)):
        for index, part in enumerate(parts or ()):
            yield from _condition((*at, key, index), part, names)
    if condition.not_ is not None:
        yield from _condition((*at, "not"), condition.not_, names)


def _changes(at: Place, step: FilterConfig, names: FieldNames) -> Iterator[Finding]:
    changed = [
        ((*at, key, "fields", index), label)
        for key, config in (("redact", step.redact), ("hash", step.hash), ("clean_url", step.clean_url))
        if config is not None
        for index, label in enumerate(config.fields)
    ]
    changed += [((*at, "truncate", label), label) for label in step.truncate or ()]
    for place, label in changed:
        yield from names.read(place, label)
        for rule in names.rules(label):
            if rule.kind not in {"string", "object", "array"}:
                what = f"{label} is of type {rule.kind} in the schema"
                yield Finding(place, f"{what}; only texts can be changed", "remove it instead")
            elif rule.enum is not None:
                what = f"{label} has a fixed list of values in the schema"
                yield Finding(place, f"{what}; a changed one would be refused", "remove it instead")


def _fits(place: Place, rule: FieldRule, of: JSONValue | FieldRule) -> Iterator[Finding]:
    """Whether a constant, or a renamed field, is what the schema wants under its new name."""
    if of is None:
        return
    kind = getattr(of, "kind", None) or _kind(of)
    if kind != rule.kind and (kind, rule.kind) != ("integer", "number"):
        hint = "YAML: quotes make a text, no quotes a number" if not hasattr(of, "kind") else ""
        yield Finding(place, f"{rule.label} must be of type {rule.kind}, not {kind}", hint)
    elif isinstance(of, str) and rule.enum is not None and of not in rule.enum:
        yield Finding(place, f"{rule.label} must be one of {', '.join(sorted(rule.enum))}")
    elif isinstance(of, int | float) and not isinstance(of, bool):
        low, high = rule.minimum, rule.maximum
        if (low is not None and of < low) or (high is not None and of > high):
            yield Finding(place, f"{rule.label} must be from {low} to {high}")


def _kind(value: JSONValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "number" if isinstance(value, float) else "string"


def _inside(label: str, parent: str) -> bool:
    return label.startswith(f"{parent}.")
