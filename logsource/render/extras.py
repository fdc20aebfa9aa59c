"""What a block of one pattern needs besides its fields, when its source has filters or another kind of event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logsource.parse.composedspec import ComposedSpec, StagedSpec
from logsource.render.chaincolumns import ChainColumns, StagedColumns
from logsource.render.columns import BAD, Column
from logsource.render.filters.cells import Memo
from logsource.render.filters.chain import FilterChain
from logsource.render.filters.columns import Dropper, Outputs, dropper, outputs, tagger
from logsource.render.filters.steps import Tag
from logsource.render.filters.symbolic import CannotTell, Cells, cell_of, run
from logsource.render.layout import full_slots, interleave, joined, slots_of, without
from logsource.render.membercolumns import MemberColumn, member_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.event.payload import EventName
    from logsource.parse.pattern import PatternSpec
    from logsource.render.chaincolumns import NumberedLines
    from logsource.render.kinds import EventKind
    from logsource.render.layout import Rows, Slot
    from logsource.render.plan import PatternPlan, Table

_NO_FILTERS = FilterChain(())


@dataclass(frozen=True, slots=True)
class Judged:
    """What filters and the kind of event say about the rows of a block."""

    dropped: dict[str, list[int]]
    """Rows by reason; none of them is odd."""
    others: list[int]
    """Rows that are not of the source's kind of event, and are sent as they are."""
    members: list[list[str]]
    user: list[list[str]]
    """Members of the others."""
    tags: list[list[str]]


class Extras:
    """Filters and kind of event, compiled for one pattern."""

    def __init__(self, plan: PatternPlan, kind: EventKind | None, state_cells: Cells, out: Outputs) -> None:
        self._plan = plan
        self._outputs = out
        self._droppers: list[Dropper] = []
        self._tags: list[Memo[str]] = []
        self.event: EventName = "ue" if kind is None else kind.name
        self._fits: Memo[bool | None] | None = None
        self._needed: list[MemberColumn] = []
        self._members: list[MemberColumn] = []
        self._user: list[MemberColumn] = []
        self._others_dropped = ""
        self._by_id = False
        self._chained: ChainColumns | StagedColumns | None = None
        if kind is not None:
            if kind.test is not None:
                asked = cell_of(state_cells, kind.test.path)
                self._fits = Memo([asked], kind.test.test, unsure=None)
            self._needed = [member_column(one, state_cells) for one in kind.needed]
            self._members = [member_column(one, state_cells) for one in kind.members]
            self._user = [member_column(one, state_cells) for one in kind.user]
            self._others_dropped = kind.reason if kind.others == "drop" else ""

    @property
    def by_id(self) -> bool:
        """Whether the event ids are needed to judge rows."""
        return self._by_id

    @staticmethod
    def of(
        pattern: PatternSpec, plan: PatternPlan, filters: FilterChain | None, kind: EventKind | None
    ) -> Extras | None:
        """Compile; None when what comes out depends on the line in ways that columns cannot tell."""
        error = None if kind is None else kind.error
        if kind is not None and error is not None and (kind.others == "drop" or error.concerns(pattern)):
            return None
        state = run(filters or _NO_FILTERS, pattern)
        if state is None:
            return None
        chained: ChainColumns | StagedColumns | None = None
        if isinstance(pattern, ComposedSpec | StagedSpec):
            if filters is not None and filters.changes_all:
                return None  # the entities too, which have no cells
            if isinstance(pattern, ComposedSpec):
                chained = ChainColumns(pattern, plan.always)
            else:
                chained = StagedColumns(pattern)
        try:
            extras = Extras(plan, kind, state.cells, outputs(state, plan.always))
            extras._by_id = filters is not None and filters.needs_identity
            extras._chained = chained
            for step, cells in state.asked:
                if isinstance(step, Tag):
                    extras._tags.append(tagger(step, cells))
                else:
                    extras._droppers.append(dropper(step, cells))
        except CannotTell:
            return None
        return extras

    def columns(self, table: Table, lines: NumberedLines) -> tuple[list[Column], set[int]]:
        """The fields of all rows, and rows that are bad in a field that is not written."""
        out = self._outputs
        fields = [one for one in out.fields if not isinstance(one, Column)]
        more = () if self._chained is None else self._chained.fields
        rendered = iter(self._plan.rendered([*fields, *more, *out.checked], table, lines))
        columns = [Column(out.opening, "", "")]
        columns += [one if isinstance(one, Column) else next(rendered) for one in out.fields]
        columns.append(Column(out.closing, "", ""))
        unwritten: list[Column] = []
        if self._chained is not None:
            entities, unwritten = self._chained.columns(rendered, lines)
            columns += entities
        return columns, {row for column in [*rendered, *unwritten] for row in column.bad}

    def slots(self, rows: Rows, judged: Judged) -> list[Slot]:
        """Constants and columns of all rows."""
        rows, tags = self._with_entities(rows, judged)
        return full_slots(self.event, self._plan.schema, rows, members=judged.members, tags=tags)

    def apart(self, rows: Rows, judged: Judged) -> dict[int, str]:
        """Self-describing events of the rows that are not of the source's kind."""
        if not judged.others:
            return {}
        rows, tags = self._with_entities(rows, judged)
        slots = full_slots("ue", self._plan.schema, rows, members=judged.user, tags=tags)
        size = len(rows.hexes)
        left, _ = without(slots, size, set(range(size)).difference(judged.others))
        return dict(zip(judged.others, joined(*interleave(left, len(judged.others))), strict=True))

    def _with_entities(self, rows: Rows, judged: Judged) -> tuple[Rows, Sequence[Slot]]:
        """The rows without the columns of entities, and these before the tags."""
        if self._chained is None or not self._chained.width:
            return rows, judged.tags
        at = len(rows.columns) - self._chained.width
        entities = slots_of(rows.columns[at:])
        return replace(rows, columns=rows.columns[:at]), [*entities, *judged.tags]

    def _unfit(self, table: Table, odd: set[int]) -> set[int]:
        """Rows that do not pass the test of the kind."""
        if self._fits is None:
            return set()
        verdicts = self._fits.column(table)
        if None in verdicts:
            odd.update(row for row, fits in enumerate(verdicts) if fits is None)
        return {row for row, fits in enumerate(verdicts) if fits is False} if False in verdicts else set()

    def judge(self, table: Table, ids: Sequence[str], odd: set[int]) -> Judged:
        """Which rows are dropped; rows that only the row path can judge are added to `odd`."""
        if self._chained is not None:
            self._chained.judge(table, odd)
        dropped: dict[str, set[int]] = {}
        gone: set[int] = set()
        for one in self._droppers:
            verdicts = one.drops(table, ids)
            if None in verdicts:
                odd.update({row for row, drops in enumerate(verdicts) if drops is None} - gone)
            if True in verdicts:
                new = {row for row, drops in enumerate(verdicts) if drops} - gone
                dropped.setdefault(one.reason, set()).update(new)
                gone |= new
        tags = [_sure(memo.column(table), odd, gone) for memo in self._tags]
        others = self._unfit(table, odd)
        needed = [_sure(memo.column(table), odd, gone) for memo in self._needed]
        for column in needed:
            if "" in column:
                others.update(row for row, piece in enumerate(column) if not piece)
        members = needed + [_sure(memo.column(table), odd, gone) for memo in self._members]
        others -= gone
        user: list[list[str]] = []
        if others and self._others_dropped:
            dropped.setdefault(self._others_dropped, set()).update(others)
            others = set()
        elif others:
            user = [_sure(memo.column(table), odd, gone) for memo in self._user]
        return Judged(
            {reason: sorted(rows - odd) for reason, rows in dropped.items()},
            sorted(others - odd),
            members,
            user,
            tags,
        )


def _sure(pieces: list[str], odd: set[int], gone: set[int]) -> list[str]:
    """The pieces of a column; rows that it is not sure of become odd."""
    if BAD not in pieces:
        return pieces
    bad = {row for row, piece in enumerate(pieces) if piece is BAD}
    odd |= bad - gone
    return ["" if piece is BAD else piece for piece in pieces]
