"""Filters on a block: which rows are dropped and why, which rows only the row path can judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import not_
from typing import TYPE_CHECKING

from logsource.event.payload import escaped, json_text
from logsource.render.columns import BAD, Column, FieldColumn
from logsource.render.filters.cells import Cell, ChangedColumn, Memo
from logsource.render.filters.condition import Combined, Leaf, Negated, Tree
from logsource.render.filters.steps import Mask, Sample, Tag
from logsource.render.filters.symbolic import CannotTell, Cells, Symbolic, cell_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.model import JSONValue
    from logsource.parse.fields import FieldSpec
    from logsource.render.plan import Field, Table

Verdicts = list["bool | None"]
"""One a row; None: only the row path can tell."""


@dataclass(frozen=True, slots=True)
class Dropper:
    """Drops rows of a block."""

    reason: str
    drops: Callable[[Table, Sequence[str]], Verdicts]
    """Takes the table and the event id of each row."""


def dropper(step: Mask | Sample, cells: Cells) -> Dropper:
    """Compile a step that drops. Raises CannotTell."""
    if isinstance(step, Mask):
        judge = _verdicts(step.tree, cells)
        if step.drop_when:
            return Dropper(step.reason, lambda table, _: judge(table))
        return Dropper(step.reason, lambda table, _: _opposite(judge(table)))
    keeps = step.sampler.keeps
    if not step.paths:
        return Dropper(step.reason, lambda _, ids: [not keeps(one) for one in ids])
    asked = [cell_of(cells, path) for path in step.paths]
    memo: Memo[bool | None] = Memo(asked, lambda *values: not keeps(*values), unsure=None)
    return Dropper(step.reason, lambda table, _: memo.column(table))


def _verdicts(tree: Tree, cells: Cells) -> Callable[[Table], Verdicts]:
    match tree:
        case Leaf(path, test):
            memo: Memo[bool | None] = Memo([cell_of(cells, path)], test, unsure=None)
            return memo.column
        case Negated(part):
            inner = _verdicts(part, cells)
            return lambda table: _opposite(inner(table))
        case Combined(parts, every):
            judges = [_verdicts(part, cells) for part in parts]
            return lambda table: _combined([judge(table) for judge in judges], every=every)


def _opposite(verdicts: Verdicts) -> Verdicts:
    if None in verdicts:
        return [None if one is None else not one for one in verdicts]
    return list(map(not_, verdicts))


def _combined(columns: list[Verdicts], *, every: bool) -> Verdicts:
    combine = all if every else any
    rows = zip(*columns, strict=True)
    if any(None in column for column in columns):
        return [None if None in row else combine(row) for row in rows]
    return list(map(combine, rows))


def tagger(step: Tag, cells: Cells) -> Memo[str]:
    """Entity of each row as a piece of `co`, with a comma before it. Raises CannotTell."""

    def piece(value: JSONValue) -> str:
        entity = step.entity(value)
        return "" if entity is None else escaped("," + json_text(entity))

    return Memo([cell_of(cells, step.path)], piece, unsure=BAD)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The fields of a filtered record, in three groups: those under an object, and constants after them."""

    opening: str
    fields: tuple[Field | Column, ...]
    """Constants stand among the fields in the order of the record."""
    closing: str
    checked: tuple[Field, ...]
    """Fields that are not written, but may be bad."""


def outputs(state: Symbolic, always: frozenset[int] | set[int]) -> Outputs:
    """What is written of a record. Raises CannotTell when nothing is, or not for certain."""
    inner = [path for path in state.cells if len(path) > 1]
    outer = [path for path in state.cells if len(path) == 1]
    if not state.cells or (state.under and not inner):
        raise CannotTell
    fields: list[Field | Column] = []
    for path in [*inner, *outer]:
        first = not fields
        closes = bool(state.under) and path in outer and len(fields) == len(inner)
        if closes:
            fields.append(Column("}" * len(state.under), "", ""))
        fields.append(_output(path[-1], state.cells[path], first=first, always=always))
    opening = escaped("".join(f"{json_text(name)}:{{" for name in state.under))
    closing = "}" * len(state.under) if state.under and not outer else ""
    return Outputs(opening, tuple(fields), closing, tuple(_checked(spec) for spec in state.checked))


def _output(name: str, cell: Cell, *, first: bool, always: frozenset[int] | set[int]) -> Field | Column:
    if cell.spec is None:
        text = f"{json_text(name)}:{json_text(cell.constant)}"
        return Column(escaped(text if first else "," + text), "", "")
    if cell.changed:
        return ChangedColumn(name, cell, first=first)
    spec = replace(cell.spec, name=(name,))
    return FieldColumn(spec, first=first, always=spec.group in always)


def _checked(spec: FieldSpec) -> Field:
    return FieldColumn(spec, first=False, always=False)
