"""What every storage promises, checked against the durable one and the forgetful one."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from logsource.errors import StoreFull
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Batch, Checkpoint, Tally
from logsource.store.disk import DiskStore
from logsource.store.memory import MemoryStore
from tests.support.storages import CAPACITY, batch, drain, event, letter


def test_batches_come_out_whole_and_in_the_order_of_their_commits(store):
    first, second, third = batch(1, 2), batch(3), batch(4, 5, 6)
    store.commit(batches=[first, second])
    store.commit(batches=[third])
    taken = [store.take(), store.take(), store.take()]
    assert [t.body for t in taken] == [first.body, second.body, third.body]
    assert [t.events for t in taken] == [2, 1, 3]
    assert taken[0].key < taken[1].key < taken[2].key
    assert store.take() is None


def test_a_released_batch_is_again_the_oldest(store):
    store.commit(batches=[batch(1), batch(2)])
    one, two = store.take(), store.take()
    store.release(two)
    store.release(one)
    again = store.take()
    assert (again.key, again.body) == (one.key, one.body)
    assert (one.attempts, again.attempts) == (0, 1)


def test_an_acknowledged_batch_is_gone_and_a_second_acknowledgement_changes_nothing(store):
    store.commit(batches=[batch(1)])
    taken = store.take()
    store.acknowledge(taken)
    store.acknowledge(taken)
    store.release(taken)
    store.flush()
    assert store.take() is None
    assert (store.stats().events, store.stats().bytes, store.stats().batches) == (0, 0, 0)


def test_checkpoints_are_the_last_committed_ones_and_an_empty_state_forgets_the_file(store):
    def at(file_id: str, offset: int) -> Checkpoint:
        return Checkpoint(file_id=file_id, source="web", offset=offset, state={"v": 1, "path": "/a\udcff"})

    store.commit(batches=[], checkpoints=[at("a" * 32, 10), at("b" * 32, 20)])
    store.commit(batches=[], checkpoints=[at("a" * 32, 30)])
    assert sorted(store.checkpoints(), key=lambda c: c.file_id) == [at("a" * 32, 30), at("b" * 32, 20)]
    store.commit(batches=[], checkpoints=[Checkpoint(file_id="a" * 32, source="web", offset=0, state={})])
    assert [c.file_id for c in store.checkpoints()] == ["b" * 32]


def test_tallies_add_up_by_source(store):
    store.commit(
        batches=[],
        tallies={"web": Tally(read=3, bytes=30, events=Counter({"s": 2}), dropped=Counter(empty=1))},
    )
    store.commit(
        batches=[],
        tallies={
            "web": Tally(read=2, bytes=20, events=Counter({"s": 1}), rejected=Counter(no_match=1)),
            "db": Tally(read=1, bytes=5, events=Counter({"s": 1})),
        },
    )
    tallies = store.tallies()
    assert tallies["web"] == Tally(
        read=5, bytes=50, events=Counter({"s": 3}), dropped=Counter(empty=1), rejected=Counter(no_match=1)
    )
    assert tallies["db"].read == 1
    tallies["web"].read = 99
    assert store.tallies()["web"].read == 5


def test_a_full_outbox_takes_nothing_until_something_is_acknowledged(tmp_path, clock):
    for store in (
        DiskStore.open(tmp_path / "state", capacity=300, sync="normal", clock=clock),
        MemoryStore(capacity=300, clock=clock),
    ):
        number = 0
        while store.stats().bytes < 300:
            number += 1
            store.commit(batches=[batch(number)])
        point = Checkpoint(file_id="a" * 32, source="web", offset=7, state={"v": 1})
        with pytest.raises(StoreFull):
            store.commit(batches=[batch(99)], checkpoints=[point], tallies={"web": Tally(read=1)})
        assert store.checkpoints() == []
        assert store.tallies() == {}
        assert store.stats().events == number
        store.commit(batches=[], checkpoints=[point])  # lines that became no events need no room
        store.acknowledge(store.take())
        store.commit(batches=[batch(99)])
        assert len(drain(store)) == number
        store.close()


def test_a_commit_below_the_limit_may_pass_it_by_its_own_size(store):
    import random

    noise = random.Random(1).randbytes(CAPACITY * 3).hex().encode()
    big = Batch(body=BODY_PREFIX + noise + BODY_SUFFIX, events=1)
    store.commit(batches=[big])
    assert store.stats().bytes > CAPACITY
    with pytest.raises(StoreFull):
        store.commit(batches=[batch(1)])
    assert store.take().body == big.body


def test_parts_take_the_place_of_their_batch_and_keep_its_age(store, clock):
    store.commit(batches=[batch(1, 2, 3), batch(9)])
    clock.advance(60)
    whole = store.take()
    store.replace(whole, [batch(1), batch(3)], [letter(2)])
    assert store.stats().oldest_ms == 1_700_000_000_000
    assert store.stats().events == 3
    assert drain(store) == [batch(1).body, batch(3).body, batch(9).body]
    (dead,) = store.dead_letters()
    assert (dead.event, dead.reason, dead.detail, dead.at_ms, dead.output) == (
        event(2),
        "rejected_400",
        "no",
        5,
        "collector",
    )


def test_halving_can_go_down_to_single_events(store):
    numbers = list(range(500))
    store.commit(batches=[batch(*numbers), batch(1000)])
    pending = {batch(*numbers).body: numbers}
    singles = []
    while (taken := store.take()) is not None:
        mine = pending.pop(taken.body, [1000])
        if len(mine) == 1:
            singles.append(mine[0])
            store.acknowledge(taken)
            continue
        halves = [mine[: len(mine) // 2], mine[len(mine) // 2 :]]
        for half in halves:
            pending[batch(*half).body] = half
        store.replace(taken, [batch(*half) for half in halves])
    assert singles == [*numbers, 1000]


def test_a_batch_that_is_not_there_cannot_be_replaced(store):
    store.commit(batches=[batch(1)])
    taken = store.take()
    store.acknowledge(taken)
    with pytest.raises(ValueError, match="not in the outbox"):
        store.replace(taken, [batch(1)])


def test_the_bell_rings_for_new_batches_and_for_nothing_else(store):
    rings = []
    store.on_commit(lambda: rings.append(1))
    store.commit(batches=[], tallies={"web": Tally(read=1, dropped=Counter(empty=1))}, dead=[letter(1)])
    assert rings == []
    store.commit(batches=[batch(1)])
    assert len(rings) == 1
    store.replay([1])
    assert len(rings) == 2


def test_more_bodies_than_memory_keeps_are_read_back_unchanged(store):
    batches = [batch(n, padding=200_000) for n in range(40)]
    for one in batches:
        store.commit(batches=[one])
    assert drain(store) == [one.body for one in batches]


def test_threads_that_commit_and_take_at_once_lose_and_double_nothing(store):  # noqa: C901 - two small loops
    total = 200
    delivered: list[bytes] = []
    done = threading.Event()
    lock = threading.Lock()

    def produce(start: int) -> None:
        for number in range(start, start + total // 2):
            store.commit(batches=[batch(number)])

    def consume() -> None:
        while True:
            finished = done.is_set()
            taken = store.take()
            if taken is None:
                if finished:
                    return
                continue
            if taken.attempts == 0 and taken.key % 3 == 0:
                store.release(taken)
                continue
            with lock:
                delivered.append(taken.body)
            store.acknowledge(taken)

    producers = [threading.Thread(target=produce, args=(start,)) for start in (0, total // 2)]
    consumers = [threading.Thread(target=consume) for _ in range(2)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    done.set()
    for thread in consumers:
        thread.join()
    assert sorted(delivered) == sorted(batch(n).body for n in range(total))
    store.flush()
    assert store.stats().batches == 0


def test_close_can_be_called_twice(store):
    store.commit(batches=[batch(1)])
    store.close()
    store.close()


def test_what_was_the_newest_batch_is_delivered_when_the_oldest_is_newer(store):
    assert store.undelivered() is None
    store.commit(batches=[batch(1, 2), batch(3)])
    oldest, newest = store.undelivered()
    assert oldest < newest
    first = store.take()
    assert store.undelivered() == (oldest, newest), "taken is not delivered"
    store.replace(first, [batch(1), batch(2)])
    store.commit(batches=[batch(4)])
    assert store.undelivered()[0] == oldest, "parts stand for their batch"
    for _ in range(2):
        store.acknowledge(store.take())
    assert store.undelivered()[0] == newest
    last_part = store.take()
    store.replace(last_part, [batch(3)])
    assert store.undelivered()[0] == newest
    store.acknowledge(store.take())
    assert store.undelivered()[0] > newest
    store.acknowledge(store.take())
    assert store.undelivered() is None


class Watching(list):
    """Parts of a batch; whoever goes through them looks at the outbox."""

    def __init__(self, store, parts) -> None:
        super().__init__(parts)
        self.store = store
        self.seen: list[tuple[int, tuple[int, int] | None]] = []

    def __iter__(self):
        self.seen.append((self.store.stats().batches, self.store.undelivered()))
        return super().__iter__()


def test_a_batch_that_is_cut_is_in_the_outbox_at_every_moment(store):
    """Whoever waits until all is delivered must not be told so because he looked between the whole and its parts."""
    store.commit(batches=[batch(1, 2)])
    whole = store.take()
    parts = Watching(store, [batch(1), batch(2)])
    before = store.undelivered()
    store.replace(whole, parts)
    assert len(parts.seen) > 1
    assert set(parts.seen) == {(1, before)}
    assert store.undelivered() == before
    assert store.stats().batches == 2
