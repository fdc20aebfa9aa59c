"""Patterns of a user's parser without a schema, in the form that the column engine takes.

They give what `FreeParser` gives, for whole blocks. What needs more (nested names, one name twice) stays
with `FreeParser`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.parse.fields import FieldSpec, FieldType
from logsource.parse.free import PARSED_LINE
from logsource.parse.pattern import PatternSpec, TimestampSlot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.parse.grok.compile import CompiledGrok
    from logsource.parse.pattern import TimestampReader

_COERCED: dict[str | None, FieldType] = {None: "string", "int": "to_i", "float": "to_f"}
_EMPTY = frozenset({""})


@dataclass(frozen=True, slots=True)
class Captured:
    """One pattern and what it captures: label → (group, type)."""

    regex: str
    fields: Mapping[str, tuple[int, FieldType]]
    grok: bool


def captured_by_grok(groks: Sequence[CompiledGrok]) -> list[Captured] | None:
    """Captures of grok patterns; None when a name is nested or stands twice."""
    found = []
    for grok in groks:
        labels = [capture.path[-1] for capture in grok.captures]
        if any(len(capture.path) > 1 for capture in grok.captures) or len(labels) != len(set(labels)):
            return None
        fields = {
            label: (capture.group, _COERCED[capture.coerce])
            for label, capture in zip(labels, grok.captures, strict=True)
        }
        found.append(Captured(grok.regex, fields, grok=True))
    return found


def captured_by_regex(sources: Sequence[str], groups: Sequence[Mapping[str, int]]) -> list[Captured] | None:
    """Captures of named groups; None when a name is nested."""
    if any("__" in name for one in groups for name in one):
        return None
    return [
        Captured(source, {name: (group, "string") for name, group in one.items()}, grok=False)
        for source, one in zip(sources, groups, strict=True)
    ]


def free_patterns(
    captured: Sequence[Captured],
    *,
    parser: str,
    schema: str | None,
    types: Mapping[str, FieldType],
    time: tuple[str, TimestampReader] | None,
    keep_time: bool = False,
    keep_empty: bool = False,
) -> list[PatternSpec] | None:
    """Specs of a parser without a schema that we can read; None when a type or the time is of a nested field."""
    if any("." in label for label in types) or (time is not None and "." in time[0]):
        return None
    return [
        free_pattern(
            one,
            name=str(number),
            parser=parser,
            schema=schema,
            types=types,
            time=time,
            keep_time=keep_time,
            keep_empty=keep_empty,
        )
        for number, one in enumerate(captured, 1)
    ]


def free_pattern(
    captured: Captured,
    *,
    name: str,
    parser: str,
    schema: str | None,
    types: Mapping[str, FieldType],
    time: tuple[str, TimestampReader] | None,
    keep_time: bool = False,
    keep_empty: bool = False,
) -> PatternSpec:
    """Specification of one pattern; a dot in a label is a part of the name."""
    return PatternSpec(
        name=name,
        regex=captured.regex,
        fields=tuple(
            FieldSpec(
                name=(label,),
                group=group,
                type=types.get(label, kind) if kind == "string" else kind,
                # Empty captures leave no field in grok, unless they are to be numbers.
                nulls=_EMPTY if captured.grok and kind == "string" and not keep_empty else frozenset(),
            )
            for label, (group, kind) in captured.fields.items()
            if keep_time or time is None or label != time[0]
        ),
        schema=schema or PARSED_LINE,
        timestamp=TimestampSlot(captured.fields[time[0]][0], time[1])
        if time is not None and time[0] in captured.fields
        else None,
        search=captured.grok,
        under=() if schema else ("fields",),
        constants=() if schema else ((("parser",), parser),),
    )
