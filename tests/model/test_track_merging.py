"""Whatever is done to an outbox that joins rows, and wherever it is cut off: each event is in exactly one place.

Places: waiting, taken, delivered, dead. After a crash what was delivered may be there again, once, with the same bytes;
what was not delivered must be, once.
"""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.emit.split import events_of, halves, parts
from logsource.errors import StoreUnavailable
from logsource.model import BODY_OVERHEAD, Batch, DeadLetter
from logsource.tracker.merging import MANY_CUT, DiskOutbox, MemoryOutbox
from tests.support.bodies import batch
from tests.support.clocks import ManualClock

LIMIT, MOST = 700, 5
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["commit", "commit", "take", "take", "acknowledge", "release", "halve", "bury", "flush", "crash"]
        ),
        st.integers(0, 7),
    ),
    max_size=40,
)


class World:
    """An outbox, and what a program knows of its events."""

    def __init__(self, directory) -> None:
        self.clock = ManualClock()
        self.directory = directory
        self.lives = self.numbers = 0
        self.committed: Counter[bytes] = Counter()
        self.delivered: Counter[bytes] = Counter()
        self.taken: list[Batch] = []
        self.store = self.opened()

    def opened(self) -> DiskOutbox:
        store = DiskOutbox.open(self.directory, capacity=2**22, sync="normal", clock=self.clock)
        store.merge(byte_limit=LIMIT, send_limit=MOST)
        return store

    def step(self, action: str, pick: int) -> None:
        if action in {"commit", "take", "flush", "crash"}:
            getattr(self, action)(pick)
        elif self.taken:
            getattr(self, action)(self.taken.pop(pick % len(self.taken)))
        inside = sum(one.events for one in self.taken)
        assert self.store.stats().events >= inside

    def commit(self, pick: int) -> None:
        numbers = range(self.numbers, self.numbers + 1 + pick % 3)
        self.numbers += len(numbers)
        one = batch(*numbers)
        self.committed.update(events_of(one))
        self.store.commit(batches=[one])

    def take(self, pick: int) -> None:
        found = self.store.take()
        if found is not None:
            assert found.events == len(events_of(found)) <= MOST
            assert len(found.body) <= LIMIT
            self.taken.append(found)

    def flush(self, pick: int) -> None:
        self.store.flush()

    def crash(self, pick: int) -> None:
        """What is on disk now is found, elsewhere, by a process that starts after this one was killed."""
        self.lives += 1
        copy = self.directory.with_name(f"state-{self.lives}")
        shutil.copytree(self.directory, copy)
        self.store.close()
        self.directory = copy
        self.store = self.opened()
        self.taken.clear()

    def acknowledge(self, chosen: Batch) -> None:
        self.store.acknowledge(chosen)
        self.delivered.update(events_of(chosen))

    def release(self, chosen: Batch) -> None:
        self.store.release(chosen)

    def halve(self, chosen: Batch) -> None:
        self.store.replace(chosen, halves(chosen))

    def bury(self, chosen: Batch) -> None:
        event, *rest = events_of(chosen)
        letter = DeadLetter(event=event, reason="rejected_400", detail="", at_ms=1)
        self.store.replace(chosen, parts(rest), [letter])

    def check(self) -> None:
        for one in self.taken:
            self.store.release(one)
        left: Counter[bytes] = Counter()
        while (found := self.store.take()) is not None:
            left.update(events_of(found))
        dead = Counter(letter.event for letter in self.store.dead_letters())
        for event in self.committed:
            here, away = left[event] + dead[event], self.delivered[event]
            assert here + away == 1 or (self.lives and here <= 1 <= away)
        assert left.keys() | dead.keys() <= self.committed.keys()


@settings(max_examples=40)  # each opens databases
@given(steps=STEPS)
def test_each_event_is_in_exactly_one_place(tmp_path_factory, steps):
    world = World(tmp_path_factory.mktemp("outbox") / "state")
    try:
        for action, pick in steps:
            world.step(action, pick)
        world.check()
    finally:
        world.store.close()


@pytest.fixture
def store():
    one = MemoryOutbox(capacity=2**22, clock=ManualClock())
    one.merge(byte_limit=LIMIT, send_limit=MOST)
    yield one
    one.close()


def test_rows_are_joined_in_order_up_to_both_limits(store):
    for number in range(12):
        store.commit(batches=[batch(number)])
    sizes = []
    order = []
    while (found := store.take()) is not None:
        sizes.append(found.events)
        order += events_of(found)
        store.acknowledge(found)
    assert order == [event for number in range(12) for event in events_of(batch(number))]
    room = (LIMIT - BODY_OVERHEAD + 1) // (len(events_of(batch(0))[0]) + 1)
    assert sizes[0] == min(room, MOST) > 1
    assert sum(sizes) == 12


def test_a_kill_right_after_rows_were_joined_leaves_each_event_in_one_row(tmp_path):
    """Two rows with an event that the collector refuses would be two dead letters."""
    world = World(tmp_path / "state")
    try:
        for _ in range(4):
            world.commit(0)
        world.take(0)
        assert world.taken[0].events == 4
        world.crash(0)
        assert world.store.stats().events == 4
        world.check()
    finally:
        world.store.close()


def test_a_row_that_is_large_already_is_not_looked_behind(store):
    store.commit(batches=[batch(*range(4)), batch(9)])
    assert store.take().events == 4
    assert store.take().events == 1


def test_what_was_cut_is_not_joined_again(store):
    for number in range(4):
        store.commit(batches=[batch(number)])
    joined = store.take()
    assert joined.events > 1
    store.replace(joined, halves(joined))
    again = [store.take() for _ in range(2)]
    assert sum(one.events for one in again) == joined.events
    for one in again:
        store.acknowledge(one)
    while (rest := store.take()) is not None:
        store.acknowledge(rest)
    store.commit(batches=[batch(50), batch(51)])
    assert store.take().events == 2  # others are joined as before


def test_whoever_is_killed_again_and_again_while_rows_are_cut_finds_room_for_each_event(tmp_path):
    """The last part of a row has little room behind it: joined with what follows by the next process, it would stand
    there with more events than numbers are left, and could not be cut, nor sent, ever again."""
    world = World(tmp_path / "state")
    try:
        for _ in range(12):
            for _ in range(4):
                world.commit(0)
            while (found := world.store.take()) is not None:
                if found.events > 1:
                    world.halve(found)
                else:
                    world.taken.append(found)
            while len(world.taken) > 1:
                world.acknowledge(world.taken.pop(0))
            world.flush(0)
            world.crash(0)
            assert world.store.stats().events == 1
        world.check()
    finally:
        world.store.close()


def test_the_numbers_of_what_was_cut_are_forgotten_when_it_is_gone():
    """While others wait, too: the outbox of a busy agent may not be empty for months."""
    store = Counted(capacity=2**22, clock=ManualClock())
    store.commit(batches=[batch(0)])
    for number in range(2 * MANY_CUT):
        store.commit(batches=[batch(number, number + 1)])
        eldest, found = store.take(), store.take()
        store.acknowledge(eldest)
        store.replace(found, halves(found))
        store.acknowledge(store.take())
    assert store.stats().batches == 1
    assert store.most <= MANY_CUT + 1
    store.close()


class Counted(MemoryOutbox):
    """How many numbers it keeps in mind, at most."""

    most = 0

    def replace(self, *args, **kwargs) -> None:
        super().replace(*args, **kwargs)
        self.most = max(self.most, len(self._cut))


class FullDisk(MemoryOutbox):
    """Takes nothing for a while."""

    full = False

    def _exchange(self, *args) -> None:
        if self.full:
            raise StoreUnavailable("the disk refused")
        super()._exchange(*args)


def test_rows_that_a_full_disk_does_not_let_join_are_sent_as_they_are():
    store = FullDisk(capacity=2**22, clock=ManualClock())
    store.merge(byte_limit=LIMIT, send_limit=MOST)
    for number in range(4):
        store.commit(batches=[batch(number)])
    store.full = True
    first = store.take()
    assert events_of(first) == events_of(batch(0))
    store.acknowledge(first)
    store.full = False
    assert store.take().events == 3
    store.close()
