"""How the columns of a block become text: constants and columns side by side, row after row."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

from logsource.event.payload import TAIL, UNSTRUCT, EventName, FileFrame, escaped, json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logsource.render.columns import Column

    Slot = str | Sequence[str]
    """A constant, or one text a row."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of all rows of a block."""

    file: FileFrame
    hexes: list[str]
    """Byte offset of each line as the end of its event id."""
    offsets: list[str]
    """The same in decimal."""
    moments: list[str]
    """Time of each line, up to the first member behind it."""
    columns: Sequence[Column]


def before_fields(schema: str) -> str:
    """What stands between the time and the first field of a self-describing event."""
    inner = f'{{"schema":"{UNSTRUCT}","data":{{"schema":{json_text(schema)},"data":{{'
    return f'","ue_pr":"{escaped(inner)}'


def plain_slots(rows: Rows) -> list[Slot]:
    """Events that are just their records."""
    file = rows.file
    return [
        "," + file.start,
        rows.hexes,
        rows.moments,
        *slots_of(rows.columns),
        f'}}}}}}","co":"{file.escaped_contexts_head}',
        rows.offsets,
        f'{file.escaped_contexts_tail}"{TAIL}',
    ]


def full_slots(
    event: EventName, schema: str, rows: Rows, *, members: Sequence[Slot], tags: Sequence[Slot]
) -> list[Slot]:
    """Any kind of event, with protocol fields and entities; a record that is no body is an entity."""
    file = rows.file
    slots: list[Slot] = ["," + file.starts[event], rows.hexes, rows.moments, *members]
    contexts: list[Slot] = [f',"co":"{file.escaped_contexts_head}', rows.offsets, "}}", *tags]
    if event == "ue":
        slots += [before_fields(schema).removeprefix('"'), *slots_of(rows.columns), '}}}"', *contexts]
    else:
        described = escaped(f',{{"schema":{json_text(schema)},"data":{{')
        slots += [*contexts, described, *slots_of(rows.columns), "}}"]
    slots.append(f'{file.escaped_contexts_rest}"{TAIL}')
    return slots


def slots_of(columns: Iterable[Column]) -> list[Slot]:
    """Columns as the slots they take in each row."""
    slots: list[Slot] = []
    for column in columns:
        slots += [column.before, column.values, column.after]
    return slots


def without(slots: Sequence[Slot], size: int, gone: Iterable[int]) -> tuple[list[Slot], list[int]]:
    """Leave rows out, and say which ones stay."""
    stays = bytearray(b"\1") * size
    for row in gone:
        stays[row] = 0
    left: list[Slot] = [slot if isinstance(slot, str) else list(compress(slot, stays)) for slot in slots]
    return left, list(compress(range(size), stays))


def joined(pieces: list[str], stride: int) -> list[str]:
    """One text a row."""
    if stride == 1:
        return pieces
    return ["".join(pieces[at : at + stride]) for at in range(0, len(pieces), stride)]


def interleave(slots: Sequence[Slot], rows: int) -> tuple[list[str], int]:
    """Lay constants and columns side by side, row after row; neighbouring constants become one."""
    merged: list[Slot] = []
    for slot in slots:
        if isinstance(slot, str) and merged and isinstance(merged[-1], str):
            merged[-1] += slot
        elif slot != "":
            merged.append(slot)
    stride = len(merged)
    out = [slot if isinstance(slot, str) else "" for slot in merged] * rows
    for index, slot in enumerate(merged):
        if not isinstance(slot, str):
            out[index::stride] = slot
    return out, stride
