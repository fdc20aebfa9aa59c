"""Whatever a disk does to the bytes of an outbox: it is refused clearly, or what comes out of it is what was put in.

Never an offset that is a little off, an event that nobody wrote, or a body that is silently missing.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from logsource.errors import StoreUnreadable
from logsource.model import Checkpoint, DeadLetter, Tally
from logsource.store.disk import DiskStore
from logsource.store.replay import DAMAGED_ROW
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock

MEMORY = Path("/dev/shm")
PAGE = 4096


def opened(state: Path) -> DiskStore:
    return DiskStore.open(state, capacity=2**30, sync="normal", clock=ManualClock())


class Held:
    """All that an outbox holds, taken out as an agent would."""

    def __init__(self, state: Path) -> None:
        store = opened(state)
        try:
            self.checkpoints = {
                one.file_id: (one.source, one.offset, dict(one.state)) for one in store.checkpoints()
            }
            self.tallies = {
                name: (tally.read, tally.bytes, dict(tally.events), dict(tally.rejected))
                for name, tally in store.tallies().items()
            }
            self.bodies: Counter[tuple[int, bytes]] = Counter()
            while (one := store.take()) is not None:
                self.bodies[one.events, one.body] += 1
            letters = list(store.dead_letters())
            self.damaged = sum(letter.reason == DAMAGED_ROW for letter in letters)
            self.letters = Counter(letter.event for letter in letters if letter.reason != DAMAGED_ROW)
        finally:
            store.close()


@pytest.fixture(scope="module")
def memory():
    """Hundreds of outboxes are opened here; on a disk each would wait for its fsync."""
    directory = Path(tempfile.mkdtemp(prefix="damaged-", dir=MEMORY if MEMORY.is_dir() else None))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def written(memory):
    """An outbox that was used for a while: its state directory, what it holds, an earlier copy of its file."""
    state = memory / "written"
    store = opened(state)
    early = b""
    for n in range(40):
        tally = Tally(read=10, bytes=1000)
        tally.events["iglu:com.acme/thing/jsonschema/1-0-0"] = 9
        tally.rejected["unparsed"] = 1
        point = Checkpoint(
            file_id=f"{n % 20:032x}", source="web", offset=1000 * n + 7, state={"version": 2, "path": f"/l/{n}.log"}
        )  # fmt: skip
        letter = DeadLetter(event=event(n * 10 + 9), reason="unparsed", detail="no_match", at_ms=5)
        store.commit(
            batches=[batch(*range(n * 10, n * 10 + 9))], checkpoints=[point], tallies={"web": tally}, dead=[letter]
        )  # fmt: skip
        if n in (10, 20):
            for _ in range(3):
                store.acknowledge(store.take())
            store.flush()
        if n == 20:
            store.close()
            early = (state / "outbox/cache.db").read_bytes()
            store = opened(state)
    store.close()
    copy = memory / "copy"
    shutil.copytree(state, copy)
    return state, Held(copy), early


def bits(data: bytearray, early: bytes, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def stretch(data: bytearray, early: bytes, chance: random.Random) -> None:
    at, length = chance.randrange(len(data)), chance.choice((2, 16, 300))
    data[at : at + length] = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))[
        : len(data) - at
    ]


def zeroed_page(data: bytearray, early: bytes, chance: random.Random) -> None:
    at = PAGE * chance.randrange(len(data) // PAGE)
    data[at : at + PAGE] = bytes(PAGE)


def stale_page(data: bytearray, early: bytes, chance: random.Random) -> None:
    """A write that the disk acknowledged and never made: lines are read again, under the same ids."""
    at = PAGE * chance.randrange(min(len(data), len(early)) // PAGE)
    data[at : at + PAGE] = early[at : at + PAGE]


def exchanged_pages(data: bytearray, early: bytes, chance: random.Random) -> None:
    one, other = (PAGE * page for page in chance.sample(range(len(data) // PAGE), 2))
    data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]


def cut_off(data: bytearray, early: bytes, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


DAMAGES = {bits: 250, stretch: 100, zeroed_page: 15, stale_page: 40, exchanged_pages: 40, cut_off: 10}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_damage_is_refused_or_does_not_matter(written, memory, damage):
    state, held, early = written
    whole = (state / "outbox/cache.db").read_bytes()
    outcomes: Counter[str] = Counter()
    for seed in range(DAMAGES[damage]):
        data = bytearray(whole)
        damage(data, early, random.Random(seed))
        broken = memory / "broken"
        shutil.rmtree(broken, ignore_errors=True)
        shutil.copytree(state, broken)
        (broken / "outbox/cache.db").write_bytes(data)
        outcomes[judged(broken, held, f"{damage.__name__} {seed}", old=damage is stale_page)] += 1
    assert outcomes["refused"]
    assert outcomes.keys() <= {"refused", "kept", "unharmed"}


def judged(broken: Path, held: Held, which: str, *, old: bool) -> str:
    try:
        found = Held(broken)
    except StoreUnreadable as error:
        return "refused" if "damaged" in str(error) or str(broken) in str(error) else str(error)
    if old:
        assert found.checkpoints.keys() == held.checkpoints.keys(), which
        for name, (source, offset, state) in found.checkpoints.items():
            assert (source, state) == ("web", {"version": 2, "path": f"/l/{offset // 1000}.log"}), which
            assert offset in (held.checkpoints[name][1], held.checkpoints[name][1] - 20_000), which
    else:
        assert found.checkpoints == held.checkpoints, which
        assert found.tallies == held.tallies, which
    assert not found.bodies - held.bodies, which
    assert not found.letters - held.letters, which
    gone = sum((held.bodies - found.bodies).values()) + sum((held.letters - found.letters).values())
    # What could not be read is kept as it is, for people, under the reason that says so.
    assert gone == found.damaged, which
    return "kept" if gone else "unharmed"
