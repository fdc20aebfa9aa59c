"""Finds what lines have in common: they are laid side by side, token by token, from the left.

Where most lines have the same class of token, it becomes a part of the template. Where they do not, in this
order: a tail of key=value pairs, an end that some lines lack, a part that some lines lack, free text up to a
mark that all lines have, lines of another shape (which are left for another pattern), free text to the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logsource.parse.learn.parts import part_of
from logsource.parse.learn.tails import key_value_chain, pairs_of_their_own, with_chain
from logsource.parse.learn.template import Field, Gap, Item, Literal, Maybe, is_anchor, structured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.parse.learn.tokens import Token

MOST_SHARE = 0.9
"""Share of the lines that must agree on a part."""
SMALL = 0.04
"""Share below which a shape counts as odd lines."""
END = "end"
_STRUCTURE = 3
"""Fields that make a shape worth a pattern of its own."""
_MARKS = ("mark:|", "mark:;", "mark:::", "mark:--", "mark:->", "mark:=>", "mark::")
_DEPTH = 6
_KINDS = 8
_TELLING = 0.4
"""Share of the lines that must have several fields behind their words, where the others are plain sentences."""
_FREQUENT = 0.1
"""Share of the lines that must begin with a word for it to be looked at."""


@dataclass(slots=True)
class Row:
    """One line while it is laid beside others."""

    tokens: Sequence[Token]
    at: int = 0
    starts: list[int] = field(default_factory=list)
    """Where each part of the template began."""

    @property
    def cls(self) -> str:
        """Class of the next token."""
        return self.tokens[self.at].cls if self.at < len(self.tokens) else END


class Shapes(Exception):
    """Not an error: the rows have several shapes; learn from these, which have one, first."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows


def align(rows: Sequence[Row], *, whole: bool = False, depth: int = 0) -> tuple[Item, ...]:
    """Template of the rows from where they are. `whole`: no free text; empty when there is no such template.

    Raises Shapes.
    """
    items: list[Item] = []
    active = list(rows)
    least = MOST_SHARE * len(active)
    while active:
        cls, count = Counter(row.cls for row in active).most_common(1)[0]
        if count < least:
            return () if whole else _parting(items, active, depth)
        active = [row for row in active if row.cls == cls]
        if cls == END:
            break
        for row in active:
            row.starts.append(row.at)
        found = part_of([row.tokens[row.at] for row in active], items)
        for row in active:
            # one entry for each part keeps `starts` and the template in step
            row.starts += [row.at] * (len(found) - 1)
            row.at += 1
        items += found
    if whole:
        return tuple(items)
    return _few(items, active)


def _few(items: list[Item], active: list[Row]) -> tuple[Item, ...]:
    """A handful of lines that agree to the end may do so by chance: words behind the last anchor are free text."""
    if len(active) >= _STRUCTURE or not items or is_anchor(items[-1]):
        return tuple(items)
    kept = _back(items, active)
    return (*kept, Field(frozenset(), free=True))


def _parting(items: list[Item], active: list[Row], depth: int) -> tuple[Item, ...]:
    chain = key_value_chain(items, active)
    if chain is not None:
        return chain
    if not items:
        raise Shapes(_largest(active))
    optional = _tail(items, active, depth) or _skipped(items, active, depth)
    if optional is not None:
        return optional
    kept = _back([*items], active)
    # each way below needs the rows at the beginning of the free text
    apart = pairs_of_their_own(active)
    if depth < _DEPTH and max(_STRUCTURE, SMALL * len(active)) <= len(apart) < len(active):
        raise Shapes(apart)
    if depth < _DEPTH:
        _split_kinds(items, active)
    chained = with_chain(kept, active)
    if chained is not None:
        return chained
    resumed = _resumed(kept, active, depth)
    if resumed is not None:
        return resumed
    if depth < _DEPTH:
        _split(items, active, depth)
        _split_words(active, depth)
    return (*kept, Field(frozenset(), free=True))


def _largest(active: list[Row]) -> list[Row]:
    cls = Counter(row.cls for row in active).most_common(1)[0][0]
    return [row for row in active if row.cls == cls]


def _back(items: list[Item], active: list[Row]) -> list[Item]:
    """Take back what may be words of a sentence; the rows return to where that begins."""
    while items and not is_anchor(items[-1]):
        items.pop()
    # the space behind an anchor belongs to the frame, not to the text
    for row in active:
        row.at = row.starts[len(items)] if len(items) < len(row.starts) else row.at
    if items and active and all(row.cls == "space" for row in active):
        texts = {row.tokens[row.at].text for row in active}
        items.append(Literal(texts.pop()) if len(texts) == 1 else Gap())
        for row in active:
            row.at += 1
    return items


def _copies(rows: Sequence[Row], skip: int = 0) -> list[Row]:
    return [Row(row.tokens, row.at + skip) for row in rows]


def _attempt(rows: list[Row], depth: int) -> tuple[Item, ...]:
    """Template of the rest of some rows; of the largest shape when there are several."""
    try:
        return align(rows, depth=depth + 1)
    except Shapes as shapes:
        if len(shapes.rows) < MOST_SHARE * len(rows):
            return ()
        try:
            return align(_copies(shapes.rows), depth=depth + 1)
        except Shapes:
            return ()


def _tail(items: list[Item], active: list[Row], depth: int) -> tuple[Item, ...] | None:
    """The lines end here, or go on in one way."""
    going = [row for row in active if row.cls != END]
    ended = len(active) - len(going)
    if depth >= _DEPTH or ended < SMALL * len(active) or not is_anchor(items[-1]):
        return None
    largest = [row for row in going if row.cls == Counter(one.cls for one in going).most_common(1)[0][0]]
    if len(largest) + ended < MOST_SHARE * len(active):
        return None
    rest = _attempt(_copies(largest), depth)
    if not rest or not structured(rest):
        return None
    return (*items, Maybe(rest))


def _framed(items: Sequence[Item]) -> bool:
    """Whether the frame of the line reaches up to here, without words in between that may be a sentence."""
    last = next((item for item in reversed(items) if not _blank(item)), None)
    return last is not None and is_anchor(last)


def _blank(item: Item) -> bool:
    return isinstance(item, Gap) or (isinstance(item, Literal) and not item.text.strip())


def _skipped(items: list[Item], active: list[Row], depth: int) -> tuple[Item, ...] | None:
    """Some lines have a part here that the others lack: `[req-12] ` before what follows in all."""
    ordered = Counter(row.cls for row in active).most_common(2)
    if (
        depth >= _DEPTH
        or len(ordered) < 2
        or not _framed(items)
        or sum(count for _, count in ordered) < MOST_SHARE * len(active)
    ):
        return None
    for extra, other in ((ordered[0][0], ordered[1][0]), (ordered[1][0], ordered[0][0])):
        if extra in {END, "space"} or not extra.startswith(("bracket", "kv:", "quoted", "atom")):
            continue
        have = [row for row in active if row.cls == extra]
        after = [row for row in have if Row(row.tokens, row.at + 2).cls == other]
        spaced = all(Row(row.tokens, row.at + 1).cls == "space" for row in after)
        if len(after) < MOST_SHARE * len(have) or not spaced or other == END:
            continue
        # a word before a word says nothing
        if extra == "atom":
            continue
        part = part_of([row.tokens[row.at] for row in after], items)
        lack = [row for row in active if row.cls == other]
        rest = _attempt([*_copies(after, 2), *_copies(lack)], depth)
        if rest:
            return (*items, Maybe((*part, Literal(" "))), *rest)
    return None


def _resumed(kept: list[Item], active: list[Row], depth: int) -> tuple[Item, ...] | None:
    """Free text up to a mark that nearly all lines have, then on with what they have in common."""
    if depth >= _DEPTH:
        return None
    best: tuple[float, str] | None = None
    for mark in (*_MARKS, *_shared_keys(active), "dash"):
        places = [place - row.at for row in active if (place := _find(row, mark)) is not None]
        if (
            len(places) < MOST_SHARE * len(active)
            or min(places) == 0
            or (mark == "mark::" and max(places) > 5)
        ):
            continue
        mean = sum(places) / len(places)
        if best is None or mean < best[0]:
            best = (mean, mark)
    if best is None:
        return None
    mark = best[1]
    rows = [Row(row.tokens, place) for row in active if (place := _find(row, mark)) is not None]
    spaced = all(row.at and row.tokens[row.at - 1].cls == "space" for row in rows)
    rest = _attempt(rows, depth)
    if not rest:
        return None
    stop = mark[5:] if mark.startswith("mark:") and len(mark) == 6 else ""
    if isinstance(rest[0], Literal):
        rest = (Literal((" " if spaced else "") + rest[0].text), *rest[1:])
    return (*kept, Field(frozenset(), free=True, stop=stop), *rest)


def _shared_keys(active: list[Row]) -> list[str]:
    counts = Counter(
        cls for row in active for cls in {one.cls for one in row.tokens[row.at :]} if cls.startswith("kv:")
    )
    return sorted(cls for cls, count in counts.items() if count >= MOST_SHARE * len(active))


def _find(row: Row, mark: str) -> int | None:
    for index in range(row.at, len(row.tokens)):
        token = row.tokens[index]
        if token.cls == mark or (mark == "dash" and token.kind == "dash" and index > row.at):
            return index
    return None


def _split(items: list[Item], active: list[Row], depth: int) -> None:
    """Raise Shapes when some of the rows go on in a form that is worth a pattern of its own."""
    by_class: dict[str, list[Row]] = {}
    for row in active:
        by_class.setdefault(_at_parting(row, items).cls, []).append(row)
    if len(by_class) < 2:
        return
    worth = []
    for cls, rows in by_class.items():
        if cls == END or len(rows) < max(3, SMALL * len(active)) or len(rows) == len(active):
            continue
        rest = _attempt([_at_parting(row, items) for row in rows], depth)
        if structured(rest) >= _STRUCTURE:
            worth.append(rows)
    if worth:
        raise Shapes(max(worth, key=len))


def _split_words(active: list[Row], depth: int) -> None:
    """Raise Shapes for lines whose text begins in a way of its own.

    That is with a level where others have none, or with one of a few words behind each of which the form is the
    same to the end, if most lines do so, or if the others are sentences with a word that varies.
    """
    heads = [row.tokens[row.at] if row.at < len(row.tokens) else None for row in active]
    levels = [
        row for row, head in zip(active, heads, strict=True) if head is not None and head.kind == "level"
    ]
    if max(3, SMALL * len(active)) <= len(levels) <= MOST_SHARE * len(active):
        raise Shapes(levels)
    by_word: dict[str, list[Row]] = {}
    for row, head in zip(active, heads, strict=True):
        if head is not None and head.cls == "atom":
            by_word.setdefault(head.text, []).append(row)
    worth = []
    sentences = 0
    for rows in by_word.values():
        if max(5, _FREQUENT * len(active)) <= len(rows) < len(active):
            try:
                items = align(_copies(rows), whole=True, depth=depth + 1)
            except Shapes:
                continue
            if structured(items) > 1:
                worth.append(rows)
            elif _sentence(items):
                sentences += len(rows)
    told = sum(map(len, worth))
    if told > 0.5 * len(active) or (
        told > _TELLING * len(active) and told + sentences >= MOST_SHARE * len(active)
    ):
        raise Shapes(max(worth, key=len))


def _split_kinds(items: list[Item], active: list[Row]) -> None:
    """Raise Shapes when a word of few values says how many delimited parts follow: `HOST ALERT: a;b;c`, `LOGIN: a;b`."""
    for index, item in enumerate(items):
        if not isinstance(item, Field) or item.kinds != {"word"} or item.key or item.wrap:
            continue
        groups: dict[str, list[Row]] = {}
        for row in active:
            groups.setdefault(row.tokens[row.starts[index]].text, []).append(row)
        least = max(5, _FREQUENT * len(active))
        if not 1 < len(groups) <= _KINDS or any(len(rows) < least for rows in groups.values()):
            continue
        counts = {word: _delimiters(rows) for word, rows in groups.items() if word.isalpha()}
        if len(counts) == len(groups) and None not in counts.values() and len(set(counts.values())) > 1:
            raise Shapes(max(groups.values(), key=len))


def _delimiters(rows: Sequence[Row]) -> int | None:
    """How many semicolons or bars each of the rows has from where it is; None when they differ."""
    counts = {sum(token.cls in {"mark:;", "mark:|"} for token in row.tokens[row.at :]) for row in rows}
    return counts.pop() if len(counts) == 1 else None


def _sentence(items: Sequence[Item]) -> bool:
    """Whether several words that are always the same lead to a field: `accepted connection from %{…}`."""
    words = sum(isinstance(item, Literal) and item.text.strip().isalpha() for item in items)
    return words > 2 and any(isinstance(item, Field) for item in items)


def _at_parting(row: Row, items: list[Item]) -> Row:
    place = row.starts[-1] + 1 if len(row.starts) >= len(items) and row.starts else row.at
    return Row(row.tokens, place)
