"""When the store or our own code fails, the batch is kept and the emitter goes on."""

from __future__ import annotations

import logging
import random

from logsource.clock import EventWaker, SystemClock
from logsource.config.model import RetryConfig
from logsource.emit.api import Delivery
from logsource.emit.emitter import Emitter
from logsource.emit.outcome import answered
from logsource.emit.workers import EmitterWorkers
from logsource.errors import StoreUnavailable
from logsource.store.memory import MemoryStore
from tests.support.bodies import batch
from tests.support.clocks import ManualClock
from tests.support.emitting import emitter_over, run


class Output:
    def __init__(self, *, bugs: int = 0) -> None:
        self.bugs = bugs
        self.sent: list[bytes] = []

    def send(self, one) -> Delivery:
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("a bug of ours")
        self.sent.append(one.body)
        return Delivery(answered(200), one.events, 0)

    def close(self) -> None:
        pass


class FullDisk(MemoryStore):
    """Nothing can be written for a while."""

    full = 0

    def replace(self, *args, **kwargs) -> None:
        if self.full:
            self.full -= 1
            raise StoreUnavailable("the disk refused")
        super().replace(*args, **kwargs)

    def flush(self) -> None:
        if self.full:
            raise StoreUnavailable("the disk refused")
        super().flush()


def test_a_bug_is_logged_with_its_trace_and_the_batch_is_sent_later(caplog):
    clock, output = ManualClock(), Output(bugs=2)
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    store.commit(batches=[batch(1)])
    run(emitter, clock)
    assert output.sent == [batch(1).body]
    assert emitter.drained
    traces = [record for record in caplog.records if record.exc_info]
    assert len(traces) == 2


def test_a_bug_that_stays_is_said_to_block_delivery_until_it_goes():
    clock, output = ManualClock(), Output(bugs=6)
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    store.commit(batches=[batch(1)])
    while output.bugs > 2:
        run(emitter, clock, 0.1)
    assert "a bug of ours" in (emitter.blocked or "")
    run(emitter, clock)
    assert (emitter.drained, emitter.blocked) == (True, None)


def test_a_disk_that_refuses_to_split_keeps_the_batch_and_says_so(caplog):
    class TooLarge(Output):
        def send(self, one) -> Delivery:
            if one.events > 1:
                return Delivery(answered(413), 0, one.events)
            return super().send(one)

    clock, output = ManualClock(), TooLarge()
    store = FullDisk(capacity=2**20, clock=clock)
    store.full = 6
    emitter = emitter_over(store, output, clock)
    store.commit(batches=[batch(1, 2)])
    with caplog.at_level(logging.ERROR):
        run(emitter, clock, 5)
        assert store.stats().events == 2
        assert store.full > 0
        run(emitter, clock, 120)
    assert output.sent == [batch(1).body, batch(2).body]
    assert emitter.drained
    assert emitter.blocked is None
    assert any("store_trouble" in record.getMessage() for record in caplog.records)
    # Rate-limited: fewer lines than failures in the first seconds.
    assert len([r for r in caplog.records if "store_trouble" in r.getMessage()]) <= 13


def test_a_worker_that_finds_nothing_while_another_still_sends_does_not_take_it_for_the_end():
    """The parts of what is under way may be accepted; only when suspects alone are left does trying go slowly."""

    class AskedMeanwhile(Output):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[bool] = []

        def send(self, one) -> Delivery:
            if one.events > 1:  # another worker looks for work while this is under way
                self.found.append(emitter.step())
                return Delivery(answered(400), 0, one.events)
            if b'"9"' in one.body:
                return super().send(one)
            return Delivery(answered(400), 0, 1)

    clock, output = ManualClock(), AskedMeanwhile()
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    # Eight are buried, the ninth is held; then come two in one body, of which the first is good.
    store.commit(batches=[batch(*[100 + n]) for n in range(9)])
    for _ in range(9):
        assert emitter.step()
    store.commit(batches=[batch(9, 8)])
    while not output.sent:
        assert emitter.step(), "goes on without a pause"
    assert output.found == [False]
    assert output.sent == [batch(9).body]


def test_the_end_comes_in_order_on_a_disk_that_refuses(caplog):
    clock, output = ManualClock(), Output()
    store = FullDisk(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    workers = EmitterWorkers(emitter, threads=2, clock=SystemClock(), waker=EventWaker())
    store.commit(batches=[batch(1)])
    workers.start()
    store.full = 1
    assert workers.stop(10)
    assert output.sent == [batch(1).body]
    assert any("store_trouble" in record.getMessage() for record in caplog.records)


def test_the_same_news_is_not_logged_a_thousand_times(caplog):
    class Down(Output):
        def send(self, one) -> Delivery:
            return Delivery(answered(503), 0, one.events)

    clock = ManualClock()
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = Emitter(
        store=store,
        output=Down(),
        clock=clock,
        random=random.Random(1),
        waker=EventWaker(),
        retry=RetryConfig(initial=0.01, max=0.02),
    )
    store.commit(batches=[batch(1)])
    with caplog.at_level(logging.WARNING):
        run(emitter, clock, 30)
    lines = [record.getMessage() for record in caplog.records]
    assert 3 <= len(lines) <= 4
    assert "event=retry" in lines[0]
    assert "code=503" in lines[0]
    assert "suppressed" not in lines[0]
    suppressed = [int(line.rpartition("suppressed=")[2]) for line in lines[1:]]
    assert all(count > 100 for count in suppressed)
