"""Whatever the collector answers, what the tracker accepts arrives; or the program is told, by the event's id."""

from __future__ import annotations

import threading

import orjson

from logsource.clock import SystemClock
from logsource.store.disk import DiskStore
from logsource.tracker import Event, Structured
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import Told, ids_at, tracker_to

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"


def test_a_collector_that_is_down_gets_the_same_events_later(tmp_path):
    down = threading.Event()
    down.set()
    with (
        Sink(lambda request: Answer(503) if down.is_set() else OK) as sink,
        tracker_to(sink.url, tmp_path / "track") as tracker,
    ):
        ids = [tracker.struct("a", str(n)) for n in range(20)]
        sink.wait_for(lambda: sink.count >= 4)
        assert not tracker.flush(0.05)
        status = tracker.status()
        assert (status.waiting, status.sender) == (20, "self")
        assert "503" in status.trouble
        down.clear()
        assert tracker.flush(60)
        assert sorted(ids_at(sink)) == sorted(ids)
        assert tracker.status().trouble == ""


def test_an_answer_that_is_lost_doubles_events_under_the_same_id_and_payload(tmp_path):
    with (
        Sink(lambda request: Answer(reset=True) if request.number == 0 else OK) as sink,
        tracker_to(sink.url, tmp_path / "track", collector={"concurrency": 1}) as tracker,
    ):
        tracker.self_describing(ORDER, {"id": 7})
        assert tracker.flush(60)
        first, second = (request.events()[0] for request in sink.requests)
        assert {key: value for key, value in first.items() if key != "stm"} == {
            key: value for key, value in second.items() if key != "stm"
        }


def test_too_large_a_body_is_halved_until_it_fits_and_not_joined_again(tmp_path):
    with (
        Sink(lambda request: Answer(413) if len(request.events()) > 3 else OK) as sink,
        tracker_to(sink.url, tmp_path / "track") as tracker,
    ):
        ids = tracker.track_all(Event(body=Structured("a", str(n))) for n in range(40))
        assert tracker.flush(60)
        assert sorted(ids_at(sink)) == sorted(ids)
        assert sum(len(request.events()) > 3 for request in sink.requests) < 40


def test_the_one_event_that_the_collector_refuses_is_told_and_kept(tmp_path):
    def picky(request):
        return Answer(400, body=b"not this one") if b"culprit" in request.body else OK

    told = Told()
    with (
        Sink(picky) as sink,
        tracker_to(
            sink.url, tmp_path / "track", on_delivered=told.on_delivered, on_failed=told.on_failed
        ) as tracker,
    ):
        ids = tracker.track_all(
            Event(body=Structured("a", "culprit" if n == 13 else "good")) for n in range(30)
        )
        told.wait_for(lambda: len(told.failed) == 1 and len(told.delivered) == 29)
        [failure] = told.failed
        assert (failure.event_id, failure.reason) == (ids[13], "rejected_400")
        assert "not this one" in failure.detail
        assert sorted(told.delivered) == sorted(set(ids) - {ids[13]})
        assert tracker.flush(60)
        assert tracker.status().dead == 1
    store = DiskStore.attach(tmp_path / "track", clock=SystemClock())
    try:
        assert [orjson.loads(letter.event)["eid"] for letter in store.dead_letters()] == [ids[13]]
    finally:
        store.close()


def test_one_get_of_many_that_is_refused_is_told_and_the_others_arrive(tmp_path):
    told = Told()
    with (
        Sink(lambda request: Answer(400) if "culprit" in request.target else OK) as sink,
        tracker_to(
            sink.url,
            tmp_path / "track",
            collector={"method": "get"},
            on_delivered=told.on_delivered,
            on_failed=told.on_failed,
        ) as tracker,
    ):
        ids = tracker.track_all(
            Event(body=Structured("a", "culprit" if n == 4 else "good")) for n in range(9)
        )
        told.wait_for(lambda: len(told.failed) == 1 and len(told.delivered) == 8)
        assert told.failed[0].event_id == ids[4]


def test_a_collector_that_refuses_everything_for_a_while_does_not_turn_the_outbox_into_dead_letters(tmp_path):
    told = Told()
    well = threading.Event()
    with (
        Sink(lambda request: OK if well.is_set() else Answer(400)) as sink,
        tracker_to(
            sink.url, tmp_path / "track", on_delivered=told.on_delivered, on_failed=told.on_failed
        ) as tracker,
    ):
        ids = [tracker.struct("a", str(n)) for n in range(60)]
        sink.wait_for(lambda: "rejects every event" in tracker.status().trouble)
        assert not tracker.flush(0.5)
        well.set()
        assert tracker.flush(60)
        failed = [one.event_id for one in told.failed]
        assert sorted(told.delivered + failed) == sorted(ids)  # each of them once
        assert len(failed) <= 10
        assert tracker.status().dead == len(failed)


def test_an_address_that_is_wrong_is_told_at_once(tmp_path):
    with Sink(lambda request: Answer(404)) as sink, tracker_to(sink.url, None) as tracker:
        tracker.struct("a", "b")
        sink.wait_for(lambda: sink.count > 0)
        tracker.flush(0.2)
        assert tracker.hopeless
        assert "404" in tracker.status().trouble
        tracker.close(0.0)
