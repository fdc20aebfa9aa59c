"""What is handed out waits for the disk once, however many ask; a disk that fails keeps it back."""

from __future__ import annotations

import threading

import pytest

from logsource.errors import StoreUnavailable
from logsource.model import Checkpoint
from logsource.store.barrier import Barrier
from logsource.store.disk import DiskStore
from logsource.store.disk_rows import DiskRows
from logsource.store.guard import open_cache
from logsource.store.logsync import LogSync
from logsource.store.outbox import Outbox
from logsource.tracker.merging import Merging
from tests.support.bodies import batch
from tests.support.clocks import ManualClock

PATIENCE = 30.0


class Disk:
    """Counts syncs; may fail, and may be slow."""

    def __init__(self) -> None:
        self.syncs = 0
        self.broken = False
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def sync(self) -> None:
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        if self.broken:
            raise OSError(5, "Input/output error")
        self.syncs += 1


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture(params=[Outbox, Merging])
def store(request, tmp_path, disk):
    DiskStore.open(tmp_path, capacity=2**20, sync="normal", clock=ManualClock()).close()
    rows = DiskRows(open_cache(tmp_path / "outbox", "normal"), sync=disk.sync)
    made = request.param(rows, capacity=2**20, clock=ManualClock())
    if isinstance(made, Merging):
        made.merge(byte_limit=10_000, send_limit=10)
    made.flush()
    disk.syncs = 0
    disk.begun.clear()
    yield made
    made.close()


def commit(store: Outbox, number: int, *, new: bool) -> None:
    point = Checkpoint(file_id=f"{number:032x}", source="web", offset=1, state={"v": 1}, new_ids=new)
    store.commit(batches=[batch(number)], checkpoints=[point])


def test_only_the_first_rows_of_files_are_waited_for(store, disk):
    commit(store, 1, new=False)
    assert store.take() is not None
    assert disk.syncs == 0
    commit(store, 2, new=True)
    commit(store, 3, new=False)
    assert store.take() is not None
    assert disk.syncs == 1
    store.take()
    store.flush()
    assert disk.syncs == 1


def test_a_file_that_gave_no_events_yet_is_on_the_disk_soon(store, disk):
    point = Checkpoint(file_id="f" * 32, source="web", offset=1, state={"v": 1}, new_ids=True)
    store.commit(batches=[], checkpoints=[point])
    store.flush()
    assert disk.syncs == 1


def test_a_disk_that_refuses_keeps_the_rows_back_until_it_takes_them(store, disk):
    commit(store, 1, new=False)
    commit(store, 2, new=True)
    disk.broken = True
    if not isinstance(store, Merging):
        assert store.take() is not None, "nothing keeps this one"
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            store.take()
    with pytest.raises(StoreUnavailable):
        store.flush()
    disk.broken = False
    bodies = []
    while (one := store.take()) is not None:
        bodies.append(one.body)
    assert b"".join(bodies).count(b'"eid":"2"') == 1
    assert disk.syncs == 1


def test_what_is_committed_during_a_sync_needs_another_one():
    disk = Disk()
    disk.go_on.clear()
    barrier = Barrier(disk.sync)
    barrier.set(1)
    passed = []
    threads = []
    for key in (1, 5, 9):
        thread = threading.Thread(target=lambda key=key: (barrier.pass_by(key), passed.append(key)))
        thread.start()
        threads.append(thread)
        if key == 5:
            assert disk.begun.wait(PATIENCE)
            barrier.set(9)
    assert passed == []
    disk.go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(passed) == [1, 5, 9]
    assert disk.syncs == 2


def test_a_row_before_the_first_new_one_never_waits():
    disk = Disk()
    barrier = Barrier(disk.sync)
    barrier.set(5)
    barrier.set(7)
    barrier.pass_by(4)
    assert disk.syncs == 0
    barrier.pass_by(5)
    barrier.pass_by(8)
    assert disk.syncs == 1


def test_a_log_is_synced_where_there_is_one(tmp_path):
    LogSync(str(tmp_path))()  # the database holds everything
    (tmp_path / "cache.db-wal").write_bytes(b"x")
    LogSync(str(tmp_path))()
    with pytest.raises(NotADirectoryError):
        LogSync(str(tmp_path / "cache.db-wal"))()
