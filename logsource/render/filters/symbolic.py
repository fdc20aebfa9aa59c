"""A filter chain run on a pattern instead of a record: which fields come out, made of which captures.

It knows what holds for every line of the pattern. What it cannot prove to be as on the row path, it gives up
(None), and the lines of the pattern go the row path.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logsource.parse.fields import TEXTS
from logsource.render.filters.cells import Cell
from logsource.render.filters.steps import Add, Change, Mask, Remove, Rename, Sample, Tag

if TYPE_CHECKING:
    from logsource.model import JSONValue
    from logsource.parse.fields import FieldSpec
    from logsource.parse.pattern import PatternSpec
    from logsource.parse.shape import FieldRule, Shape
    from logsource.render.filters.chain import FilterChain
    from logsource.render.filters.steps import Alter
    from logsource.render.filters.values import Path

Cells = dict["Path", Cell]
ABSENT = Cell()


class CannotTell(Exception):
    """What comes out depends on the line."""


@dataclass
class Symbolic:
    """The state of a record of a pattern, as cells."""

    cells: Cells
    """In the order in which they are written; those under an object before those that are not."""
    under: Path
    """Path of the object that holds the captured fields; empty: the data itself."""
    asked: list[tuple[Mask | Sample | Tag, Cells]] = field(default_factory=list)
    """Steps that look at the record, each with the fields as they were then."""
    checked: list[FieldSpec] = field(default_factory=list)
    """Fields that are no longer there; a bad value in one of them still rejects the record."""


def cell_of(cells: Cells, path: Path) -> Cell:
    """Cell of a field among some. Raises CannotTell for an object, which no cell stands for."""
    found = cells.get(path)
    if found is not None:
        return found
    if any(one[: len(path)] == path for one in cells):
        raise CannotTell
    return ABSENT


def run(chain: FilterChain, pattern: PatternSpec) -> Symbolic | None:
    """Send the fields of a pattern through a chain; None when what comes out depends on the line."""
    cells = {(*pattern.under, spec.name[-1]): Cell(spec) for spec in pattern.ordered_fields()}
    cells |= {path: Cell(constant=value) for path, value in pattern.constants}
    state = Symbolic(cells, pattern.under)
    try:
        for step in chain.steps:
            if isinstance(step, Mask | Sample | Tag):
                state.asked.append((step, dict(state.cells)))
            else:
                _change(state, step)
    except CannotTell:
        return None
    shape = chain.shapes.get(pattern.schema)
    if chain.changes and shape is not None and not _proved(state, shape):
        return None
    return state


def _change(state: Symbolic, step: Change | Rename | Add | Remove) -> None:
    match step:
        case Remove(path):
            _leave(state, path)
        case Add(path, value):
            if len(path) > 1:
                raise CannotTell
            _leave(state, path)
            state.cells[path] = Cell(constant=value)
        case Rename(old, new):
            _rename(state, old, new)
        case Change(paths, alter):
            if paths is None:
                paths = tuple(path for path, cell in state.cells.items() if _changes_all(cell, alter))
            for path in paths:
                cell = cell_of(state.cells, path)
                if cell is not ABSENT:
                    state.cells[path] = cell.altered(alter)


def _rename(state: Symbolic, old: Path, new: Path) -> None:
    cell = cell_of(state.cells, old)
    if cell is ABSENT:
        return
    if len(new) > 1 or state.under or (cell_of(state.cells, new) is not ABSENT and old != new):
        raise CannotTell  # which of the two stays depends on the line
    del state.cells[old]
    state.cells[new] = cell


def _changes_all(cell: Cell, alter: Alter) -> bool:
    """Whether a change of all texts concerns a field; one that can spoil a fixed list of values is refused."""
    if cell.spec is None:
        return isinstance(cell.constant, str)
    if cell.spec.type not in TEXTS:
        return False
    if cell.spec.enum is None:
        return True
    if any(alter(word) != word for word in cell.spec.enum):
        raise CannotTell
    return False


def _leave(state: Symbolic, path: Path) -> None:
    cell = cell_of(state.cells, path)
    if cell is not ABSENT:
        del state.cells[path]
        if cell.spec is not None:
            state.checked.append(cell.spec)


def _proved(state: Symbolic, shape: Shape) -> bool:
    """Whether the schema can refuse no record that comes out; cells are made to keep its limits."""
    if shape.unpromised:
        return False
    for rule in shape.rules.values():
        if rule.required and not any(path[: len(rule.path)] == rule.path for path in state.cells):
            return False
    for path, cell in state.cells.items():
        rule_of = shape.rules.get(".".join(path))
        if rule_of is None:
            parent = shape.rules.get(".".join(path[:-1]))
            if parent is None or parent.kind != "object":
                return False
            continue  # JSON of any form: there are no limits
        fitted = _fitted(cell, rule_of)
        if fitted is None:
            return False
        if rule_of.required and fitted.spec is not None and not fitted.spec.required:
            fitted = replace(fitted, spec=replace(fitted.spec, required=True))
        state.cells[path] = fitted
    return True


def _fitted(cell: Cell, rule: FieldRule) -> Cell | None:
    limit = rule.max_length
    if cell.spec is None:
        return _fitted_constant(cell, rule)
    if cell.changed:
        if cell.spec.type not in TEXTS or rule.kind != "string" or rule.enum is not None:
            return None
        return cell if limit is None else cell.altered(lambda value: value[:limit])
    spec = cell.spec
    kind = "string" if spec.type in TEXTS else {"to_i": "integer", "to_f": "number"}.get(spec.type, spec.type)
    if kind != rule.kind or not _within(spec, rule):
        return None
    if spec.max_length == limit or limit is None:
        return cell
    return cell.altered(lambda value: value[:limit]) if rule.kind == "string" else None


def _within(spec: FieldSpec, rule: FieldRule) -> bool:
    """Whether every value of a field is within the limits of a rule, but for its length."""
    if rule.enum is not None and (spec.enum is None or not spec.enum <= rule.enum):
        return False
    low = rule.minimum is None or (spec.minimum is not None and spec.minimum >= rule.minimum)
    high = rule.maximum is None or (spec.maximum is not None and spec.maximum <= rule.maximum)
    return low and high


def _fitted_constant(cell: Cell, rule: FieldRule) -> Cell | None:
    value: JSONValue = cell.constant
    if rule.kind == "string":
        if not isinstance(value, str) or (rule.enum is not None and value not in rule.enum):
            return None
        return Cell(constant=value[: rule.max_length])
    if rule.kind == "boolean":
        return cell if isinstance(value, bool) else None
    wanted = int if rule.kind == "integer" else (int, float) if rule.kind == "number" else ()
    if isinstance(value, bool) or not isinstance(value, wanted):
        return None
    inside = (rule.minimum is None or value >= rule.minimum) and (
        rule.maximum is None or value <= rule.maximum
    )
    return cell if inside else None
