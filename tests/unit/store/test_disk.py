"""The durable outbox: restarts, other processes, a full disk, a file that shrinks again."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from logsource.errors import StoreUnavailable
from logsource.model import Batch, Checkpoint, DeadLetter, Tally
from logsource.store.disk import DiskStore
from logsource.store.disk_rows import DiskRows
from logsource.store.guard import open_cache
from logsource.store.outbox import Outbox
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


def open_store(state: Path, *, capacity: int = 2**26, sync="normal", clock=None) -> DiskStore:
    return DiskStore.open(state, capacity=capacity, sync=sync, clock=clock or ManualClock())


def letter(number: int) -> DeadLetter:
    return DeadLetter(event=event(number), reason="rejected_400", detail="no", at_ms=5)


def crash(store: DiskStore) -> None:
    """What a killed process leaves: nothing is flushed, the kernel lets go of the lock."""
    store._lock.release()
    store._rows._connection.close()


@pytest.mark.parametrize("sync", ["normal", "full"])
def test_everything_is_there_after_a_restart(tmp_path, sync):
    clock = ManualClock()
    store = open_store(tmp_path, sync=sync, clock=clock)
    point = Checkpoint(file_id="a" * 32, source="web", offset=7, state={"v": 1, "x": [1, None]})
    tally = Tally(
        read=3, bytes=9, events=Counter(s=2), rejected=Counter(no_match=1), unparsed=Counter(bad_value=1)
    )
    store.commit(
        batches=[batch(1), batch(2, 3)], checkpoints=[point], tallies={"web": tally}, dead=[letter(9)]
    )
    before = store.stats()
    store.close()
    clock.advance(100)
    store = open_store(tmp_path, sync=sync, clock=clock)
    assert store.stats() == before
    assert store.stats().oldest_ms == 1_700_000_000_000
    assert store.checkpoints() == [point]
    assert store.tallies() == {"web": tally}
    assert [d.event for d in store.dead_letters()] == [event(9)]
    assert [store.take().body, store.take().body] == [batch(1).body, batch(2, 3).body]
    (level,) = store._rows._connection.execute("PRAGMA synchronous").fetchone()
    assert level == {"normal": 1, "full": 2}[sync]
    store.close()


def test_keys_never_come_again_even_when_the_outbox_was_empty(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1)], dead=[letter(1)])
    used = store.take()
    store.acknowledge(used)
    dead_key = next(store.dead_letters()).key
    store.purge([dead_key])
    store.close()
    store = open_store(tmp_path)
    store.commit(batches=[batch(2)], dead=[letter(2)])
    assert store.take().key > used.key
    assert next(store.dead_letters()).key > dead_key
    store.close()


def test_after_a_crash_what_was_acknowledged_but_not_yet_deleted_is_sent_again(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1), batch(2)])
    store.acknowledge(store.take())
    crash(store)
    store = open_store(tmp_path)
    assert store.take().body == batch(1).body
    store.close()
    # With a flush (or a commit) in between it is gone.
    store = open_store(tmp_path)
    store.acknowledge(store.take())
    store.flush()
    crash(store)
    store = open_store(tmp_path)
    assert store.take().body == batch(2).body
    store.close()


def test_parts_keep_their_place_over_a_restart(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1, 2, 3, 4), batch(5)])
    whole = store.take()
    store.replace(whole, [batch(1, 2), batch(3, 4)])
    first = store.take()
    store.replace(first, [batch(1), batch(2)])
    crash(store)
    store = open_store(tmp_path)
    bodies = []
    while (taken := store.take()) is not None:
        bodies.append(taken.body)
    assert bodies == [batch(1).body, batch(2).body, batch(3, 4).body, batch(5).body]
    store.close()


def test_letters_replayed_by_another_process_are_noticed_by_the_running_agent(tmp_path):
    agent = open_store(tmp_path)
    rings = []
    agent.on_commit(lambda: rings.append(1))
    agent.commit(batches=[batch(1)], dead=[letter(7), letter(8), letter(9)])
    agent.acknowledge(agent.take())
    rings.clear()
    visitor = DiskStore.attach(tmp_path, clock=ManualClock())
    assert [d.key for d in visitor.dead_letters()] == [1, 2, 3]
    assert visitor.replay([1, 3]) == 2
    assert visitor.purge([2]) == 1
    visitor.close()
    agent.flush()  # has an acknowledgement to write: the transaction notices
    assert rings == [1]
    assert agent.stats().dead == 0
    taken = agent.take()
    assert taken.body == batch(7, 9).body
    agent.commit(batches=[batch(10)])  # does not reuse the visitor's numbers
    other = agent.take()
    assert (other.body, other.key > taken.key) == (batch(10).body, True)
    agent.acknowledge(taken)
    agent.acknowledge(other)
    agent.close()
    agent = open_store(tmp_path)
    assert agent.take() is None
    agent.close()


class Faltering(DiskRows):
    """A disk that cannot be read for a while."""

    broken = False

    def infos(self, first, last):
        if self.broken:
            raise StoreUnavailable("input/output error")
        return super().infos(first, last)


@pytest.mark.parametrize("idle", [False, True])
def test_replayed_letters_that_could_not_be_read_at_first_are_noticed_later_and_not_written_over(
    tmp_path, idle
):
    open_store(tmp_path).close()
    rows = Faltering(open_cache(tmp_path / "outbox", "normal"))
    agent = Outbox(rows, capacity=2**26, clock=ManualClock())
    agent.commit(batches=[], dead=[letter(7)])
    visitor = DiskStore.attach(tmp_path, clock=ManualClock())
    assert visitor.replay([1]) == 1
    visitor.close()
    rows.broken = True
    with pytest.raises(StoreUnavailable):
        agent.flush() if idle else agent.commit(batches=[batch(10)])
    rows.broken = False
    agent.commit(batches=[batch(11)])  # has a number of its own
    assert [agent.take().body, agent.take().body, agent.take()] == [batch(7).body, batch(11).body, None]
    agent.close()


def test_an_idle_agent_notices_without_a_write_and_a_commit_notices_too(tmp_path):
    agent = open_store(tmp_path)
    agent.commit(batches=[], dead=[letter(7), letter(8)])
    agent.flush()
    visitor = DiskStore.attach(tmp_path, clock=ManualClock())
    visitor.replay([1])
    agent.flush()
    assert agent.take().body == batch(7).body
    visitor.replay([2])
    agent.commit(batches=[batch(3)])
    assert [agent.take().body, agent.take().body] == [batch(8).body, batch(3).body]
    visitor.close()
    agent.close()


def test_a_visitor_sees_the_totals(tmp_path):
    agent = open_store(tmp_path)
    agent.commit(batches=[batch(1, 2)], tallies={"web": Tally(read=2, events=Counter(s=2))})
    visitor = DiskStore.attach(tmp_path, clock=ManualClock())
    assert (visitor.stats().events, visitor.tallies()["web"].read) == (2, 2)
    visitor.close()
    agent.close()


def test_a_visitor_who_only_looks_changes_nothing(tmp_path):
    agent = open_store(tmp_path)
    agent.commit(batches=[batch(1)], dead=[letter(2)])
    agent.flush()
    assert agent._rows.foreign() is False
    visitor = DiskStore.attach(tmp_path, clock=ManualClock())
    assert (visitor.stats().dead, len(list(visitor.dead_letters()))) == (1, 1)
    visitor.close()
    assert agent._rows.foreign() is False
    agent.close()


def limit_pages(store: DiskStore, more: int) -> None:
    """The file system is full: SQLite is told that the file cannot grow by more than so many pages."""
    connection = store._rows._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + more}").fetchone()


def test_a_full_disk_leaves_no_trace_of_the_commit_and_it_goes_on_by_itself(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1)])
    limit_pages(store, 3)
    big = Batch(body=random.Random(1).randbytes(200_000).hex().encode(), events=1)
    point = Checkpoint(file_id="a" * 32, source="web", offset=7, state={"v": 1})
    before = store.stats()
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="full"):
            store.commit(batches=[batch(2), big], checkpoints=[point], tallies={"web": Tally(read=1)})
    assert store.stats() == before
    assert store.checkpoints() == []
    assert store.tallies() == {}
    taken = store.take()
    with pytest.raises(StoreUnavailable):
        store.replace(taken, [big])
    store.release(taken)
    assert store.take().body == batch(1).body
    store._rows._connection.execute("PRAGMA max_page_count = 1000000").fetchone()
    store.commit(batches=[batch(2), big], checkpoints=[point])
    assert store.checkpoints() == [point]
    assert [store.take().body, store.take().body] == [batch(2).body, big.body]
    store.close()


def test_the_last_space_is_left_for_emptying_the_outbox(tmp_path):
    from logsource.store.disk_rows import SPARE_BYTES, DiskRows
    from logsource.store.guard import open_cache
    from logsource.store.outbox import Outbox

    free = [2**30]
    rows = DiskRows(open_cache(tmp_path, "normal"), free_bytes=lambda _: free[0])
    store = Outbox(rows, capacity=2**26, clock=ManualClock())
    large = Batch(body=random.Random(1).randbytes(60_000).hex().encode(), events=1)
    store.commit(batches=[large, batch(2)])
    free[0] = SPARE_BYTES + 10
    point = Checkpoint(file_id="a" * 32, source="web", offset=7, state={"v": 1})
    with pytest.raises(StoreUnavailable, match="only 8192 KiB are free"):
        store.commit(batches=[batch(3)], checkpoints=[point])
    assert store.checkpoints() == []
    store.commit(batches=[], checkpoints=[point])  # what makes the outbox no larger goes on
    store.acknowledge(store.take())
    store.replace(store.take(), [], [letter(2)])
    store.flush()
    assert store.stats().batches == 0
    with pytest.raises(StoreUnavailable):
        store.commit(batches=[large])
    store.commit(batches=[batch(4)])  # fits into the pages that were freed
    free[0] = SPARE_BYTES // 2 - 1
    with pytest.raises(StoreUnavailable):
        store.commit(batches=[batch(3)])
    free[0] = 2**30
    store.commit(batches=[batch(3)])
    store.close()


def test_closing_on_a_full_disk_is_no_disaster(tmp_path, caplog):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1)])
    store.acknowledge(store.take())
    store._rows._connection.execute("PRAGMA query_only = 1")  # every write fails with SQLITE_READONLY
    store.close()
    assert "acknowledgements_lost" in caplog.text
    store = open_store(tmp_path)  # the lock was let go, and the batch is sent again
    assert store.take().body == batch(1).body
    store.close()


def test_a_closed_outbox_says_so(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1)])
    taken = store.take()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.commit(batches=[batch(2)])
    with pytest.raises(StoreUnavailable, match="closed"):
        store.replace(taken, [batch(1)])
    store.acknowledge(taken)  # too late to be written: it will be sent again
    store.flush()


def test_the_file_shrinks_again_after_an_outage(tmp_path):
    store = open_store(tmp_path)
    noise = random.Random(2)
    for _ in range(20):
        store.commit(batches=[Batch(body=noise.randbytes(500_000).hex().encode(), events=1)])
    while (taken := store.take()) is not None:
        store.acknowledge(taken)
    for _ in range(10):
        store.flush()
    store.close()
    assert (tmp_path / "outbox/cache.db").stat().st_size < 8 * 2**20


def test_a_backlog_that_is_delivered_without_a_commit_is_deleted_on_the_way(tmp_path):
    store = open_store(tmp_path)
    for n in range(30):
        store.commit(batches=[batch(n * 10 + i) for i in range(10)])
    while (taken := store.take()) is not None:
        store.acknowledge(taken)
    crash(store)
    store = open_store(tmp_path)
    assert 0 < store.stats().batches < 128  # the rest was already deleted when the process died
    store.close()


def test_nothing_is_ever_culled_or_evicted(tmp_path):
    store = open_store(tmp_path)
    settings = dict(store._rows._connection.execute("SELECT key, value FROM Settings").fetchall())
    assert settings["eviction_policy"] == "none"
    assert settings["cull_limit"] == 0
    assert settings["disk_min_file_size"] == 2**30
    (mode,) = store._rows._connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == "wal"
    store.close()


def test_any_sqlite_tool_can_look_inside(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1, 2, 3)])
    store.close()
    db = sqlite3.connect(tmp_path / "outbox/cache.db")
    rows = db.execute("SELECT key, tag, typeof(value) FROM Cache WHERE typeof(key) = 'integer'").fetchall()
    db.close()
    assert rows == [(1 << 20, 3, "blob")]
