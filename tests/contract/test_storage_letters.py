"""What every storage promises of dead letters."""

from __future__ import annotations

import tracemalloc

import pytest

from logsource.errors import StoreFull
from logsource.model import DeadLetter
from logsource.store.disk import DiskStore
from logsource.store.letters import PAGE
from tests.support.storages import CAPACITY, batch, drain, event, letter


def test_dead_letters_have_the_same_limit_for_commits_but_never_for_burying(store):
    import random

    blob = b'{"e":"' + random.Random(2).randbytes(CAPACITY).hex().encode()
    store.commit(batches=[batch(1)])
    store.replace(store.take(), [], [DeadLetter(event=blob * 2, reason="too_large", detail="", at_ms=1)])
    with pytest.raises(StoreFull, match="dead letters"):
        store.commit(batches=[batch(2)], dead=[letter(3)])
    assert store.take() is None
    store.commit(batches=[batch(2)])
    store.replace(store.take(), [], [letter(2)])
    assert store.purge([1]) == 1
    store.commit(batches=[batch(4)], dead=[letter(3)])
    assert [d.key for d in store.dead_letters()] == [2, 3]


def test_replayed_letters_become_batches_again_behind_everything_else(store):
    store.commit(batches=[batch(1)], dead=[letter(10), letter(11), letter(12)])
    keys = [d.key for d in store.dead_letters()]
    assert store.replay([keys[2], keys[0], 999, -1, keys[0]]) == 2
    assert store.stats().dead == 1
    assert drain(store) == [batch(1).body, batch(12, 10).body]
    assert [d.event for d in store.dead_letters()] == [event(11)]
    assert store.purge([keys[1], keys[1], 999]) == 1
    assert list(store.dead_letters()) == []
    assert store.stats().dead == 0


def test_many_replayed_letters_travel_in_modest_bodies(store):
    store.commit(batches=[], dead=[letter(n) for n in range(120)])
    assert store.replay([d.key for d in store.dead_letters()]) == 120
    sizes = []
    while (taken := store.take()) is not None:
        sizes.append(taken.events)
        assert len(taken.body) <= 32768
        store.acknowledge(taken)
    assert sizes == [50, 50, 20]


def test_letters_are_read_and_replayed_a_few_at_a_time(tmp_path, clock):
    store = DiskStore.open(tmp_path / "state", capacity=CAPACITY, sync="normal", clock=clock)
    for first in range(0, 300, 10):
        letters = [
            DeadLetter(event=event(n, padding=200_000), reason="too_large", detail="", at_ms=5)
            for n in range(first, first + 10)
        ]
        store.commit(batches=[], dead=letters)
    del letters
    tracemalloc.start()
    try:
        assert sum(len(one.event) for one in store.dead_letters()) > 60_000_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
        tracemalloc.reset_peak()
        assert store.replay(store.dead_keys()) == 300
        assert tracemalloc.get_traced_memory()[1] < 32_000_000
    finally:
        tracemalloc.stop()
        store.close()


def test_letters_that_come_back_while_others_are_replayed_stay(store):
    store.commit(batches=[], dead=[letter(1), letter(2), letter(3)])

    def reject() -> None:
        while (taken := store.take()) is not None:
            store.replace(taken, [], [letter(4)])

    store.on_commit(reject)
    assert store.replay(store.dead_keys()) == 3
    assert [one.event for one in store.dead_letters()] == [event(4)]


def test_many_letters_are_found_in_their_order_and_purged(store):
    count = 2 * PAGE + 5
    for first in range(0, count, 500):
        store.commit(batches=[], dead=[letter(n) for n in range(first, min(first + 500, count))])
    keys = list(store.dead_keys())
    assert keys == list(range(1, count + 1))
    assert store.purge(keys[3::2]) == len(keys[3::2])
    left = [key for key in keys if key not in set(keys[3::2])]
    assert [one.key for one in store.dead_letters()] == left == list(store.dead_keys())
    assert store.stats().dead == len(left)
    assert store.purge(left) == len(left)
    assert (list(store.dead_keys()), store.stats().dead) == ([], 0)


def test_a_letter_that_is_no_event_is_not_replayed(store):
    store.commit(
        batches=[], dead=[DeadLetter(event=b"\xff\x00junk", reason="damaged_row", detail="", at_ms=1)]
    )
    assert store.replay([1]) == 0
    assert [d.event for d in store.dead_letters()] == [b"\xff\x00junk"]
