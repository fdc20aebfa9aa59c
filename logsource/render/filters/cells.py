"""Values of a field for all rows of a block: captured texts, looked up in what is known of them already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from logsource.event.payload import escaped, json_text
from logsource.parse.fields import BadValueError, FieldSpec
from logsource.render.columns import BAD, BlockFacts, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.model import JSONValue
    from logsource.render.filters.steps import Alter
    from logsource.render.plan import Table

KNOWN_TEXTS = 4096
"""Different texts that are remembered for each question about them."""
SHORT = 512
"""Characters. Longer texts seldom come twice, and remembering them would take memory that a client can choose."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a field's value comes from in every row of a pattern: a captured text, or a constant."""

    spec: FieldSpec | None = None
    constant: JSONValue = None
    alters: tuple[Alter, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether filters change the captured value."""
        return bool(self.alters)

    def altered(self, alter: Alter) -> Cell:
        """The same after one more change."""
        if self.spec is None:
            return self if self.constant is None else replace(self, constant=alter(self.constant))
        return replace(self, alters=(*self.alters, alter))

    def value(self, text: str | None) -> JSONValue:
        """Value for a captured text; None when there is none. Raises BadValueError and TimeoutError."""
        if self.spec is None:
            return self.constant
        value = self.spec.convert(text)
        for alter in self.alters:
            if value is None:
                return None
            value = alter(value)
        return value


class Memo(dict[Any, Made], Generic[Made]):
    """Captured text of one row (a tuple, when several fields are asked) → what a function makes of the values."""

    def __init__(self, cells: Sequence[Cell], make: Callable[..., Made], *, unsure: Made) -> None:
        """`unsure` stands where the row path must decide: a bad value, or a regular expression out of time."""
        super().__init__()
        self._cells = cells
        self._make = make
        self._unsure = unsure
        self._groups = [cell.spec.group for cell in cells if cell.spec is not None]

    def __missing__(self, key: Any) -> Made:
        if len(self) >= KNOWN_TEXTS:
            self.clear()
        texts = iter((key,) if len(self._groups) == 1 else key)
        try:
            made = self._make(
                *[cell.constant if cell.spec is None else cell.value(next(texts)) for cell in self._cells]
            )
        except (BadValueError, TimeoutError, TypeError):  # TypeError: an integer of more than 64 bits
            made = self._unsure
        if (len(key) if isinstance(key, str) else sum(map(len, filter(None, key or ())))) <= SHORT:
            self[key] = made
        return made

    def column(self, table: Table) -> list[Made]:
        """What is made of each row."""
        if not self._groups:
            return [self[()]] * table.rows
        if len(self._groups) == 1:
            return list(map(self.__getitem__, table.column(self._groups[0])))
        texts = zip(*[table.column(group) for group in self._groups], strict=True)
        return list(map(self.__getitem__, texts))


class ChangedColumn:
    """Renders a field that filters changed; the counterpart of `FieldColumn`."""

    def __init__(self, name: str, cell: Cell, *, first: bool) -> None:
        assert cell.spec is not None
        self.spec = cell.spec
        label = json_text(name)

        def piece(value: JSONValue) -> str:
            if value is None:
                return BAD if first else ""
            return ("" if first else ",") + escaped(f"{label}:{json_text(value)}")

        self._known = Memo([cell], piece, unsure=BAD)

    def render(self, texts: list[str], _facts: BlockFacts) -> Column:
        """Pieces of all rows; rows in `bad` belong to the row path."""
        pieces = list(map(self._known.__getitem__, texts))
        if BAD not in pieces:
            return Column("", pieces, "")
        bad = [row for row, piece in enumerate(pieces) if piece is BAD]
        for row in bad:
            pieces[row] = ""
        return Column("", pieces, "", bad)
