"""Events as bodies within the limits of the collector, and bodies as transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.render.cut import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logsource.config.model import CollectorConfig
    from logsource.model import Batch

TRANSACTION_BYTES = 4 * 2**20
"""Of bodies that are committed, or handed over, at once; a single body may have more."""
TRANSACTION_BODIES = 1024


def groups(events: Sequence[bytes], collector: CollectorConfig) -> Iterator[list[Batch]]:
    """Batches of events, in order, grouped by the transaction in which they are written."""
    group: list[Batch] = []
    size = 0
    joined = b",".join(events)
    # A GET has one event, and a row of many would go through one worker.
    send_limit = 1 if collector.method == "get" else collector.send_limit
    for batch in cut(joined, byte_limit=collector.byte_limit_post, send_limit=send_limit):
        if group and (size + len(batch.body) > TRANSACTION_BYTES or len(group) == TRANSACTION_BODIES):
            yield group
            group, size = [], 0
        group.append(batch)
        size += len(batch.body)
    if group:
        yield group
