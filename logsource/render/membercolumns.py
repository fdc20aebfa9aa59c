"""Protocol fields of all rows of a block. Usual addresses and targets need no look, so one pass finds the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from logsource.event.payload import json_text
from logsource.event.url import MAX_PATH
from logsource.render.columns import BAD
from logsource.render.filters.cells import Cell, Memo
from logsource.render.filters.symbolic import Cells, cell_of
from logsource.render.members import MAX_IP

if TYPE_CHECKING:
    from logsource.render.members import Member
    from logsource.render.plan import Table

_ADDRESS = "0-9A-Fa-f:."
_TARGET = r"A-Za-z0-9/\-._~!$&'()*+,;=:@?"


class MemberColumn(Protocol):
    """One protocol field of all rows."""

    def column(self, table: Table) -> list[str]:
        """Each with its key and a comma before it; empty where it is left out, BAD where only the row path knows."""
        ...


def member_column(member: Member, cells: Cells) -> MemberColumn:
    """Compile a member for a pattern. Raises CannotTell."""

    def piece(*values: object) -> str:
        value = member.make(*values)
        return "" if value is None else f',"{member.key}":{json_text(value)}'

    asked = [cell_of(cells, path) for path in member.paths]
    memo = Memo(asked, piece, unsure=BAD)
    captured = [cell for cell in asked if cell.spec is not None]
    if len(captured) != 1 or not _as_captured(captured[0]):
        return memo
    if member.key == "ip":
        return _checked(_UsualColumn(memo, captured[0], ',"ip":"', rf"[{_ADDRESS}]{{1,{MAX_IP}}}"))
    if member.key == "url" and piece(*[cell.constant if cell.spec is None else "/" for cell in asked]):
        before = piece(*[cell.constant if cell.spec is None else "/" for cell in asked])[:-2]
        return _checked(_UsualColumn(memo, captured[0], before, rf"/[{_TARGET}]{{0,{MAX_PATH - 1}}}"))
    return memo


def _as_captured(cell: Cell) -> bool:
    """Whether a field's value is the captured text, but for the limits of its length."""
    return (
        cell.spec is not None and cell.spec.type == "string" and not cell.changed and cell.spec.enum is None
    )


def _checked(column: _UsualColumn) -> MemberColumn:
    """The column, unless a usual text may mean that there is no value, or be cut."""
    spec = column.cell.spec
    assert spec is not None
    too_short = spec.max_length is not None and spec.max_length < MAX_PATH
    return column.memo if too_short or any(map(column.usual.fullmatch, spec.nulls)) else column


@dataclass
class _UsualColumn:
    """Texts of a usual form stand in their piece as they are; all others are asked for one by one."""

    memo: Memo[str]
    cell: Cell
    before: str
    form: str

    def __post_init__(self) -> None:
        self.usual = re.compile(self.form)
        self._unusual = re.compile(rf"(?m)^(?!{self.form}$).*$")

    def column(self, table: Table) -> list[str]:
        """Pieces of all rows."""
        assert self.cell.spec is not None
        texts = table.column(self.cell.spec.group)
        before = self.before
        pieces = [f'{before}{text}"' for text in texts]
        joined = "\n".join([text or "" for text in texts])
        row = at = 0
        for match in self._unusual.finditer(joined):
            row += joined.count("\n", at, match.start())
            at = match.start()
            pieces[row] = self.memo[texts[row]]
        return pieces
