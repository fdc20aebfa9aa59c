"""What was delivered is not sent again, whatever fails behind the answer; what another worker has stays with it."""

from __future__ import annotations

from collections import Counter

from logsource.emit.api import Delivery, NoHooks
from logsource.emit.outcome import answered
from logsource.emit.split import events_of
from logsource.errors import StoreUnavailable
from logsource.store.memory import MemoryStore
from tests.support.bodies import batch, event
from tests.support.clocks import ManualClock
from tests.support.emitting import emitter_over, run


class OneByOne:
    """As HttpOutput with GET: event after event, until one is refused."""

    def __init__(self, refused: dict[bytes, int]) -> None:
        self.refused = refused
        self.taken: Counter[bytes] = Counter()

    def send(self, one) -> Delivery:
        for number, each in enumerate(events_of(one)):
            if each in self.refused:
                return Delivery(answered(self.refused[each]), number, 1)
            self.taken[each] += 1
        return Delivery(answered(200), one.events, 0)

    def close(self) -> None:
        pass


class Disk(MemoryStore):
    """Does not take parts as long as it is full."""

    full = False

    def replace(self, *args, **kwargs) -> None:
        if self.full:
            raise StoreUnavailable("the disk refused")
        super().replace(*args, **kwargs)


def test_a_full_disk_does_not_have_what_was_delivered_sent_again_and_again():
    clock, output = ManualClock(), OneByOne({event(5): 503})
    store = Disk(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    store.commit(batches=[batch(*range(10))])
    store.full = True
    run(emitter, clock)
    assert output.taken == Counter(map(event, range(5)))
    assert emitter.blocked is not None
    assert not emitter.drained
    store.full, output.refused = False, {}
    run(emitter, clock)
    assert output.taken == Counter(map(event, range(10)))
    assert emitter.drained


def test_what_is_still_to_be_written_at_the_end_is_written_if_it_can_be():
    """The next agent would send the front of the batch again."""
    clock, output = ManualClock(), OneByOne({event(5): 503})
    store = Disk(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock)
    store.commit(batches=[batch(*range(10))])
    store.full = True
    emitter.step()
    store.full = False
    emitter.flush()
    assert events_of(store.take()) == list(map(event, range(5, 10)))


def test_a_mistake_of_whoever_counts_does_not_have_a_batch_sent_again(caplog):
    class Miscounting(NoHooks):
        def on_sent(self, events: int) -> None:
            raise RuntimeError(f"cannot count {events}")

    clock, output = ManualClock(), OneByOne({event(5): 503})
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock, Miscounting())
    store.commit(batches=[batch(1, 2), batch(3, 4, 5)])
    run(emitter, clock)
    output.refused = {}
    run(emitter, clock)
    assert emitter.drained
    assert output.taken == Counter(map(event, range(1, 6)))
    assert "unexpected_error" in caplog.text


def test_a_part_that_another_worker_has_by_now_is_not_taken_from_it():
    """The first part of a batch has the number of the whole; a mistake behind the cut gave that back a second time."""

    class Hooks(NoHooks):
        def on_dead(self, reason: str, events: int) -> None:
            self.elsewhere = store.take()
            raise RuntimeError("a mistake of ours")

    clock, output, hooks = ManualClock(), OneByOne({event(1): 413}), Hooks()
    store = MemoryStore(capacity=2**20, clock=clock)
    emitter = emitter_over(store, output, clock, hooks)
    store.commit(batches=[batch(1, 2, 3)])
    emitter.step()
    assert events_of(hooks.elsewhere) == [event(2), event(3)]
    assert store.take() is None
