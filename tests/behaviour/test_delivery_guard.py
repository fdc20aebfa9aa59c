"""A collector (or a proxy before it) that rejects everything must not turn the outbox into dead letters."""

from __future__ import annotations

import threading

from logsource.emit.suspects import BURY_IN_A_ROW
from tests.support.bodies import batch, ids
from tests.support.delivery import Delivering
from tests.support.sink import OK, Answer


def test_when_everything_is_rejected_only_a_few_are_buried_and_the_rest_is_kept():
    broken = threading.Event()
    broken.set()
    with Delivering(lambda r: Answer(400, b"bad gateway config") if broken.is_set() else OK) as d:
        d.store.commit(batches=[batch(*range(50)), batch(*range(50, 100))])
        for _ in range(3600):
            d.steps()
            d.clock.advance(1)
        assert len(list(d.store.dead_letters())) == BURY_IN_A_ROW
        assert d.store.stats().events == 100 - BURY_IN_A_ROW
        assert "rejects every event" in d.emitter.blocked
        assert "bad gateway config" in d.emitter.blocked
        assert d.sink.count < 3600 / 10  # slowly
        broken.clear()
        d.until_drained()
        assert d.emitter.blocked is None
        delivered = ids(d.sink.events())
        buried = [number for number, _ in d.dead()]
        assert sorted(delivered + buried) == list(range(100))
        assert len(buried) == BURY_IN_A_ROW


def test_a_long_run_of_true_culprits_is_buried_once_a_good_event_proves_the_road():
    def answer(request):
        return Answer(400) if any(i < 40 for i in ids(request.events())) else OK

    with Delivering(answer) as d:
        d.store.commit(batches=[batch(*range(40)), batch(*range(100, 110))])
        d.until_drained()
        assert ids(d.sink.events()) == list(range(100, 110))
        assert sorted(number for number, _ in d.dead()) == list(range(40))
        assert d.emitter.blocked is None


def test_a_held_event_that_is_alone_is_tried_again_slowly_and_not_in_a_busy_loop():
    with Delivering(lambda r: Answer(422)) as d:
        d.store.commit(batches=[batch(*range(BURY_IN_A_ROW + 1))])
        d.steps()
        assert len(d.dead()) == BURY_IN_A_ROW
        before = d.sink.count
        for _ in range(600):
            d.clock.advance(1)
            d.steps()
        assert 5 < d.sink.count - before <= 60
        assert d.store.stats().events == 1


def test_what_is_held_goes_back_to_the_outbox_at_shutdown():
    with Delivering(lambda r: Answer(400)) as d:
        d.store.commit(batches=[batch(n) for n in range(BURY_IN_A_ROW + 2)])
        d.steps()
        assert d.store.take() is None  # both are held
        d.emitter.release_held()
        released = [d.store.take(), d.store.take()]
        assert [one.body for one in released] == [batch(n).body for n in (BURY_IN_A_ROW, BURY_IN_A_ROW + 1)]


def test_single_culprits_between_good_events_never_trigger_the_guard():
    with Delivering(lambda r: Answer(400) if any(i % 3 == 0 for i in ids(r.events())) else OK) as d:
        d.store.commit(batches=[batch(n) for n in range(60)])
        d.steps()
        assert d.emitter.drained
        assert [number for number, _ in d.dead()] == list(range(0, 60, 3))
        assert d.emitter.blocked is None
