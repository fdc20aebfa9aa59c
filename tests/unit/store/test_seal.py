"""A row whose numbers count: a bit that flips is noticed, and rows without a checksum are read as they always were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.model import Checkpoint, Tally
from logsource.store import format as fmt
from logsource.store.seal import RowDamaged, sealed, unsealed

KNOWN = frozenset({"source", "offset"})
ROW = sealed("checkpoint:abc", {"source": "wéb", "offset": 1007})


def test_what_was_sealed_comes_out():
    assert unsealed("checkpoint:abc", ROW, KNOWN) == {"source": "wéb", "offset": 1007}


@given(at=st.integers(0, len(ROW) - 1), bit=st.integers(0, 7))
def test_every_single_bit_matters(at, bit):
    broken = bytearray(ROW)
    broken[at] ^= 1 << bit
    with pytest.raises(RowDamaged):
        unsealed("checkpoint:abc", bytes(broken), KNOWN)


def test_the_row_of_another_key_is_not_taken_for_ours():
    with pytest.raises(RowDamaged, match="checksum of row 'checkpoint:abd'"):
        unsealed("checkpoint:abd", ROW, KNOWN)


def test_a_file_whose_name_is_no_text_has_a_checkpoint_too():
    name = "a" * 32
    point = Checkpoint(file_id=name, source="web", offset=3, state={"path": "/var/log/\udcff"})
    assert fmt.decode_checkpoint(fmt.encode_checkpoint(point), name) == point


def test_rows_of_earlier_versions_have_no_checksum():
    assert fmt.decode_checkpoint(b'{"source":"web","offset":7,"state":{"v":1}}', "a" * 32).offset == 7
    assert fmt.decode_tally(b'{"read":1,"bytes":2,"events":{},"rejected":{},"dropped":{}}', "web").read == 1
    assert fmt.decode_counters(b'{"next_batch":7,"next_dead":2}') == {"next_batch": 7, "next_dead": 2}


def test_the_total_of_another_source_is_damage():
    row = fmt.encode_tally("web", Tally(read=5))
    assert fmt.decode_tally(row, "web").read == 5
    with pytest.raises(RowDamaged):
        fmt.decode_tally(row, "app")
