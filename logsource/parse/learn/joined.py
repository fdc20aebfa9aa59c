"""A date in one column and the time of day in another: together they are the time of the record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.parse.learn.timeforms import form_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logsource.model import JSONValue

_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|(?:19|20)[0-9]{6}")
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9]:[0-6][0-9](?:[.,][0-9]{1,9})?(?: ?[AaPp][Mm])?")
_CHECKED = 400
_SHARE = 0.95


def date_and_clock(objects: Sequence[Mapping[str, JSONValue]]) -> dict[str, list[str]]:
    """Option `join` of the csv engine for records whose date and time stand apart; empty when none do.

    Nothing is joined where a column states the whole time.
    """
    some = objects[:: len(objects) // _CHECKED + 1]
    columns: dict[str, list[str]] = {}
    for one in some:
        for name, value in one.items():
            if isinstance(value, str):
                columns.setdefault(name, []).append(value)
    full = {name: texts for name, texts in columns.items() if len(texts) >= _SHARE * len(some)}
    if any(form_of(texts) for texts in full.values()):
        return {}
    dates = [name for name, texts in full.items() if all(map(_DATE.fullmatch, texts))]
    clocks = [name for name, texts in full.items() if all(map(_CLOCK.fullmatch, texts))]
    order = list(full)
    for date, clock in sorted(
        ((date, clock) for date in dates for clock in clocks),
        key=lambda pair: abs(order.index(pair[1]) - order.index(pair[0]) - 1),  # the clock right behind first
    ):
        if form_of([f"{one} {other}" for one, other in zip(full[date], full[clock], strict=False)]):
            return {_name(clock, columns): [date, clock]}
    return {}


def joined(
    objects: Sequence[Mapping[str, JSONValue]], join: Mapping[str, Sequence[str]]
) -> list[dict[str, JSONValue]]:
    """Records as the engine gives them with that option."""
    done = []
    for one in objects:
        row = dict(one)
        for name, parts in join.items():
            texts = [row.pop(part, None) for part in parts]
            if all(isinstance(text, str) for text in texts):
                row = {name: " ".join(map(str, texts)), **row}
        done.append(row)
    return done


def _name(clock: str, columns: Mapping[str, object]) -> str:
    return next(
        name for name in ("time", "timestamp", "date_time", clock) if name == clock or name not in columns
    )
