"""Numbers with a decimal comma: `17,08`. The comma is a mark to most logs; here it is part of the number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.parse.learn.template import Field, Literal, fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.parse.learn.template import Item

DECIMAL = frozenset({"decimal"})
_MOST_PLACES = 6


def proven(items: Sequence[Item], columns: Sequence[Sequence[str | None]]) -> bool:
    """Whether some pair of whole numbers with a comma between them can only be one number: the second has a leading zero."""
    return any(
        len(text) > 1 and text.startswith("0")
        for _, second in _pairs(items, columns)
        for text in columns[second]
        if text is not None
    )


def merged(items: Sequence[Item], columns: Sequence[Sequence[str | None]]) -> tuple[Item, ...]:
    """The parts with each such pair as one field."""
    starts = {index for index, _ in _pairs(items, columns)}
    done: list[Item] = []
    index = 0
    while index < len(items):
        item = items[index]
        if index in starts and isinstance(item, Field):
            done.append(Field(DECIMAL, key=item.key))
            index += 3
        else:
            done.append(item)
            index += 1
    return tuple(done)


def _pairs(items: Sequence[Item], columns: Sequence[Sequence[str | None]]) -> Iterator[tuple[int, int]]:
    """Place of each first number among the parts, and of the second among the columns; its width is the same in all lines."""
    for index in range(len(items) - 2):
        second = sum(1 for _ in fields(items[: index + 2]))
        if _whole(items[index]) and items[index + 1] == Literal(",") and _whole(items[index + 2]):
            widths = {len(text) for text in columns[second] if text is not None}
            if len(widths) == 1 and widths.pop() <= _MOST_PLACES:
                yield index, second


def _whole(item: Item) -> bool:
    return isinstance(item, Field) and item.kinds == {"int"} and not item.wrap and not item.unit
