"""The filters of a source on the row path: one record in, and out comes a record, a drop, or a reject.

This file is the definition of what filters mean; `filters.columns` does the same for blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from logsource.event.validate import CompiledSchema
from logsource.model import Record, Reject
from logsource.render.filters.condition import holds
from logsource.render.filters.steps import (
    Add,
    Change,
    Mask,
    Remove,
    Rename,
    Sample,
    Step,
    Tag,
    WebFields,
    compile_steps,
)
from logsource.render.filters.values import Path, look_up, put_in, replace_in, take_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.config.filters import FilterConfig
    from logsource.model import JSONValue
    from logsource.parse.shape import Shape

TIMED_OUT = Reject("filter_timeout", "a regular expression of a filter took too long")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record left out on purpose."""

    reason: str
    """Counted under this word."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """A record that stays."""

    record: Record
    entities: tuple[JSONValue, ...] = ()
    """Self-describing entities that filters added."""


@dataclass
class FilterChain:
    """All steps of a source, in order."""

    steps: tuple[Step, ...]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    """Schemas that are known, by Iglu URI; records are cut to their limits and validated after changes."""
    _schemas: dict[str, CompiledSchema] = field(default_factory=dict)

    @staticmethod
    def of(
        filters: Sequence[FilterConfig], web: WebFields, shapes: Mapping[str, Shape] | None = None
    ) -> FilterChain:
        """Compile. Raises SchemaUnreadable for a schema that is none."""
        steps = tuple(step for config in filters for step in compile_steps(config, web))
        chain = FilterChain(steps, shapes or {})
        if chain.changes:
            chain._schemas = {uri: CompiledSchema(dict(one.schema)) for uri, one in chain.shapes.items()}
        return chain

    @cached_property
    def changes(self) -> bool:
        """Whether any step changes the data of records."""
        return any(isinstance(step, Change | Rename | Add | Remove) for step in self.steps)

    @property
    def changes_all(self) -> bool:
        """Whether any step changes all texts of a record, with those of its entities."""
        return any(isinstance(step, Change) and step.paths is None for step in self.steps)

    @property
    def needs_identity(self) -> bool:
        """Whether the event id decides about a record."""
        return any(isinstance(step, Sample) and not step.paths for step in self.steps)

    def apply(self, record: Record, identity: str) -> Filtered | Dropped | Reject:
        """Send a record through all steps. `identity` is the id of its event."""
        try:
            return self._apply(record, identity)
        except TimeoutError:
            return TIMED_OUT

    def _apply(self, record: Record, identity: str) -> Filtered | Dropped | Reject:
        as_it_is = isinstance(record.data, dict) and not self.changes
        data: Any = record.data if as_it_is else dict(record.data)
        own = [{**entity, "data": dict(entity["data"])} for entity in record.entities if self.changes]
        entities: list[JSONValue] = []
        for step in self.steps:
            match step:
                case Mask(reason, tree, drop_when):
                    if holds(tree, data) is drop_when:
                        return Dropped(reason)
                case Sample(reason, paths, sampler):
                    values = [look_up(data, path) for path in paths] if paths else [identity]
                    if not sampler.keeps(*values):
                        return Dropped(reason)
                case Tag(path, entity):
                    found = entity(look_up(data, path))
                    if found is not None:
                        entities.append(found)
                case _:
                    change(data, step)
                    _change_entities(own, step)
        if not self.changes:
            return Filtered(record, tuple(entities))
        changed = replace(record, data=data, entities=tuple(own))
        return self._checked(changed, tuple(entities))

    def _checked(self, record: Record, entities: tuple[JSONValue, ...]) -> Filtered | Reject:
        data = dict(record.data)
        for schema, fields in [
            (record.schema, data),
            *((one["schema"], one["data"]) for one in record.entities),
        ]:
            shape = self.shapes.get(schema)
            if shape is None:
                continue
            for rule in shape.rules.values():
                value = look_up(fields, rule.path) if rule.max_length is not None else None
                if isinstance(value, str) and len(value) > (rule.max_length or 0):
                    replace_in(fields, rule.path, value[: rule.max_length])
            problems = self._schemas[schema].problems(fields)
            if problems:
                return Reject("bad_value", f"after the filters: {problems[0]}")
        return Filtered(replace(record, data=data), entities)

    def hide(self, text: str) -> str:
        """Apply every step that hides parts of texts to a line that no parser took, wherever its fields are.

        Nobody knows the fields of such a line, so what must not be seen in one of them is hidden in all of it.
        """
        for step in self.steps:
            if isinstance(step, Change) and step.everywhere:
                text = str(step.alter(text))
        return text


def change(data: dict[str, JSONValue], step: Change | Rename | Add | Remove) -> None:
    """Change a record's data in place; what lies deeper is copied before."""
    match step:
        case Add(path, value):
            put_in(data, path, value)
        case Remove(path):
            take_out(data, path)
        case Rename(old, new):
            value = take_out(data, old)
            if value is not None:
                put_in(data, new, value)
        case Change(paths, alter):
            for path in _texts_of(data) if paths is None else paths:
                value = look_up(data, path)
                if value is not None:
                    replace_in(data, path, alter(value))


def _change_entities(entities: Sequence[Any], step: Change | Rename | Add | Remove) -> None:
    """What is changed in all texts of a record is changed in those of its envelope too."""
    if isinstance(step, Change) and step.paths is None:
        for entity in entities:
            change(entity["data"], step)


def _texts_of(data: Mapping[str, JSONValue]) -> list[Path]:
    return [(name,) for name, value in data.items() if isinstance(value, str | dict | list)]
