"""Every storage, by turns."""

from __future__ import annotations

import pytest

from logsource.store.disk import DiskStore
from logsource.store.memory import MemoryStore
from logsource.tracker.merging import DiskOutbox, MemoryOutbox
from tests.support.clocks import ManualClock
from tests.support.storages import CAPACITY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now_ms=1_700_000_000_000)


@pytest.fixture(params=[DiskStore, DiskOutbox, MemoryStore, MemoryOutbox])
def store(request, tmp_path, clock):
    """Those that join rows keep the contract as well; here they are told to join none."""
    if issubclass(request.param, DiskStore):
        store = request.param.open(tmp_path / "state", capacity=CAPACITY, sync="normal", clock=clock)
    else:
        store = request.param(capacity=CAPACITY, clock=clock)
    yield store
    store.close()
