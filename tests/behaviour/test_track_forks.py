"""Processes that fork while they track: parent and child share an outbox, and neither hangs nor loses anything."""

from __future__ import annotations

import os
import threading
import traceback
from collections import Counter

from tests.support.sink import Answer as HttpAnswer
from tests.support.sink import Sink
from tests.support.tracked import ids_at, tracker_to


def in_child(work) -> None:
    """Run in a forked child; its failure is ours."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - nothing of pytest may go on in the child
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_child_hands_over_to_its_parent(tmp_path):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        mine = tracker.struct("by", "parent")
        assert tracker.flush(60)
        found = tmp_path / "child"

        def child() -> None:
            event_id = tracker.struct("by", "child")
            assert tracker.accepted_by is not None
            assert (tracker.accepted_by.sender, tracker.accepted_by.pid) == ("tracker", os.getppid())
            tracker.close()
            found.write_text(event_id)

        in_child(child)
        assert tracker.struct("by", "parent again")
        assert tracker.flush(60)
        ids = ids_at(sink)
        assert len(ids) == 3
        assert {mine, found.read_text()} < set(ids)


def test_a_child_that_outlives_its_parents_tracker_takes_the_outbox(tmp_path):
    with Sink() as sink:
        tracker = tracker_to(sink.url, tmp_path / "track")
        tracker.struct("by", "parent")
        closed_read, closed_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.read(closed_read, 1)
                tracker.struct("by", "child")
                assert tracker.accepted_by is not None
                assert tracker.accepted_by.sender == "self"
                status = 0 if tracker.close() else 2
            finally:
                os._exit(status)
        assert tracker.close()  # the child has a copy of the lock's descriptor, and does not hold it
        os.write(closed_write, b"x")
        assert os.waitpid(pid, 0)[1] == 0
        for end in (closed_read, closed_write):
            os.close(end)
        assert sorted(event["se_ac"] for event in sink.events()) == ["child", "parent"]
        with tracker_to(sink.url, tmp_path / "track", shared=False) as again:
            assert again.status().waiting == 0


def test_forks_while_threads_track_neither_hang_nor_lose_anything(tmp_path):
    with Sink() as sink, tracker_to(sink.url, tmp_path / "track") as tracker:
        over = threading.Event()
        counts = Counter()

        def work(name: str) -> None:
            while not over.is_set():
                tracker.struct("thread", name)
                counts[name] += 1

        threads = [threading.Thread(target=work, args=(str(n),)) for n in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(8):
            in_child(lambda: [tracker.struct("child", str(n)) for n in range(5)])
        over.set()
        for thread in threads:
            thread.join(60)
        assert tracker.flush(60)
        found = Counter(event["se_ca"] for event in sink.events())
        assert found == {"thread": counts.total(), "child": 40}
        assert len(set(ids_at(sink))) == found.total()


def test_an_outbox_in_memory_is_each_processs_own(tmp_path):
    gate = threading.Event()
    with Sink(lambda request: HttpAnswer(hold=gate)) as sink, tracker_to(sink.url, None) as tracker:
        tracker.struct("by", "parent")

        def child() -> None:
            tracker.struct("by", "child")
            assert tracker.status().waiting == 1  # not the parent's, which would be sent twice
            assert tracker.close(60.0)

        gate.set()
        in_child(child)
        assert tracker.flush(60)
        assert sorted(event["se_ac"] for event in sink.events()) == ["child", "parent"]
