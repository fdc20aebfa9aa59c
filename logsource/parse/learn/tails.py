"""Lines that end in key=value pairs, of which each line has some."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from logsource.parse.learn.parts import part_of
from logsource.parse.learn.template import Field, Item, Literal, Maybe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.learn.align import Row

_RARE = 0.01
_MOST_KEYS = 24
_SHARE = 0.9
_HAVING = 0.3
"""Share of the lines that must end in pairs, for a tail of pairs behind free text."""


def key_value_chain(items: Sequence[Item], active: Sequence[Row]) -> tuple[Item, ...] | None:
    """Template when nearly all rows are nothing but pairs from here to their end; None otherwise."""
    pure = [row for row in active if row.cls.startswith("kv:") and _suffix(row) == row.at]
    ended = sum(row.cls == "end" for row in active)
    if not pure or len(pure) + ended < _SHARE * len(active) or not items:
        return None
    last = items[-1]
    found = _chain([(row, row.at) for row in pure], len(active))
    if found is None or not isinstance(last, Literal) or not last.text.endswith(found[0]):
        return None
    lead = last.text.removesuffix(found[0])
    return (*items[:-1], *([Literal(lead)] if lead else []), *found[1])


def with_chain(kept: Sequence[Item], active: Sequence[Row]) -> tuple[Item, ...] | None:
    """Template when free text comes first and pairs end the line in a good share of the rows; None otherwise."""
    ending = [(row, start) for row in active if (start := _suffix(row)) is not None and start > row.at + 1]
    if len(ending) < _HAVING * len(active):
        return None
    found = _chain(ending, len(active))
    if found is None or found[0] != " ":
        return None
    lead = _lead(ending)
    if not lead:
        return (*kept, Field(frozenset(), free=True), *found[1])
    single = found[1][0] if len(found[1]) == 1 else None
    pairs = (Literal(lead), *(single.items if isinstance(single, Maybe) else found[1]))
    everywhere = len(ending) == len(active)
    return (*kept, Field(frozenset(), free=True), *(pairs if everywhere else (Maybe(pairs),)))


def _lead(ending: Sequence[tuple[Row, int]]) -> str:
    """Mark between the text and the pairs, with the space before it, when all rows have the same: ` |`."""
    marks = set()
    for row, start in ending:
        before = [token.text for token in row.tokens[max(row.at, start - 3) : start]]
        marks.add("".join(before).rstrip() if len(before) == 3 and before[0] == before[2] == " " else "")
    lead = marks.pop() if len(marks) == 1 else ""
    return lead if lead and not any(char.isalnum() for char in lead) else ""


def pairs_of_their_own(active: Sequence[Row]) -> list[Row]:
    """Rows that are nothing but pairs from here on, with keys that the pairs behind others' texts do not have."""
    pure = [row for row in active if row.cls.startswith("kv:") and _suffix(row) == row.at]
    behind = {
        token.cls
        for row in active
        if (start := _suffix(row)) is not None and start > row.at + 1
        for token in row.tokens[start:]
    }
    return [
        row
        for row in pure
        if sum(one.cls.startswith("kv:") and one.cls not in behind for one in row.tokens[row.at :]) > 1
    ]


def _suffix(row: Row) -> int | None:
    """Where the pairs that end a row begin; None when it does not end in one."""
    start, index = None, len(row.tokens) - 1
    while index >= row.at:
        if not row.tokens[index].cls.startswith("kv:"):
            break
        start = index
        index -= 1
        while index >= row.at and row.tokens[index].text in {" ", ",", ";"}:
            index -= 1
    return start


def _chain(rows: Sequence[tuple[Row, int]], total: int) -> tuple[str, list[Item]] | None:
    """Separator and pairs in their usual order; None when there are too many keys or no usual order."""
    separators: Counter[str] = Counter()
    columns: dict[str, list[object]] = {}
    places: dict[str, list[float]] = {}
    for row, start in rows:
        keys: list[str] = []
        between = ""
        for token in row.tokens[start:]:
            if token.cls.startswith("kv:"):
                if keys:
                    separators[between] += 1
                keys.append(token.cls)
                columns.setdefault(token.cls, []).append(token)
                between = ""
            else:
                between += token.text
        for number, key in enumerate(keys):
            places.setdefault(key, []).append(number)
    common = {key for key, tokens in columns.items() if len(tokens) >= max(1, _RARE * total)}
    if not common or len(common) > _MOST_KEYS:
        return None
    order = _order(rows, common)
    separator = separators.most_common(1)[0][0] if separators else " "
    items: list[Item] = []
    for key in order:
        part: tuple[Item, ...] = tuple(part_of(columns[key], ()))  # type: ignore[arg-type]
        head = part[0]
        assert isinstance(head, Literal)
        part = (Literal(separator + head.text), *part[1:])
        items += part if len(columns[key]) >= total else [Maybe(part)]
    return separator, items


def _order(rows: Sequence[tuple[Row, int]], common: set[str]) -> list[str]:
    """Keys so that as few lines as possible have two of them the other way round: by how many come before."""
    before: Counter[tuple[str, str]] = Counter()
    for row, start in rows:
        keys = [token.cls for token in row.tokens[start:] if token.cls in common]
        for index, first in enumerate(keys):
            for second in keys[index + 1 :]:
                before[first, second] += 1
    left, order = sorted(common), []
    while left:
        best = min(
            left,
            key=lambda key: (sum(before[other, key] > before[key, other] for other in left), left.index(key)),
        )
        order.append(best)
        left.remove(best)
    return order
