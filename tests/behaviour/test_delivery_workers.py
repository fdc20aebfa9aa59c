"""Worker threads: concurrency, one probe while the collector is down, and an orderly end."""

from __future__ import annotations

import random
import threading

import pytest

from logsource.clock import EventWaker, SystemClock
from logsource.config.model import CollectorConfig, RetryConfig
from logsource.emit.emitter import Emitter
from logsource.emit.http import HttpOutput
from logsource.emit.suspects import BURY_IN_A_ROW
from logsource.emit.workers import EmitterWorkers
from logsource.store.disk import DiskStore
from tests.support.bodies import batch, ids
from tests.support.sink import OK, Answer, Sink


class Running:
    def __init__(self, tmp_path, answer=None, *, threads: int = 4, timeout: float = 5.0):
        self.clock = SystemClock()
        self.sink = Sink(answer)
        self.store = DiskStore.open(tmp_path / "state", capacity=2**26, sync="normal", clock=self.clock)
        config = CollectorConfig(url=self.sink.url, concurrency=threads, timeout=timeout)
        self.output = HttpOutput(config)
        waker = EventWaker()
        self.emitter = Emitter(
            store=self.store,
            output=self.output,
            clock=self.clock,
            random=random.Random(1),
            waker=waker,
            retry=RetryConfig(initial=0.02, max=0.05),
        )
        self.workers = EmitterWorkers(self.emitter, threads=threads, clock=self.clock, waker=waker)
        self.workers.start()

    def close(self) -> None:
        self.workers.stop(0)
        self.output.close()
        self.store.close()
        self.sink.close()


@pytest.fixture
def running(tmp_path):
    started = []

    def start(answer=None, **options) -> Running:
        started.append(Running(tmp_path, answer, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_workers_deliver_everything_once_while_batches_keep_coming(running):
    r = running()
    for n in range(300):
        r.store.commit(batches=[batch(n)])
    assert r.workers.stop(20)
    assert sorted(ids(r.sink.events())) == list(range(300))
    assert 1 <= r.sink.connections <= 4


def test_a_commit_wakes_an_idle_worker(running):
    r = running(threads=1)
    for n in range(5):
        r.store.commit(batches=[batch(n)])
        r.sink.wait_for(lambda n=n: len(r.sink.events()) == n + 1)


def test_workers_really_send_at_the_same_time(running):
    together = threading.Barrier(3, timeout=60)

    def answer(request):
        together.wait()
        return OK

    r = running(answer, threads=3)
    r.store.commit(batches=[batch(n) for n in range(3)])
    r.sink.wait_for(lambda: len(r.sink.events()) == 3)


def test_while_the_collector_is_down_only_one_worker_knocks(running):
    lock = threading.Lock()
    arrived: list[int] = []
    held = threading.Event()

    def answer(request):
        with lock:
            arrived.append(request.number)
        if request.number < 8:
            return Answer(503)
        if request.number == 8:
            # The probe is under way and gets no answer: nobody else may knock meanwhile.
            held.wait(0.5)
            with lock:
                assert arrived[-1] == 8, "another worker knocked while the probe was under way"
        return OK

    r = running(answer, threads=4)
    r.store.commit(batches=[batch(n) for n in range(40)])
    r.sink.wait_for(lambda: len(r.sink.events()) == 40)
    assert sorted(ids(r.sink.events())) == list(range(40))


def test_stop_drains_and_says_so(running, tmp_path):
    r = running(threads=2)
    r.store.commit(batches=[batch(n) for n in range(50)])
    assert r.workers.stop(20) is True
    assert len(r.sink.events()) == 50


def test_stop_gives_up_at_its_deadline_and_what_is_unsent_is_sent_by_the_next_agent(running, tmp_path):
    r = running(lambda request: Answer(503), threads=2)
    r.store.commit(batches=[batch(n) for n in range(5)])
    r.sink.wait_for(lambda: r.sink.count >= 2)
    assert r.workers.stop(0.1) is False
    r.close()
    again = running(threads=2)
    again.sink.wait_for(lambda: len(again.sink.events()) == 5)
    assert sorted(ids(again.sink.events())) == [0, 1, 2, 3, 4]


def test_a_request_without_an_answer_at_shutdown_is_repeated_by_the_next_agent(running, tmp_path):
    release = threading.Event()
    r = running(lambda request: Answer(hold=release), threads=1)
    r.store.commit(batches=[batch(1)])
    r.sink.wait_for(lambda: r.sink.count == 1)
    assert r.workers.stop(0) is False
    r.store.close()
    release.set()
    again = running(threads=1)
    again.sink.wait_for(lambda: ids(again.sink.events()) == [1])


def test_what_was_held_under_suspicion_can_be_taken_again_after_stop(running):
    r = running(lambda request: Answer(400), threads=1)
    r.store.commit(batches=[batch(n) for n in range(BURY_IN_A_ROW + 4)])
    r.sink.wait_for(lambda: "rejects every event" in (r.emitter.blocked or ""))
    assert r.workers.stop(0) is False
    left = []
    while (taken := r.store.take()) is not None:
        left.append(taken.body)
    assert left == [batch(n).body for n in range(BURY_IN_A_ROW, BURY_IN_A_ROW + 4)]
