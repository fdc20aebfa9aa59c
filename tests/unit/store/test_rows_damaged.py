"""Bytes that are not what was written: named as damage, whatever they claim, and no more than they concern."""

from __future__ import annotations

import struct

import pytest

from logsource.errors import StoreUnreadable
from logsource.model import Checkpoint, DeadLetter
from logsource.store import format as fmt
from logsource.store.disk import DiskStore
from logsource.store.replay import DAMAGED_ROW
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def letter(number: int) -> DeadLetter:
    return DeadLetter(event=event(number), reason="rejected_400", detail="no", at_ms=5)


def overwrite(store: DiskStore, key: object, row: bytes) -> None:
    store._rows._connection.execute("UPDATE Cache SET value = ? WHERE key = ?", (row, key))


@pytest.fixture
def store(tmp_path):
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    yield store
    store.close()


def test_a_frame_that_claims_a_terabyte_is_damage_and_not_a_lack_of_memory():
    row = fmt.encode_batch(batch(*range(200)), 1)
    at = row.index(ZSTD_MAGIC)
    # RFC 8878, 3.1.1.1: the two upper bits of the descriptor are the width of the content size, 3 means 8 bytes.
    descriptor, size = row[at + 4] | 0xC0, struct.pack("<Q", 2**40)
    with pytest.raises(fmt.RowDamaged, match=f"claims {2**40} bytes"):
        fmt.decode_batch(row[: at + 4] + bytes([descriptor]) + size + row[at + 7 :])


@pytest.mark.parametrize(
    ("written", "damaged"),
    [(b'"at_ms":5', b'"at_ms":"x"'), (b'"length":', b'"lenght":'), (b'"at_ms":5', b'"at_ms":[]')],
)
def test_a_letter_whose_description_makes_no_sense_is_damaged(written, damaged):
    row = fmt.encode_dead(letter(1))
    longer = len(damaged) - len(written)
    version, codec, zero, length = struct.unpack_from("<BBHI", row)
    head = struct.pack("<BBHI", version, codec, zero, length + longer)
    with pytest.raises(fmt.RowDamaged, match="description is damaged"):
        fmt.decode_dead(head + row[len(head) :].replace(written, damaged), 1)


@pytest.mark.parametrize("row", [b'{"next_batch":"7"}', b'{"next_batch":null}', b"[]", b"\xff"])
def test_counters_that_are_no_numbers_are_damaged(row):
    with pytest.raises(fmt.RowDamaged):
        fmt.decode_counters(row)


@pytest.mark.parametrize(
    "row",
    [
        b'{"source":"web","offset":"7","state":{}}',
        b'{"source":"web","offset":7}',
        b'{"source":null,"offset":7,"state":{}}',
    ],
)
def test_a_checkpoint_without_its_parts_stops_the_agent_and_not_later_in_tail(store, row):
    store.commit(
        batches=[], checkpoints=[Checkpoint(file_id="a" * 32, source="web", offset=7, state={"v": 1})]
    )
    overwrite(store, "checkpoint:" + "a" * 32, row)
    with pytest.raises(StoreUnreadable, match="checkpoint of file a"):
        store.checkpoints()


def test_one_damaged_letter_hides_no_other(store):
    store.commit(batches=[], dead=[letter(1), letter(2), letter(3)])
    overwrite(store, -2, b"\x01rotten")
    letters = list(store.dead_letters())
    assert [one.key for one in letters] == [1, 2, 3]
    assert (letters[1].reason, letters[1].event) == (DAMAGED_ROW, b"\x01rotten")
    assert store.replay(store.dead_keys()) == 2
    assert [one.key for one in store.dead_letters()] == [2]
    assert store.purge([2]) == 1
    assert store.stats().dead == 0
