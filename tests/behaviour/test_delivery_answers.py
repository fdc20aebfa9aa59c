"""What each answer of a collector makes of the events, over a real connection."""

from __future__ import annotations

import re
import socket
import threading

import pytest

from logsource.emit.backoff import SLOW_SECONDS
from logsource.model import STM_PLACEHOLDER
from tests.support.bodies import batch, event, ids
from tests.support.delivery import Delivering
from tests.support.sink import OK, Answer


def test_events_arrive_in_order_with_the_time_of_sending_and_nothing_else_changed():
    with Delivering() as d:
        d.store.commit(batches=[batch(1, 2), batch(3)])
        assert d.steps() == 2
        first, second = d.sink.requests
        assert first.body == batch(1, 2).body.replace(STM_PLACEHOLDER, b'"stm":"1700000000000"')
        assert second.body == batch(3).body.replace(STM_PLACEHOLDER, b'"stm":"1700000000000"')
        assert first.target == "/com.snowplowanalytics.snowplow/tp2"
        assert first.headers["content-type"] == "application/json; charset=utf-8"
        assert first.headers["sp-anonymous"] == "*"
        assert "content-encoding" not in first.headers
        assert "transfer-encoding" not in first.headers
        assert first.connection == second.connection
        assert d.emitter.drained
        assert d.hooks.sent == 3
        assert d.hooks.codes == {"200": 2}


def test_headers_of_the_configuration_are_sent_but_cannot_spoil_the_content_type():
    headers = {"Authorization": "Bearer x", "content-type": "text/plain", "User-Agent": "mine"}
    with Delivering(headers=headers, anonymous=False) as d:
        d.store.commit(batches=[batch(1)])
        d.steps()
        sent = d.sink.requests[0]
        assert sent.headers["authorization"] == "Bearer x"
        assert sent.headers["user-agent"] == "mine"
        assert sent.headers["content-type"] == "application/json; charset=utf-8"
        assert sent.head.lower().count(b"content-type") == 1
        assert "sp-anonymous" not in sent.headers


@pytest.mark.parametrize("status", [408, 421, 425, 429, 500, 502, 503, 504, 599])
def test_a_temporary_refusal_is_retried_with_the_same_ids_and_a_new_time_of_sending(status):
    with Delivering(lambda r: Answer(status) if r.number == 0 else OK) as d:
        d.store.commit(batches=[batch(1, 2)])
        assert d.steps() == 1
        assert d.sink.count == 1
        d.clock.advance(0.5)
        d.steps()
        first, second = d.sink.requests
        without_time = [re.sub(rb'"stm":"\d+"', b"", r.body) for r in (first, second)]
        assert without_time[0] == without_time[1]
        assert first.body != second.body
        assert ids(d.sink.events()) == [1, 2]
        assert (d.hooks.retries, d.hooks.sent) == (1, 2)
        assert d.emitter.drained


def test_a_collector_that_stays_down_is_asked_ever_more_rarely_and_loses_nothing():
    down = threading.Event()
    down.set()
    with Delivering(lambda r: Answer(503) if down.is_set() else OK) as d:
        d.store.commit(batches=[batch(n) for n in range(5)])
        d.steps()
        assert d.emitter.blocked is None  # one refusal is everyday life
        for _ in range(3600):
            d.clock.advance(1)
            d.steps()
        # Full jitter with a cap of 60 s: on average one try in 30 s; 3600 s without backoff would be 3600.
        assert 60 <= d.sink.count <= 200
        assert "503" in d.emitter.blocked
        down.clear()
        d.until_drained()
        assert ids(d.sink.events()) == [0, 1, 2, 3, 4]
        assert d.emitter.blocked is None


@pytest.mark.parametrize("header", ["7", "date"])
def test_retry_after_is_honoured_as_seconds_and_as_a_date(header):
    text = "Tue, 14 Nov 2023 22:13:27 GMT" if header == "date" else header  # the clock stands at 22:13:20
    with Delivering(lambda r: Answer(503, headers={"Retry-After": text}) if r.number == 0 else OK) as d:
        d.store.commit(batches=[batch(1)])
        d.steps()
        d.clock.advance(6.9)
        assert d.steps() == 0
        d.clock.advance(0.7)
        assert d.steps() == 1
        assert d.emitter.drained


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 407, 415, 418, 431, 451])
def test_a_refusal_that_speaks_of_the_road_keeps_everything_and_says_so(status):
    with Delivering(
        lambda r: Answer(status, b"go away", {"Location": "https://other/x"}) if r.number == 0 else OK
    ) as d:
        d.store.commit(batches=[batch(1, 2, 3)])
        d.steps()
        assert str(status) in d.emitter.blocked
        if status in (301, 302, 307, 308):
            assert "https://other/x" in d.emitter.blocked
        assert list(d.store.dead_letters()) == []
        assert d.store.stats().events == 3
        d.clock.advance(SLOW_SECONDS / 2)
        assert d.steps() == 0
        d.clock.advance(60)
        d.steps()
        assert ids(d.sink.events()) == [1, 2, 3]
        assert d.emitter.blocked is None


def test_too_large_is_halved_until_it_fits_and_a_single_giant_becomes_a_dead_letter():
    with Delivering(lambda r: Answer(413) if len(r.body) > 1000 else OK) as d:
        small = [event(n, padding=100) for n in range(20)]
        giant = event(99, padding=5000)
        from logsource.emit.split import join

        d.store.commit(batches=[join([*small[:7], giant, *small[7:]]), batch(100)])
        d.until_drained()
        assert ids(d.sink.events()) == [*range(20), 100]
        assert d.dead() == [(99, "too_large")]
        (letter,) = d.store.dead_letters()
        assert letter.event == giant
        assert letter.output == "collector"
        assert d.hooks.dead == {"too_large": 1}


@pytest.mark.parametrize("status", [400, 410, 422])
def test_culprits_are_found_by_bisecting_and_everything_else_arrives(status):
    bad = {3, 77, 78, 499}

    def answer(request):
        culprits = [i for i in ids(request.events()) if i in bad]
        return Answer(status, b"bad event %d" % culprits[0]) if culprits else OK

    with Delivering(answer) as d:
        d.store.commit(batches=[batch(*range(500)), batch(1000)])
        d.until_drained()
        assert ids(d.sink.events()) == [n for n in [*range(500), 1000] if n not in bad]
        assert d.dead() == [(n, f"rejected_{status}") for n in sorted(bad)]
        assert next(d.store.dead_letters()).detail == f"{status}: bad event 3"
        assert d.sink.count < 4 * 2 * 10  # two requests a level and culprit, not one an event
        assert d.emitter.blocked is None


def test_a_reset_connection_is_retried():
    with Delivering(lambda r: Answer(reset=True) if r.number == 0 else OK) as d:
        d.store.commit(batches=[batch(1)])
        d.steps()
        assert d.hooks.codes == {"reset": 1}
        d.until_drained()
        assert ids(d.sink.events()) == [1]


def test_a_body_that_is_always_reset_is_halved_because_some_servers_do_that_instead_of_413():
    with Delivering(lambda r: Answer(reset=True) if len(r.body) > 400 else OK) as d:
        d.store.commit(batches=[batch(*range(8))])
        d.until_drained()
        assert ids(d.sink.events()) == list(range(8))
        assert list(d.store.dead_letters()) == []


def test_a_collector_that_never_answers_is_a_timeout():
    release = threading.Event()
    with Delivering(lambda r: Answer(hold=release) if r.number == 0 else OK, timeout=0.2) as d:
        d.store.commit(batches=[batch(1)])
        d.steps()
        assert d.hooks.codes == {"timeout": 1}
        assert d.store.stats().events == 1
        release.set()
        d.until_drained()
        assert set(ids(d.sink.events())) == {1}


def test_a_collector_that_is_not_there_is_an_error_that_names_it():
    with Delivering() as d:
        d.sink.close()
        d.store.commit(batches=[batch(1)])
        for _ in range(3):
            d.steps()
            d.clock.advance(60)
        assert d.hooks.codes["error"] >= 3
        assert "refused" in d.emitter.blocked.lower()
        assert d.store.stats().events == 1


def test_an_endless_answer_does_not_hold_the_worker():
    with socket.create_server(("127.0.0.1", 0)) as server:
        stopped = threading.Event()

        def pour() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x" * 65536)
                except OSError:
                    stopped.set()

        thread = threading.Thread(target=pour)
        thread.start()
        with Delivering() as d:
            from logsource.config.model import CollectorConfig
            from logsource.emit.http import HttpOutput

            # The clock stands still: it is the length of the answer that ends it, not the time.
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
            output = HttpOutput(CollectorConfig(url=url), clock=d.clock)
            delivery = output.send(batch(1))
            assert delivery.delivered == 1
            assert stopped.wait(60)
            output.close()
            assert d.sink.count == 0
        thread.join(60)


def test_a_long_answer_is_kept_short_and_printable_in_the_dead_letter():
    with Delivering(lambda r: Answer(400, b"\x1b[31mbad\r\n\x00" + b"y" * 100_000)) as d:
        d.store.commit(batches=[batch(1)])
        d.steps()
        (letter,) = d.store.dead_letters()
        assert letter.detail.startswith("400: [31mbad yyy")
        assert letter.detail.isprintable()
        assert len(letter.detail) < 400
        assert d.sink.connections == 1
