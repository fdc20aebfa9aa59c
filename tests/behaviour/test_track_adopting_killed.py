"""An agent that is killed while it takes over what a program left: no event comes twice, and no dead letter either."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from logsource.clock import SystemClock
from logsource.emit.split import events_of
from logsource.errors import StoreUnavailable
from logsource.store.disk import DiskStore
from logsource.tracker.adopting import DIRECTORY, Adopter
from logsource.tracker.merging import DiskOutbox
from tests.support.storages import batch, letter

ROWS, LETTERS = 3, 2
CAPACITY = 2**20


class Watched:
    """The agent's outbox. `look` is called before and behind each commit."""

    def __init__(self, store, look) -> None:
        self._store = store
        self._look = look

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def commit(self, **what) -> None:
        self._look()
        self._store.commit(**what)
        self._look()

    def flush(self) -> None:
        self._store.flush()


def left_behind(state_dir) -> Counter[bytes]:
    """What a program left: rows of one and of two events, and dead letters; all of it, counted."""
    state_dir.mkdir(mode=0o700, exist_ok=True)
    store = DiskStore.open(state_dir / DIRECTORY, capacity=CAPACITY, sync="normal", clock=SystemClock())
    for number in range(ROWS):
        store.commit(batches=[batch(10 * number), batch(10 * number + 1, 10 * number + 2, padding=2000)])
    store.commit(batches=[], dead=[letter(900 + number) for number in range(LETTERS)])
    store.close()
    return Counter(
        [event for number in range(ROWS) for event in events_of(batch(10 * number))]
        + [event for n in range(ROWS) for event in events_of(batch(10 * n + 1, 10 * n + 2, padding=2000))]
        + [letter(900 + number).event for number in range(LETTERS)]
    )


def opened(state_dir) -> DiskOutbox:
    return DiskOutbox.open(state_dir, capacity=CAPACITY, sync="normal", clock=SystemClock())


def held(store) -> Counter[bytes]:
    """Events and dead letters that an outbox holds."""
    found: Counter[bytes] = Counter(one.event for one in store.dead_letters())
    while (taken := store.take()) is not None:
        found.update(events_of(taken))
    return found


@pytest.mark.parametrize("room", [CAPACITY, 2500], ids=["at_once", "row_by_row"])
def test_wherever_it_is_cut_off_the_next_agent_finds_each_event_once(tmp_path, room):
    expected = left_behind(tmp_path / "state")
    copies = []

    def copy() -> None:
        copies.append(tmp_path / f"copy-{len(copies)}")
        shutil.copytree(tmp_path / "state", copies[-1], ignore=shutil.ignore_patterns("lock"))

    store = opened(tmp_path / "state")
    roomy = Limited(Watched(store, copy), room)
    adopter = Adopter(tmp_path / "state", roomy, SystemClock())
    assert adopter.look() == 3 * ROWS
    assert held(store) == expected
    store.close()
    assert len(copies) >= 2 * (1 + LETTERS + 1)
    for found in copies:
        store = opened(found)
        Adopter(found, store, SystemClock()).look()
        assert held(store) == expected, found.name
        store.close()


class Limited(Watched):
    """Tells of so much room only; there is always as much again."""

    def __init__(self, store, room: int) -> None:
        super().__init__(store, lambda: None)
        self._room = room

    def stats(self):
        found = self._store.stats()
        return type(found)(
            events=found.events,
            bytes=0,
            capacity_bytes=self._room,
            batches=found.batches,
            oldest_ms=found.oldest_ms,
            dead=found.dead,
        )


def test_a_disk_that_does_not_keep_what_was_committed_deletes_nothing_and_doubles_nothing(tmp_path):
    """Committed, and not yet on the disk: what is in the program's outbox stays there until it is."""

    class Refusing(Watched):
        refuse = True

        def flush(self) -> None:
            if self.refuse:
                raise StoreUnavailable("the disk refused")
            super().flush()

    expected = left_behind(tmp_path)
    store = opened(tmp_path)
    refusing = Refusing(store, lambda: None)
    adopter = Adopter(tmp_path, refusing, SystemClock())
    for _ in range(3):
        assert adopter.look() == 0
        left = DiskStore.open(tmp_path / DIRECTORY, capacity=CAPACITY, sync="normal", clock=SystemClock())
        assert held(left) == expected
        left.close()
    refusing.refuse = False
    adopter.look()
    assert held(store) == expected
    left = DiskStore.open(tmp_path / DIRECTORY, capacity=CAPACITY, sync="normal", clock=SystemClock())
    assert held(left) == Counter()
    left.close()
    store.close()


def test_events_that_say_the_same_are_taken_over_as_often_as_they_were_tracked(tmp_path):
    """A program may track an event again under its id; what is known is a row, and not what is in it."""
    for _ in range(2):
        store = DiskStore.open(tmp_path / DIRECTORY, capacity=CAPACITY, sync="normal", clock=SystemClock())
        store.commit(batches=[batch(1), batch(1)])
        store.close()
        agent = opened(tmp_path)
        assert Adopter(tmp_path, agent, SystemClock()).look() == 2
        agent.close()
    agent = opened(tmp_path)
    assert held(agent).total() == 4
    assert agent.checkpoints() == []
    agent.close()
