"""What the machine may run out of, or be wrong about: descriptors, names, the time of day. Nothing is lost by it."""

from __future__ import annotations

import os
import re
import resource
import socket
import ssl
from contextlib import contextmanager
from pathlib import Path

import pytest

from logsource.config.model import CollectorConfig
from logsource.config.tls import TlsConfig
from logsource.emit.http import HttpOutput
from logsource.errors import StoreUnavailable
from logsource.model import Action
from logsource.store.disk import DiskStore
from tests.support.bodies import batch, ids
from tests.support.clocks import ManualClock
from tests.support.delivery import Delivering
from tests.support.sink import Answer, Sink

TLS = Path(__file__).parent.parent / "support" / "tls"


@contextmanager
def no_descriptors_left():
    """open(), socket() and the like fail with EMFILE in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class ClockThatIsSet(ManualClock):
    """Somebody, or NTP, sets the wall clock; the other one does not care."""

    def set_wall(self, hours: float) -> None:
        self._now_ms += round(hours * 3_600_000)


# -- descriptors -----------------------------------------------------------------------------------


def test_without_descriptors_the_batch_is_kept_and_delivered_when_there_are_some():
    with Delivering() as delivering:
        delivering.store.commit(batches=[batch(1, 2), batch(3)])
        with no_descriptors_left():
            for _ in range(5):
                delivering.steps()
                delivering.clock.advance(60)
        assert "Too many open files" in delivering.emitter.blocked
        assert delivering.hooks.codes == {"error": 5}
        delivering.until_drained()
        assert ids(delivering.sink.events()) == [1, 2, 3]
        assert delivering.emitter.blocked is None
        assert delivering.dead() == []


def test_without_descriptors_for_the_certificates_it_is_the_same():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    with Sink(tls=context) as sink:
        output = HttpOutput(CollectorConfig(url=sink.url, tls=TlsConfig(ca=TLS / "ca.pem")))
        with no_descriptors_left():
            assert output.send(batch(1)).outcome.action is Action.RETRY
        assert output.send(batch(1)).outcome.action is Action.DELIVERED
        output.close()


def test_an_open_outbox_needs_no_more_descriptors_and_a_visitor_is_told(tmp_path):
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    with no_descriptors_left():
        store.commit(batches=[batch(1)])
        with pytest.raises(StoreUnavailable):
            DiskStore.attach(tmp_path, clock=ManualClock())
        taken = store.take()
        assert taken.body == batch(1).body
        store.acknowledge(taken)
        store.flush()
    assert store.stats().batches == 0
    store.close()


def test_an_outbox_that_cannot_be_opened_for_want_of_descriptors_is_left_as_it_is(tmp_path):
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    store.commit(batches=[batch(1)])
    store.close()
    before = (tmp_path / "outbox/cache.db").read_bytes()
    with no_descriptors_left(), pytest.raises(StoreUnavailable, match="Too many open files"):
        DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    assert (tmp_path / "outbox/cache.db").read_bytes() == before
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    assert store.take().body == batch(1).body
    store.close()


# -- names -----------------------------------------------------------------------------------------


def test_a_name_that_is_not_known_is_tried_again_until_it_is(monkeypatch):
    known = False
    ask = socket.getaddrinfo

    def resolver(host, port, *args, **kwargs):
        if host == "collector.test":
            if not known:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            host = "127.0.0.1"
        return ask(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)  # the resolver of this machine, not code of ours
    with Sink() as sink:
        output = HttpOutput(CollectorConfig(url=f"http://collector.test:{sink.port}"))
        outcome = output.send(batch(1)).outcome
        assert outcome.action is Action.RETRY
        assert "Temporary failure in name resolution" in outcome.detail
        known = True
        assert output.send(batch(1)).outcome.action is Action.DELIVERED
        output.close()


# -- the time of day -------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-30, -3, 3, 30, 24 * 365])
@pytest.mark.parametrize("durable", [False, True])
def test_a_clock_that_is_set_changes_neither_order_nor_content_but_stm(tmp_path, hours, durable):
    clock = ClockThatIsSet()
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=clock) if durable else None
    with Delivering(store=store) as delivering:
        delivering.store.commit(batches=[batch(1)])
        clock.set_wall(hours)
        delivering.clock.advance(hours * 3600 if hours > 0 else 0)
        delivering.store.commit(batches=[batch(2)])
        assert delivering.store.stats().oldest_ms > 0
        delivering.until_drained()
        assert ids(delivering.sink.events()) == [1, 2]


def test_a_machine_that_believes_it_is_1970_sends_whole_numbers():
    with Delivering() as delivering:
        delivering.clock.advance(-delivering.clock.now_ms() / 1000 + 12.5)
        delivering.store.commit(batches=[batch(1)])
        delivering.until_drained()
        (event,) = delivering.sink.events()
        assert re.fullmatch("[0-9]{13}", event["stm"])
        assert int(event["stm"]) == 12_500


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_date_in_retry_after_and_a_wrong_clock_delay_for_a_quarter_of_an_hour_at_most(hours):
    answers = [Answer(503, headers={"Retry-After": "Tue, 14 Nov 2023 22:13:25 GMT"})]  # in five seconds
    with Delivering(lambda request: answers.pop() if answers else Answer()) as delivering:
        delivering.clock._now_ms += hours * 3_600_000
        delivering.store.commit(batches=[batch(1)])
        delivering.steps()
        started = delivering.clock.monotonic()
        delivering.until_drained()
        assert delivering.clock.monotonic() - started <= 901
        assert ids(delivering.sink.events()) == [1]
