"""What an outbox keeps in mind of its rows."""

from __future__ import annotations

from logsource.store.index import KEY_SHIFT
from logsource.store.ledger import Ledger
from logsource.store.rows import Put

ROW = 7 << KEY_SHIFT
PART = ROW + (1 << KEY_SHIFT - 1)
"""Where the second half of a row goes."""


def test_a_part_never_gets_the_number_of_a_row_that_waits_to_be_deleted():
    """The delete may come with a later transaction than the part, and would take the part's row for the old one."""
    ledger = Ledger(capacity=2**20, body_cache=0)
    ledger.written(set(), [Put(ROW, b"first", 2), Put(PART, b"second", 2)], [b"first", b"second"], [])
    assert [ledger.take()[0] for _ in range(2)] == [ROW, PART]
    ledger.acknowledge(PART)
    keys, _ = ledger.part_keys(ROW, [1, 1])
    assert keys[0] == ROW < keys[1] < PART
    ledger.written({PART}, [], [], [])
    assert ledger.part_keys(ROW, [1, 1])[0] == [ROW, PART]
