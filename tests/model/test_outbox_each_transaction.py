"""Whatever happens between an outbox, the workers that send and other processes: behind each transaction, who looks into
the database finds every event once at most, and once if nobody delivered it or threw it away.

That is what the next process finds if this one is killed there.
"""

from __future__ import annotations

import logging
import random
import shutil
from collections import Counter
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.clock import EventWaker
from logsource.config.model import RetryConfig
from logsource.emit.api import Delivery
from logsource.emit.emitter import Emitter
from logsource.emit.outcome import answered, unanswered
from logsource.emit.split import events_of
from logsource.errors import StoreUnavailable
from logsource.store.disk import DiskStore
from logsource.tracker.merging import DiskOutbox
from tests.support.bodies import batch
from tests.support.clocks import ManualClock
from tests.support.crew import Asking, Worker

LIMIT, MOST = 1500, 12
WORKERS = 3
MOODS = [
    "yes",
    "yes",
    "yes",
    "503",
    "reset",
    "lost",
    "413",
    "404",
    "400",
    "yes by get",
    "yes by get",
    "503 by get",
]
ACTIONS = [
    *["commit"] * 3,
    *["begin"] * 6,
    *["answer"] * 8,
    "wait",
    "flush",
    "refuse",
    "refuse at the end",
    "crash",
    "replay",
    "purge",
]
STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 11)), min_size=30, max_size=150)


def culprit(event: bytes) -> bool:
    """Events that the collector refuses each time."""
    return b'7","' in event


class Watched(DiskOutbox):
    """Looked at behind each transaction, before memory follows it; fails when it is told to."""

    refuse = refuse_at_the_end = 0

    @contextmanager
    def _transaction(self):
        if self.refuse:
            self.refuse -= 1
            raise StoreUnavailable("the disk refused")
        with super()._transaction() as given:
            yield given
            if self.refuse_at_the_end:
                self.refuse_at_the_end -= 1
                raise StoreUnavailable("the disk refused to commit")
        self.look()


class Mistakes(logging.Handler):
    """What the emitter says of exceptions that it did not expect: it goes on after them, and a test must not."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        logging.getLogger("logsource.emit").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(logging.Formatter().formatException(record.exc_info))

    def close(self) -> None:
        logging.getLogger("logsource.emit").removeHandler(self)
        super().close()


class World:
    """All that there is, and what must be true of it."""

    def __init__(self, directory) -> None:
        self.clock = ManualClock()
        self.directory = directory
        self.lives = self.numbers = 0
        self.committed: set[bytes] = set()
        self.coming: list[bytes] = []
        self.purged: set[bytes] = set()
        self.accepted: Counter[bytes] = Counter()
        self.excused: Counter[bytes] = Counter()
        """How often an event may come again: its answer was lost, or the process was killed behind it."""
        self.well = False
        self.mistakes = Mistakes()
        self.open()

    def open(self) -> None:
        self.store = Watched.open(self.directory, capacity=2**22, sync="normal", clock=self.clock)
        self.store.look = self.look
        self.store.merge(byte_limit=LIMIT, send_limit=MOST)
        self.workers = [Worker() for _ in range(WORKERS)]
        self.emitter = Emitter(
            store=self.store,
            output=Asking(),
            clock=self.clock,
            random=random.Random(1),
            waker=EventWaker(),
            retry=RetryConfig(initial=0.5, max=2.0),
        )

    def look(self) -> None:
        """As the next process would, if this one were killed now."""
        other = DiskStore.attach(self.directory, clock=self.clock)
        try:
            rows: Counter[bytes] = Counter()
            while (found := other.take()) is not None:
                assert found.events == len(events_of(found))
                rows.update(events_of(found))
            rows.update(letter.event for letter in other.dead_letters())
        finally:
            other.close()
        twice = [event for event, times in rows.items() if times > 1]
        assert not twice, twice
        assert rows.keys() <= self.committed
        missing = self.committed - rows.keys() - self.accepted.keys() - self.purged - set(self.coming)
        assert not missing, missing

    def step(self, action: str, pick: int) -> None:
        getattr(self, action.replace(" ", "_"))(pick)
        assert not self.mistakes.found, self.mistakes.found[0]

    # -- what happens --------------------------------------------------------------------------

    def commit(self, pick: int) -> None:
        numbers = range(self.numbers, self.numbers + 1 + (pick if pick > 6 else 0))
        self.numbers += len(numbers)
        one = batch(*numbers)
        self.coming = events_of(one)
        self.committed.update(self.coming)
        try:
            self.store.commit(batches=[one])
        except StoreUnavailable:
            self.committed.difference_update(self.coming)
        self.coming = []

    def begin(self, pick: int) -> None:
        worker = self.workers[pick % WORKERS]
        if worker.asked is None:
            worker.begin(self.emitter.step)
            if worker.asked is not None:
                events = events_of(worker.asked)
                assert len(set(events)) == len(events) == worker.asked.events

    def answer(self, pick: int) -> None:
        asking = [worker for worker in self.workers if worker.asked is not None]
        if asking:
            worker = asking[pick % len(asking)]
            mood = "yes" if self.well else MOODS[pick]
            worker.answer(self.delivery(events_of(worker.asked), mood))
            assert worker.asked is None

    def delivery(self, events: list[bytes], mood: str) -> Delivery:
        if mood.endswith("by get"):
            return self.one_by_one(events, mood)
        if mood == "413" and (len(events) > 1 or culprit(events[0])):
            return Delivery(answered(413), 0, len(events))
        if mood in {"503", "404", "400"}:
            return Delivery(answered(int(mood)), 0, len(events))
        if mood == "reset":
            return Delivery(unanswered("reset", ""), 0, len(events))
        if any(map(culprit, events)):
            return Delivery(answered(400), 0, len(events))
        self.accept(events)
        if mood == "lost":
            self.excused.update(events)
            return Delivery(unanswered("timeout", ""), 0, len(events))
        return Delivery(answered(200), len(events), 0)

    def one_by_one(self, events: list[bytes], mood: str) -> Delivery:
        for number, event in enumerate(events):
            if culprit(event):
                return Delivery(answered(400), number, 1)
            if number and mood.startswith("503"):
                return Delivery(answered(503), number, 1)
            self.accept([event])
        return Delivery(answered(200), len(events), 0)

    def accept(self, events: list[bytes]) -> None:
        self.accepted.update(events)
        again = {
            event: self.accepted[event] for event in events if self.accepted[event] > 1 + self.excused[event]
        }
        assert not again, again

    def wait(self, pick: int) -> None:
        self.clock.advance(1 + pick)

    def flush(self, pick: int) -> None:
        self.emitter.flush()
        if not (self.store.refuse or self.store.refuse_at_the_end):
            self.counts()

    def counts(self) -> None:
        """What is known in memory is what is in the database."""
        self.store.flush()  # the first may have noticed others instead
        other = DiskStore.attach(self.directory, clock=self.clock)
        mine, theirs = self.store.stats(), other.stats()
        other.close()
        assert (mine.events, mine.bytes, mine.batches, mine.dead, mine.oldest_ms) == (
            theirs.events,
            theirs.bytes,
            theirs.batches,
            theirs.dead,
            theirs.oldest_ms,
        )

    def refuse(self, pick: int) -> None:
        self.store.refuse = 1 + pick % 3

    def refuse_at_the_end(self, pick: int) -> None:
        self.store.refuse_at_the_end = 1 + pick % 3

    def crash(self, pick: int) -> None:
        """What is on disk now is found, elsewhere, by a process that starts after this one was killed."""
        self.lives += 1
        copy = self.directory.with_name(f"state-{self.lives}")
        shutil.copytree(self.directory, copy)
        self.close()
        self.directory = copy
        for event in self.accepted:
            self.excused[event] = self.accepted[event]
        self.open()
        self.look()

    def replay(self, pick: int) -> None:
        """Another process puts some dead letters back."""
        other = DiskStore.attach(self.directory, clock=self.clock)
        other.replay([key for key in other.dead_keys() if key % 3 != pick % 3])
        other.close()
        self.look()

    def purge(self, pick: int) -> None:
        other = DiskStore.attach(self.directory, clock=self.clock)
        letters = [letter for letter in other.dead_letters() if letter.key % 4 == pick % 4]
        self.purged.update(letter.event for letter in letters)
        other.purge([letter.key for letter in letters])
        other.close()
        self.look()

    def close(self) -> None:
        """Nobody is heard any more."""
        self.store.look = lambda: None
        self.store.close()
        for worker in self.workers:
            if worker.asked is not None:
                worker.answer(Delivery(answered(503), 0, worker.asked.events))
            worker.close()

    # -- the end -------------------------------------------------------------------------------

    def end(self) -> None:
        """The collector is well, nobody is killed: all arrives."""
        self.well = True
        self.store.refuse = self.store.refuse_at_the_end = 0
        for turn in range(3000):
            if not any(worker.asked for worker in self.workers) and self.emitter.drained:
                self.emitter.flush()
                if self.emitter.drained:  # nothing came from others
                    break
            self.begin(turn)
            self.answer(turn)
            self.clock.advance(0.5)
        assert self.emitter.drained
        assert not self.mistakes.found, self.mistakes.found[0]
        self.counts()
        letters = Counter(letter.event for letter in self.store.dead_letters())
        assert all(times == 1 for times in letters.values())
        assert self.committed <= self.accepted.keys() | letters.keys() | self.purged
        assert not [event for event in self.accepted if culprit(event)]


def live_through(directory, steps) -> None:
    """One program of steps, from an empty outbox to one from which all was delivered."""
    world = World(directory)
    try:
        for action, pick in steps:
            world.step(action, pick)
        world.end()
    finally:
        world.close()
        world.mistakes.close()


@settings(max_examples=6)  # each looks into databases hundreds of times
@given(steps=STEPS)
def test_behind_each_transaction_every_event_is_in_one_place(tmp_path_factory, steps):
    live_through(tmp_path_factory.mktemp("outbox") / "state", steps)


@pytest.mark.soak
def test_thousands_of_programs(tmp_path):
    for seed in range(3000):
        chance = random.Random(seed)
        steps = [(chance.choice(ACTIONS), chance.randrange(12)) for _ in range(chance.randrange(30, 200))]
        live_through(tmp_path / str(seed) / "state", steps)
        shutil.rmtree(tmp_path / str(seed))
