"""The agent takes over what programs tracked while it was away and could not send before they ended."""

from __future__ import annotations

import orjson
import pytest

from logsource.clock import SystemClock
from logsource.emit.split import events_of
from logsource.store.memory import MemoryStore
from logsource.tracker.adopting import DIRECTORY, Adopter, Adopting
from tests.support.clocks import ManualClock
from tests.support.sink import Answer, Sink
from tests.support.tracked import tracker_to


@pytest.fixture
def store():
    one = MemoryStore(capacity=2**20, clock=ManualClock())
    yield one
    one.close()


def left_behind(directory, events: int, *, culprits: int = 0, method: str = "post") -> list[str]:
    """What a program leaves that is ended while the collector is down; ids in order, then those it knows to be dead."""
    with Sink(lambda request: Answer(400) if b"culprit" in request.body else Answer(503)) as sink:
        tracker = tracker_to(sink.url, directory, collector={"concurrency": 1, "method": method})
        ids = []
        for _ in range(culprits):
            ids.append(tracker.struct("a", "culprit"))
            assert tracker.flush(60)
        ids = [tracker.struct("a", str(n)) for n in range(events)] + ids
        tracker.close(0.0)
    return ids


def ids_in(store: MemoryStore) -> list[str]:
    found = []
    while (batch := store.take()) is not None:
        found += [orjson.loads(event)["eid"] for event in events_of(batch)]
        store.acknowledge(batch)
    return found


def test_events_and_dead_letters_move_and_nothing_is_left(tmp_path, store):
    ids = left_behind(tmp_path / DIRECTORY, 20, culprits=2)
    told = []
    adopter = Adopter(tmp_path, store, SystemClock(), on_move=told.append)
    assert adopter.look() == 20
    assert sum(told) == 20
    assert ids_in(store) == ids[:20]
    assert [orjson.loads(letter.event)["eid"] for letter in store.dead_letters()] == ids[20:]
    assert adopter.look() == 0
    more = left_behind(tmp_path / DIRECTORY, 3)
    assert adopter.look() == 3
    assert ids_in(store) == more


def test_where_nobody_ever_tracked_nothing_is_made(tmp_path, store):
    assert Adopter(tmp_path, store, SystemClock()).look() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_lives_keeps_its_events(tmp_path, store):
    with Sink(lambda request: Answer(503)) as sink:
        tracker = tracker_to(sink.url, tmp_path / DIRECTORY)
        tracker.struct("a", "b")
        adopter = Adopter(tmp_path, store, SystemClock())
        assert adopter.look() == 0
        tracker.close(0.0)
        assert adopter.look() == 1  # it looks again, though nothing was written since


def test_what_finds_no_room_comes_later(tmp_path):
    ids = left_behind(tmp_path / DIRECTORY, 5, method="get")  # a row each
    filler = MemoryStore(capacity=1, clock=ManualClock())
    adopter = Adopter(tmp_path, filler, SystemClock())
    found = []
    for _ in range(5):
        assert adopter.look() == 1  # and the next one finds it full
        found += ids_in(filler)
    assert adopter.look() == 0
    assert found == ids
    filler.close()


def test_an_outbox_that_cannot_be_read_is_left_alone_and_told_once(tmp_path, store, caplog):
    left_behind(tmp_path / DIRECTORY, 5)
    database = tmp_path / DIRECTORY / "outbox" / "cache.db"
    database.write_bytes(b"something else" * 100)
    before = database.read_bytes()
    adopter = Adopter(tmp_path, store, SystemClock())
    assert [adopter.look() for _ in range(3)] == [0, 0, 0]
    assert caplog.text.count("event=not_adopted") == 1
    assert database.read_bytes() == before


def test_the_thread_looks_at_once_and_ends_when_it_is_told(tmp_path, store):
    left_behind(tmp_path / DIRECTORY, 5)
    adopting = Adopting(Adopter(tmp_path, store, SystemClock()), every=3600.0)
    adopting.start()
    adopting.stop()
    assert store.stats().events == 5
    adopting.stop()
