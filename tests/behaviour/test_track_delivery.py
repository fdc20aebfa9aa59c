"""What the tracker accepts arrives, and the program is told."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from logsource.errors import StoreFull
from logsource.tracker import Event, PageView, SelfDescribing, Structured, Tracker
from tests.support.sink import Answer, Sink
from tests.support.tracked import Told, ids_at, tracker_to

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"


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


def test_a_tracker_that_is_forgotten_complains_and_lets_its_outbox_go(tmp_path, recwarn):
    with Sink() as sink:
        tracker = tracker_to(sink.url, tmp_path / "track")
        tracker.self_describing(ORDER, {"id": 1}, entities=[SelfDescribing(ORDER, {"id": 2})])
        with pytest.warns(ResourceWarning, match="a Tracker was not closed"):
            del tracker
        with tracker_to(sink.url, tmp_path / "track", shared=False) as again:
            assert again.flush(60)
        assert len(set(ids_at(sink))) == 1
