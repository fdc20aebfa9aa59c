"""Parsers that need each line by itself (JSON, logfmt, plugins): their records become events column by column.

Parsing stays line by line; event ids, times, escaping and the constants around the data are made for all lines of
a block at once, which is half of the work. The bytes are those of `FileFrame.render`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from logsource.event.payload import TAIL, UNSTRUCT, entities_text, escaped, json_text
from logsource.render.columns import decimals, hex_offsets
from logsource.render.layout import interleave

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.event.payload import FileFrame
    from logsource.model import Record
    from logsource.render.lines import BlockLines

LARGE = 50_000
"""Characters of data; a larger record takes the row path, which measures its event."""


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
        data = [""] * size
        times = [""] * size
        entities: dict[int, str] = {}
        patches: dict[int, str] = {}
        schemas: Counter[str] = Counter()
        for row in range(size):
            found = record(row)
            if isinstance(found, str):
                patches[row] = found
                continue
            try:
                text = json_text(found.data)
                about = entities_text(found.entities) if found.entities else ""
            except TypeError:
                text, about = None, ""
            if text is None or len(text) + len(about) > LARGE:
                patches[row] = event(found, row)
                continue
            data[row] = text
            if about:
                entities[row] = about
            moment = found.timestamp_ms
            stated = f'{read_ms}",' if moment is None else f'{moment}","ttm":"{moment}",'
            times[row] = f'","dtm":"{stated}{self._constant(found.schema)}'
            schemas[found.schema] += 1
        slots = [
            "," + file.start,
            hex_offsets(lines.offsets),
            times,
            _escaped_once(data),
            f'}}}}","co":"{file.escaped_contexts_head}',
            decimals(lines.offsets),
        ]
        if entities:
            texts = _escaped_once([entities.get(row, "") for row in range(size)])
            slots += ["}}", texts, f'{file.escaped_contexts_rest}"{TAIL}']
        else:
            slots.append(f'{file.escaped_contexts_tail}"{TAIL}')
        out, stride = interleave(slots, size)
        for row, patch in patches.items():
            out[row * stride : (row + 1) * stride] = [*[""] * (stride - 1), patch]
        for schema, number in schemas.items():
            count(schema, number)
        return "".join(out).encode()[1:]

    def _constant(self, schema: str) -> str:
        """What stands between the time and the data."""
        known = self._constants.get(schema)
        if known is None:
            inner = f'{{"schema":"{UNSTRUCT}","data":{{"schema":{json_text(schema)},"data":'
            known = self._constants[schema] = f'"ue_pr":"{escaped(inner)}'
        return known


def _escaped_once(texts: list[str]) -> list[str]:
    """JSON texts as the inside of a JSON string: they hold no control characters, so two replacements do."""
    joined = "\n".join(texts)
    if "\\" in joined:
        joined = joined.replace("\\", "\\\\")
    return joined.replace('"', '\\"').split("\n")
