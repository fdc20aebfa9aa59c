"""Power fails while the write-ahead log is on its way to the disk: any part of its end may be missing, or be nonsense.

What is found afterwards is the outbox as it was after one of the transactions, never half of one: a position without
its events would lose lines, events without their position would count them twice.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pytest

from logsource.model import Checkpoint, DeadLetter, Tally
from logsource.store.disk import DiskStore
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock

MEMORY = Path("/dev/shm")
SECTOR = 512
CUTS = 120


def opened(state: Path, sync: str) -> DiskStore:
    return DiskStore.open(state, capacity=2**30, sync=sync, clock=ManualClock())


def held(store: DiskStore) -> tuple:
    """Everything that a transaction may change, as one value that can be compared."""
    bodies = []
    while (one := store.take()) is not None:
        bodies.append(one)
    for one in bodies:
        store.release(one)
    return (
        tuple((point.file_id, point.offset) for point in store.checkpoints()),
        tuple((name, tally.read) for name, tally in sorted(store.tallies().items())),
        tuple(one.body for one in bodies),
        tuple(letter.event for letter in store.dead_letters()),
    )


class Life:
    """An outbox that does everything it can, with a picture after each transaction."""

    def __init__(self, state: Path, sync: str) -> None:
        chance = random.Random(3)
        store = opened(state, sync)
        self.after = [held(store)]
        for n in range(1, 41):
            way = chance.random()
            if way < 0.6:
                letters = [DeadLetter(event=event(n), reason="unparsed", detail="", at_ms=1)]
                store.commit(
                    batches=[batch(n * 100 + one, padding=2000) for one in range(chance.randint(1, 5))],
                    checkpoints=[Checkpoint(file_id=f"{n % 3:032x}", source="web", offset=n, state={"v": 1})],
                    tallies={"web": Tally(read=n)},
                    dead=letters if chance.random() < 0.4 else (),
                )
            elif way < 0.8 and (one := store.take()) is not None:
                store.acknowledge(one)
                store.flush()
            elif way < 0.9 and (one := store.take()) is not None:
                store.replace(one, [batch(n * 100 + 50), batch(n * 100 + 51)])
            else:
                store.replay(list(store.dead_keys()))
            self.after.append(held(store))
        outbox = state / "outbox"
        self.database = (outbox / "cache.db").read_bytes()
        self.log = (outbox / "cache.db-wal").read_bytes()
        self._store = store

    def close(self) -> None:
        self._store.close()


@pytest.fixture(scope="module", params=["normal", "full"])
def life(request):
    directory = Path(tempfile.mkdtemp(prefix="power-", dir=MEMORY if MEMORY.is_dir() else None))
    made = Life(directory / "state", request.param)
    yield made, directory, request.param
    made.close()
    shutil.rmtree(directory)


def cut_short(log: bytes, chance: random.Random) -> bytes:
    return log[: chance.randrange(len(log) + 1)]


def sectors_missing(log: bytes, chance: random.Random) -> bytes:
    """Sectors reach the disk in any order; those that did not hold zeros."""
    begin = chance.randrange(32, len(log))
    rest = bytearray(log[begin:])
    for at in range(0, len(rest), SECTOR):
        if chance.random() < 0.5:
            rest[at : at + SECTOR] = bytes(min(SECTOR, len(rest) - at))
    return log[:begin] + bytes(rest)


def nonsense_at_the_end(log: bytes, chance: random.Random) -> bytes:
    short = cut_short(log, chance)
    return short + chance.randbytes(chance.choice((1, 24, 4096, 20_000)))


@pytest.mark.parametrize(
    "damage", [cut_short, sectors_missing, nonsense_at_the_end], ids=lambda one: one.__name__
)
def test_what_is_found_is_the_state_after_one_transaction(life, damage):
    made, directory, sync = life
    assert len(set(made.after)) > 25
    found = set()
    for seed in range(CUTS):
        state = directory / "found"
        shutil.rmtree(state, ignore_errors=True)
        (state / "outbox").mkdir(parents=True, mode=0o700)
        state.chmod(0o700)
        (state / "outbox/cache.db").write_bytes(made.database)
        (state / "outbox/cache.db-wal").write_bytes(damage(made.log, random.Random(seed)))
        store = opened(state, sync)
        try:
            now = held(store)
            assert now in made.after, f"{damage.__name__} {seed}"
            found.add(now)
            store.commit(batches=[batch(9999)])
            assert held(store)[2] == (*now[2], batch(9999).body), "it goes on behind what it has"
        finally:
            store.close()
    assert len(found) > 10


def test_nothing_is_missing_when_all_of_the_log_is_there(life):
    made, directory, sync = life
    state = directory / "whole"
    (state / "outbox").mkdir(parents=True, mode=0o700)
    (state / "outbox/cache.db").write_bytes(made.database)
    (state / "outbox/cache.db-wal").write_bytes(made.log)
    store = opened(state, sync)
    assert held(store) == made.after[-1]
    store.close()
