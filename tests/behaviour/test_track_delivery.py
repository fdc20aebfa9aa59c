"""What the tracker accepts arrives, whatever the collector answers; or the program is told, by the event's id."""

from __future__ import annotations

import threading
from collections import Counter

import orjson
import pytest

from logsource.clock import SystemClock
from logsource.errors import ConfigError, EventInvalid, StoreFull
from logsource.store.disk import DiskStore
from logsource.tracker import Collector, Event, PageView, SelfDescribing, Structured, Tracker
from tests.support.collecting import THING, USER, acme_repository
from tests.support.schemaregistry import SchemaRegistry, http, resolver_file
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import tracker_to

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"


def ids_at(sink: Sink) -> list[str]:
    return [event["eid"] for event in sink.events()]


class Told:
    """What the tracker told the program."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        self.failed: list = []
        self.changed = threading.Condition()

    def on_delivered(self, ids):
        with self.changed:
            self.delivered += ids
            self.changed.notify_all()

    def on_failed(self, failures):
        with self.changed:
            self.failed += failures
            self.changed.notify_all()

    def wait_for(self, condition) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 60)


# -- the good days -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "get"])
def test_each_kind_of_event_arrives(tmp_path, method):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track", collector={"method": method}) as tracker:
        ids = [
            tracker.self_describing(ORDER, {"id": 7}),
            tracker.page_view("https://example.com/", "Home"),
            tracker.struct("shop", "add", value=9.5),
            tracker.screen_view("Cart"),
            tracker.track(Event(body=Structured("a", "b"), platform="iot")),
        ]
        assert tracker.flush(60)
        assert tracker.status().waiting == 0
        events = {event["eid"]: event for event in sink.events()}
        assert [events[one]["e"] for one in ids] == ["ue", "pv", "se", "ue", "se"]
        assert {event["aid"] for event in events.values()} == {"shop"}
        assert all(int(event["stm"]) >= int(event["dtm"]) for event in events.values())
        assert {request.method for request in sink.requests} == {method.upper()}


def test_leaving_the_block_sends_what_was_accepted(tmp_path):
    with Sink() as sink:
        with tracker_to(sink.url, tmp_path / "track") as tracker:
            ids = tracker.track_all(Event(body=Structured("a", str(n))) for n in range(700))
        assert sorted(ids_at(sink)) == sorted(ids)
        assert sorted(len(request.events()) for request in sink.requests) == [200, 500]  # send_limit
        with pytest.raises(RuntimeError, match="closed"):
            tracker.struct("a", "b")
        assert tracker.close()  # again: nothing happens


def test_events_tracked_while_a_request_is_under_way_go_out_in_one(tmp_path):
    gate = threading.Event()
    with (
        Sink(lambda request: Answer(hold=gate)) as sink,
        tracker_to(sink.url, tmp_path / "track", collector={"concurrency": 1}) as tracker,
    ):
        first = tracker.struct("first", "alone")
        sink_has = threading.Event()
        while not sink.count:  # the first request has arrived and is held
            assert not sink_has.wait(0.01)
        ids = [tracker.struct("then", str(n)) for n in range(100)]
        gate.set()
        assert tracker.flush(60)
        assert [len(request.events()) for request in sink.requests] == [1, 100]
        assert ids_at(sink) == [first, *ids]


def test_bodies_stay_within_the_limits_when_events_are_joined(tmp_path):
    gate = threading.Event()
    limits = {"concurrency": 1, "byte_limit_post": 4096, "send_limit": 7}
    with (
        Sink(lambda request: Answer(hold=gate)) as sink,
        tracker_to(sink.url, tmp_path / "track", collector=limits) as tracker,
    ):
        ids = [tracker.struct("a", "x" * (n * 37 % 900 + 1)) for n in range(60)]
        ids.append(tracker.struct("one", "b", "large" * 800))  # more than a body may have: goes alone
        gate.set()
        assert tracker.flush(60)
        assert sorted(ids_at(sink)) == sorted(ids)
        sizes = [(len(request.body), len(request.events())) for request in sink.requests]
        assert all(size <= 4096 or events == 1 for size, events in sizes)
        assert all(events <= 7 for _, events in sizes)
        assert max(events for _, events in sizes) > 1


def test_the_program_is_told_what_arrived(tmp_path):
    told = Told()
    with (
        Sink() as sink,
        tracker_to(sink.url, tmp_path / "track", on_delivered=told.on_delivered) as tracker,
    ):
        ids = [tracker.struct("a", str(n)) for n in range(50)]
        told.wait_for(lambda: len(told.delivered) == 50)
        assert sorted(told.delivered) == sorted(ids)


def test_a_callback_that_fails_stops_nothing(tmp_path, caplog):
    def on_delivered(ids):
        raise ZeroDivisionError

    with Sink() as sink, tracker_to(sink.url, None, on_delivered=on_delivered) as tracker:
        tracker.struct("a", "b")
        assert tracker.flush(60)
        tracker.struct("a", "c")
        assert tracker.flush(60)
        assert len(sink.events()) == 2
    assert "event=callback_failed" in caplog.text


def test_many_threads_track_and_none_of_it_is_lost_or_doubled(tmp_path):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        ids: list[list[str]] = [[] for _ in range(8)]

        def work(mine: list[str], name: str) -> None:
            mine.extend(tracker.struct(name, str(number)) for number in range(100))

        threads = [threading.Thread(target=work, args=(mine, str(n))) for n, mine in enumerate(ids)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert tracker.flush(60)
        assert Counter(ids_at(sink)) == Counter(one for mine in ids for one in mine)


# -- the bad days --------------------------------------------------------------------------------


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


# -- the outbox ----------------------------------------------------------------------------------


def test_what_a_process_left_is_sent_by_the_next_one_under_the_same_ids(tmp_path):
    with Sink(lambda request: Answer(503)) as sink:
        tracker = tracker_to(sink.url, tmp_path / "track")
        ids = [tracker.struct("a", str(n)) for n in range(30)]
        assert not tracker.close(0.0)
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        assert tracker.flush(60)  # without tracking anything
        assert sorted(ids_at(sink)) == sorted(ids)


def noise(name: object) -> Event:
    """An event that takes some room."""
    return Event(body=PageView(f"https://example.com/{name}", title="".join(map(chr, range(33, 2000)))))


def track_until_full(tracker: Tracker) -> int:
    """Track; how many events were accepted."""
    for accepted in range(10_000):
        try:
            tracker.track(noise(accepted))
        except StoreFull:
            return accepted
    raise AssertionError("the outbox is never full")


def test_a_full_outbox_refuses_or_waits_as_it_was_asked(tmp_path):
    gate = threading.Event()
    state_dir = tmp_path / "track"
    with (
        Sink(lambda request: Answer(hold=gate)) as sink,
        tracker_to(
            sink.url, state_dir, max_size=65536, when_full=30.0, collector={"concurrency": 1}
        ) as patient,
        tracker_to(sink.url, state_dir) as hasty,  # hands over to the first
        tracker_to(sink.url, state_dir, when_full=30.0) as remote,
    ):
        accepted = track_until_full(hasty)
        with pytest.raises(StoreFull, match="the outbox holds"):
            hasty.track(noise("again"))
        assert hasty.status().waiting == accepted  # what was refused is nowhere
        waiting = [
            threading.Thread(target=tracker.track, args=(noise(name),))
            for tracker, name in ((patient, "owner"), (remote, "other"))
        ]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join(0.3)
            assert thread.is_alive()
        gate.set()
        for thread in waiting:
            thread.join(60)
            assert not thread.is_alive()
        assert hasty.flush(60)
        pages = [event["url"].rpartition("/")[2] for event in sink.events()]
        assert pages[:accepted] == [str(n) for n in range(accepted)]
        assert set(pages[accepted:]) == {"owner", "other"}


def test_an_outbox_in_memory_ends_with_the_tracker(tmp_path):
    with Sink(lambda request: Answer(503)) as sink, tracker_to(sink.url, None) as tracker:
        tracker.struct("a", "b")
        assert tracker.status().waiting == 1
        assert not tracker.close(0.0)
    assert list(tmp_path.iterdir()) == []


# -- what is refused ------------------------------------------------------------------------------


def test_of_many_events_none_is_accepted_when_one_is_wrong(tmp_path):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        with pytest.raises(EventInvalid) as caught:
            tracker.track_all(
                [Event(body=Structured("a", "b")), Event(body=Structured("", "b")), Event(body=PageView("x"))]
            )
        assert [problem.split(":")[0] for problem in caught.value.problems] == ["events[1]", "events[2]"]
        with pytest.raises(EventInvalid, match="… and 950 more"):
            tracker.track_all([Event(body=PageView(""))] * 1000)
        assert tracker.track_all([]) == []
        assert tracker.status().waiting == 0
    assert sink.count == 0


def test_settings_that_are_wrong_are_told_all_at_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        Tracker(
            "collector.example.com",
            state_dir="",
            app_id="x" * 256,
            max_size=1000,
            when_full=float("nan"),
            sync="of course",
            unknown_schemas="maybe",
        )
    names = [
        "collector.url",
        "collector.app_id",
        "state_dir",
        "max_size",
        "sync",
        "when_full",
        "unknown_schemas",
    ]
    assert [problem.split(":")[0] for problem in caught.value.problems] == names
    assert "collector.url: must begin with http:// or https://" in caught.value.problems[0]
    with pytest.raises(ConfigError) as caught:
        Tracker(
            Collector(url="http://localhost", send_limit=0, timeout=-1, path="/one"),
            state_dir=tmp_path,
            namespace="x" * 129,
        )
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        *("collector.path", "collector.namespace", "collector.send_limit", "collector.timeout"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_schemas_are_taken_from_registries_as_the_pipeline_does(tmp_path):
    acme = acme_repository(tmp_path / "registry")
    with SchemaRegistry(acme) as registry, Sink() as sink:
        resolver = resolver_file(tmp_path / "resolver.json", http("Acme", registry.url))
        with tracker_to(sink.url, None, resolver=resolver, unknown_schemas="refuse") as tracker:
            tracker.self_describing(THING, {"name": "n"})
            with pytest.raises(EventInvalid, match=r'data/name: 5 is not of type "string"'):
                tracker.self_describing(THING, {"name": 5})
            registry.trouble = Answer(503)
            with pytest.raises(EventInvalid, match=r"schema: .*user.* could not be resolved: Acme: .*503"):
                tracker.self_describing(USER, {"type": 5})
            tracker.self_describing(THING, {"name": "known already"})
        with tracker_to(sink.url, None, resolver=resolver) as trusting:
            trusting.self_describing(USER, {"type": 5})
        assert len(sink.events()) == 3


def test_a_tracker_that_is_forgotten_complains_and_lets_its_outbox_go(tmp_path, recwarn):
    with Sink() as sink:
        tracker = tracker_to(sink.url, tmp_path / "track")
        tracker.self_describing(ORDER, {"id": 1}, entities=[SelfDescribing(ORDER, {"id": 2})])
        with pytest.warns(ResourceWarning, match="a Tracker was not closed"):
            del tracker
        with tracker_to(sink.url, tmp_path / "track", shared=False) as again:
            assert again.flush(60)
        assert len(set(ids_at(sink))) == 1
