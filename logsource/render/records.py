"""Parsers that need each line by itself (JSON, logfmt, plugins): their records become events column by column.

Parsing stays line by line; event ids, times, escaping and the constants around the data are made for all lines of
a block at once, which is half of the work. The bytes are those of `FileFrame.render`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from logsource.event.payload import MAX_MS, TAIL, UNSTRUCT, entities_text, escaped, json_text
from logsource.render.columns import decimals, hex_offsets
from logsource.render.layout import interleave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from logsource.event.payload import FileFrame
    from logsource.model import Record
    from logsource.render.layout import Slot
    from logsource.render.lines import BlockLines

LARGE = 50_000
"""Bytes of data; a larger record takes the row path, which measures its event."""


@dataclass(slots=True)
class _Rows:
    """What the parser made of the lines of a block, one value a row. Rows in `patches` have fillers."""

    data: list[bytes]
    moments: list[int]
    schemas: list[str]
    timeless: list[int] = field(default_factory=list)
    """Rows that state no time."""
    entities: dict[int, str] = field(default_factory=dict)
    patches: dict[int, str] = field(default_factory=dict)
    """Finished events, with a leading comma, or nothing."""


class RecordEngine:
    """Makes the events of a block out of the records of its lines. Keeps only constants."""

    def __init__(self) -> None:
        self._constants: dict[str, str] = {}

    def render(
        self,
        lines: BlockLines,
        file: FileFrame,
        *,
        read_ms: int,
        record: Callable[[int], Record | str],
        event: Callable[[Record, int], str],
        count: Callable[[str, int], None],
    ) -> bytes:
        """Events of all lines, joined by commas.

        `record(row)` parses a line: its record, or its finished event with a leading comma (nothing if there is
        none). `event(record, row)` renders a record the row way. `count` counts events by schema.
        """
        size = len(lines.rows)
        rows = _parsed(size, read_ms, record, event)
        slots: list[Slot] = [
            "," + file.start,
            hex_offsets(lines.offsets),
            *self._times(rows),
            escaped_once(rows.data),
            f'}}}}","co":"{file.escaped_contexts_head}',
            decimals(lines.offsets),
        ]
        if rows.entities:
            about = escaped_once([rows.entities.get(row, "").encode() for row in range(size)])
            slots += ["}}", about, f'{file.escaped_contexts_rest}"{TAIL}']
        else:
            slots.append(f'{file.escaped_contexts_tail}"{TAIL}')
        out, stride = interleave(slots, size)
        for row, patch in rows.patches.items():
            out[row * stride : (row + 1) * stride] = [*[""] * (stride - 1), patch]
        for schema in dict.fromkeys(rows.schemas):
            if schema:
                count(schema, rows.schemas.count(schema))
        if out[0]:  # without the comma before the first event
            out[0] = out[0][1:]
            return "".join(out).encode()
        return "".join(out).encode()[1:]

    def _times(self, rows: _Rows) -> list[Slot]:
        """What stands between the event id and the data: times, and the schema."""
        moments = decimals(rows.moments)
        schemas = set(rows.schemas) - {""}
        constant: Slot
        if len(schemas) == 1:
            constant = self._constant(schemas.pop())
        else:
            constant = [self._constant(schema) if schema else "" for schema in rows.schemas]
        if not rows.timeless:
            return ['","dtm":"', moments, '","ttm":"', moments, '",', constant]
        stated = [f'{moment}","ttm":"{moment}' for moment in moments]
        for row in rows.timeless:
            stated[row] = moments[row]
        return ['","dtm":"', stated, '",', constant]

    def _constant(self, schema: str) -> str:
        """What stands between the time and the data."""
        known = self._constants.get(schema)
        if known is None:
            inner = f'{{"schema":"{UNSTRUCT}","data":{{"schema":{json_text(schema)},"data":'
            known = self._constants[schema] = f'"ue_pr":"{escaped(inner)}'
        return known


def _parsed(
    size: int, read_ms: int, record: Callable[[int], Record | str], event: Callable[[Record, int], str]
) -> _Rows:
    rows = _Rows([b""] * size, [read_ms] * size, [""] * size)
    data, moments, schemas = rows.data, rows.moments, rows.schemas
    for row in range(size):
        found = record(row)
        if isinstance(found, str):
            rows.patches[row] = found
            continue
        about = ""
        try:
            text = orjson.dumps(found.data)
            if found.entities:
                about = entities_text(found.entities)
        except TypeError:
            text = None
        moment = found.timestamp_ms
        if moment is None:
            rows.timeless.append(row)
        elif type(moment) is int and 0 <= moment <= MAX_MS:
            moments[row] = moment
        else:  # no parser of ours
            text = None
        if text is None or len(text) + len(about) > LARGE:
            rows.patches[row] = event(found, row)
            continue
        data[row] = text
        schemas[row] = found.schema
        if about:
            rows.entities[row] = about
    return rows


def escaped_once(texts: Iterable[bytes]) -> list[str]:
    """JSON texts as the inside of a JSON string: they hold no control characters, so two replacements do."""
    joined = b"\n".join(texts).decode()
    if "\\" in joined:
        joined = joined.replace("\\", "\\\\")
    return joined.replace('"', '\\"').split("\n")
