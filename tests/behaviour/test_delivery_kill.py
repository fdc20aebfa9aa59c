"""kill -9 at any moment leaves an outbox in which checkpoint, batches, dead letters and tallies agree."""

from __future__ import annotations

import random
import subprocess
import sys

import orjson

from logsource.clock import SystemClock
from logsource.store.disk import DiskStore

ROUNDS = 25


def numbers_of(body: bytes) -> list[int]:
    return [int(one["eid"]) for one in orjson.loads(body)["data"]]


def run_and_kill(state, seed: int, lines: int, delivered: set[int]) -> int:
    """Start a committer, kill it after so many lines of its output; the last number it spoke of as committed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.committer", str(state), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
    )
    promised = 0
    for _ in range(lines):
        word, *rest = child.stdout.readline().split()
        if word == "committed":
            promised = int(rest[0])
        else:
            delivered.update(map(int, rest))
    child.kill()
    # What it wrote before the signal reached it counts as well: a promise is a promise.
    for line in child.stdout.read().splitlines(keepends=True):
        if line.endswith("\n") and line.startswith("committed"):
            promised = int(line.split()[1])
        elif line.endswith("\n"):
            delivered.update(map(int, line.split()[1:]))
    child.stdout.close()
    child.wait()
    return promised


def test_checkpoint_outbox_dead_letters_and_tallies_agree_after_every_kill(tmp_path):
    choose = random.Random(20)
    delivered: set[int] = set()
    reached = 0
    for seed in range(ROUNDS):
        promised = run_and_kill(tmp_path, seed, choose.randrange(1, 60), delivered)
        store = DiskStore.open(tmp_path, capacity=2**30, sync="normal", clock=SystemClock())
        (point,) = store.checkpoints()
        assert point.offset >= max(promised, reached)
        reached = point.offset
        tally = store.tallies()["web"]
        assert (tally.read, tally.events["s"], tally.imbalance) == (reached, reached, 0)
        waiting: list[int] = []
        keys = []
        while (taken := store.take()) is not None:
            numbers = numbers_of(taken.body)
            assert taken.events == len(numbers)
            waiting += numbers
            keys.append(taken.key)
        assert keys == sorted(keys)
        assert waiting == sorted(waiting)
        assert len(waiting) == len(set(waiting)) == store.stats().events
        dead = [int(orjson.loads(letter.event)["eid"]) for letter in store.dead_letters()]
        assert len(dead) == len(set(dead)) == store.stats().dead
        assert not set(waiting) & set(dead)
        # What was delivered may still be waiting (its delete was not written yet), never be missing.
        assert set(waiting) | set(dead) | delivered >= set(range(reached))
        assert max([*waiting, *dead], default=-1) < reached
        store.close()
    assert reached > ROUNDS
