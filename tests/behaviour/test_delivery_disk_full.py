"""The kernel refuses to let the outbox grow: nothing is half written, and it goes on when there is room."""

from __future__ import annotations

import subprocess
import sys

from logsource.clock import SystemClock
from logsource.store.disk import DiskStore

# RLIMIT_FSIZE makes write() fail with EFBIG, which SQLite sees as it would see a device without space.
CHILD = """
import pathlib, random, resource, signal, sys
from logsource.clock import SystemClock
from logsource.errors import StoreUnavailable
from logsource.model import Batch, Checkpoint
from logsource.store.disk import DiskStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = DiskStore.open(pathlib.Path(sys.argv[1]), capacity=2**30, sync="normal", clock=SystemClock())
noise = random.Random(1)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))

def commit(number):
    body = Batch(body=noise.randbytes(50_000).hex().encode(), events=1)
    point = Checkpoint(file_id="a" * 32, source="web", offset=number, state={"v": 1})
    store.commit(batches=[body], checkpoints=[point])

done = 0
refused = 0
while refused < 3:
    try:
        commit(done + 1)
        done += 1
    except StoreUnavailable as error:
        refused += 1
        message = str(error)
    assert done < 1000
assert store.stats().events == done, (store.stats(), done)
assert [c.offset for c in store.checkpoints()] == [done]
print("refused", done, message, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for _ in range(5):
    commit(done + 1)
    done += 1
store.close()
print("done", done, flush=True)
"""


def test_a_disk_without_space_stops_the_commits_and_harms_nothing(tmp_path):
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert child.returncode == 0, child.stderr
    first, last = child.stdout.splitlines()
    assert "the disk refused" in first
    assert "nothing was written" in first
    before, after = int(first.split()[1]), int(last.split()[1])
    assert before > 5
    assert after == before + 5
    store = DiskStore.open(tmp_path, capacity=2**30, sync="normal", clock=SystemClock())
    assert store.stats().events == after
    assert [point.offset for point in store.checkpoints()] == [after]
    taken = 0
    while (batch := store.take()) is not None:
        assert len(batch.body) == 100_000
        taken += 1
    assert taken == after
    assert list(store.dead_letters()) == []
    store.close()
