"""Random lives of an outbox: every committed event is in exactly one of outbox, delivered and dead letters.

The model is three sets. The collector of the model is a function that rejects what is `bad`, finds
large what is `huge`, and may be down; the emitter and the store are the real ones.
"""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from pathlib import Path

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from logsource.clock import EventWaker
from logsource.config.model import RetryConfig
from logsource.emit.api import Delivery
from logsource.emit.emitter import Emitter
from logsource.emit.outcome import answered, unanswered
from logsource.model import STM_PLACEHOLDER, DeadLetter
from logsource.store.disk import DiskStore
from logsource.store.format import decode_batch
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock

MEMORY = Path("/dev/shm")
"""Hundreds of small outboxes are made here; on a disk each would wait for its fsync."""


class Crash(BaseException):
    """The process ends here; nothing after it happens."""


class ModelCollector:
    """An `Output` that remembers what it accepted, byte for byte."""

    def __init__(self) -> None:
        self.down = False
        self.rejects_all = False
        self.bad: set[int] = set()
        self.huge: set[int] = set()
        self.most_events = 1000
        self.crash: str | None = None
        self.one_by_one = False
        self.accepted: dict[int, bytes] = {}

    def send(self, one) -> Delivery:
        if self.crash == "before":
            self.crash = None
            raise Crash
        events = _events(one.body)
        if self.one_by_one:
            for index, single in enumerate(events):
                delivery = self._judge([single])
                if not delivery.delivered:
                    return Delivery(delivery.outcome, index, 1)
            delivery = Delivery(answered(200), len(events), 0)
        else:
            delivery = self._judge(events)
        if self.crash == "after":
            self.crash = None
            raise Crash
        return delivery

    def _judge(self, events: list[bytes]) -> Delivery:
        numbers = [int(orjson.loads(one)["eid"]) for one in events]
        if self.down:
            return Delivery(unanswered("reset", "down"), 0, len(events))
        if self.rejects_all:
            return Delivery(answered(400, b"no"), 0, len(events))
        if len(numbers) > self.most_events or self.huge & set(numbers):
            return Delivery(answered(413), 0, len(events))
        if self.bad & set(numbers):
            return Delivery(answered(422, b"bad"), 0, len(events))
        for number, one in zip(numbers, events, strict=True):
            # A resend must be the identical event: de-duplication downstream compares the payloads.
            assert self.accepted.setdefault(number, one) == one
        return Delivery(answered(200), len(events), 0)

    def close(self) -> None:
        pass


def _events(body: bytes) -> list[bytes]:
    return re.findall(rb'\{"e":"ue".*?' + re.escape(STM_PLACEHOLDER) + rb"\}", body)


class OutboxLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="outbox-", dir=MEMORY if MEMORY.is_dir() else None))
        self.clock = ManualClock()
        self.collector = ModelCollector()
        self.committed: set[int] = set()
        self.purged: set[int] = set()
        self.store: DiskStore | None = None

    @initialize()
    def start(self) -> None:
        self._open()

    def _open(self) -> None:
        self.store = DiskStore.open(self.directory, capacity=2**30, sync="normal", clock=self.clock)
        self.emitter = Emitter(
            store=self.store,
            output=self.collector,
            clock=self.clock,
            random=random.Random(1),
            waker=EventWaker(),
            retry=RetryConfig(initial=0.5, max=30.0),
        )

    def _crash(self) -> None:
        self.store._rows._connection.close()
        self.store._lock.release()
        self._open()

    @rule(
        sizes=st.lists(st.integers(1, 12), min_size=1, max_size=3), bad=st.integers(0, 3), huge=st.booleans()
    )
    def commit(self, sizes: list[int], bad: int, huge: bool) -> None:
        batches = []
        for size in sizes:
            first = len(self.committed)
            numbers = list(range(first, first + size))
            self.committed.update(numbers)
            if bad:
                self.collector.bad.update(numbers[::bad])
            if huge:
                self.collector.huge.add(numbers[-1])
            batches.append(batch(*numbers))
        self.store.commit(batches=batches)

    @rule()
    def commit_a_dead_letter(self) -> None:
        number = len(self.committed)
        self.committed.add(number)
        self.store.commit(
            batches=[], dead=[DeadLetter(event=event(number), reason="unparsed", detail="", at_ms=1)]
        )

    @rule(most=st.sampled_from([1, 3, 1000]), down=st.booleans(), one_by_one=st.booleans())
    def collector_changes(self, most: int, down: bool, one_by_one: bool) -> None:
        self.collector.most_events = most
        self.collector.down = down
        self.collector.one_by_one = one_by_one

    @rule(broken=st.booleans())
    def proxy_breaks_or_is_repaired(self, broken: bool) -> None:
        self.collector.rejects_all = broken

    @rule()
    def events_are_repaired(self) -> None:
        self.collector.bad.clear()
        self.collector.huge.clear()

    @rule(steps=st.integers(1, 40))
    def emit(self, steps: int) -> None:
        for _ in range(steps):
            if not self.emitter.step():
                self.clock.advance(max(self.emitter.wait_hint(), 0.01))

    @rule(when=st.sampled_from(["before", "after"]))
    def crash_while_posting(self, when: str) -> None:
        self.collector.crash = when
        try:
            for _ in range(5):
                self.emitter.step()
                self.clock.advance(60)
        except Crash:
            self._crash()
        self.collector.crash = None

    @rule()
    def crash(self) -> None:
        self._crash()

    @rule()
    def restart(self) -> None:
        self.emitter.release_held()
        self.store.close()
        self._open()

    @rule()
    def flush(self) -> None:
        self.store.flush()

    @rule(from_outside=st.booleans())
    def replay(self, from_outside: bool) -> None:
        who = DiskStore.attach(self.directory, clock=self.clock) if from_outside else self.store
        keys = [letter.key for letter in who.dead_letters()][::2]
        assert who.replay(keys) == len(keys)
        if from_outside:
            who.close()
            self.store.flush()
            self.store.flush()

    @rule()
    def purge(self) -> None:
        for letter in list(self.store.dead_letters())[:1]:
            self.purged.add(_number(letter.event))
            assert self.store.purge([letter.key]) == 1

    @invariant()
    def every_event_is_in_exactly_one_place(self) -> None:
        if self.store is None:
            return
        waiting = self._waiting()
        dead = [_number(letter.event) for letter in self.store.dead_letters()]
        # Nothing is twice in the outbox, twice dead, or in both: delivered may overlap with waiting
        # only until the delete is written, which stats (memory) already know.
        assert len(waiting) == len(set(waiting))
        assert len(dead) == len(set(dead))
        assert not set(waiting) & set(dead)
        assert set(waiting) | set(dead) | set(self.collector.accepted) | self.purged == self.committed
        assert self.store.stats().dead == len(dead)
        assert self.store.stats().events == len(waiting)

    def _waiting(self) -> list[int]:
        """What the outbox holds, by its own index: taken ones too, acknowledged ones not."""
        index = self.store._ledger._index
        bodies = []
        for key in sorted(index._entries):
            stored = decode_batch(self.store._rows.get(key))
            assert stored.events == index[key].events
            bodies += _events(stored.body)
        return [_number(one) for one in bodies]

    def teardown(self) -> None:
        if self.store is not None:
            # In the end, with a collector that is up and one good event as proof that it is not the road
            # that is bad, everything is delivered or buried.
            self.collector.down = self.collector.rejects_all = False
            good = len(self.committed)
            self.committed.add(good)
            self.store.commit(batches=[batch(good)])
            for _ in range(3000):
                if self.emitter.drained:
                    break
                if not self.emitter.step():
                    self.clock.advance(max(self.emitter.wait_hint(), 0.01))
            assert self.emitter.drained
            dead = {_number(letter.event) for letter in self.store.dead_letters()}
            assert dead | set(self.collector.accepted) | self.purged == self.committed
            self.store.close()
        shutil.rmtree(self.directory)


def _number(one: bytes) -> int:
    return int(orjson.loads(one)["eid"])


OutboxLife.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestOutboxLife = OutboxLife.TestCase
