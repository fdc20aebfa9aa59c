"""Several trackers, processes and an agent, one outbox: one of them owns it, the others hand their events over."""

from __future__ import annotations

import copy
import os
import socket
import stat
import threading
import traceback
from collections import Counter

import orjson
import pytest
from click.testing import CliRunner

from logsource.cli.dead import dead
from logsource.clock import SystemClock
from logsource.errors import (
    ConfigError,
    LogsourceError,
    StoreFull,
    StoreLocked,
    StoreUnavailable,
    StoreUnreadable,
)
from logsource.model import Checkpoint
from logsource.store.disk import DiskStore
from logsource.store.memory import MemoryStore
from logsource.store.sockets import connect_in, listen_in
from logsource.tracker import Event, Structured, Subject, Tracker
from logsource.tracker.client import Gone, ask, drain, hand_over
from logsource.tracker.handover import SOCKET, Answer, Garbled, parse_answer
from logsource.tracker.server import MOST_CONNECTIONS, HandoverServer
from tests.support.agent import source, write_config
from tests.support.bodies import batch
from tests.support.clocks import ManualClock
from tests.support.sink import Answer as HttpAnswer
from tests.support.sink import Sink
from tests.support.tracked import tracker_to


def ids_at(sink: Sink) -> list[str]:
    return [event["eid"] for event in sink.events()]


# -- trackers of one process ---------------------------------------------------------------------


def test_the_second_hands_over_to_the_first_and_takes_the_outbox_when_that_ends(tmp_path):
    with Sink() as sink:
        first = tracker_to(sink.url, tmp_path / "track")
        with tracker_to(sink.url, tmp_path / "track") as second:
            ids = [first.struct("by", "first"), second.struct("by", "second")]
            assert second.accepted_by is not None
            assert (second.accepted_by.sender, second.accepted_by.pid) == ("tracker", os.getpid())
            assert second.status().sends_to == sink.url
            assert second.flush(60)
            first.close()
            ids.append(second.struct("by", "second", "alone"))
            assert second.accepted_by.sender == "self"
            assert second.flush(60)
        assert Counter(ids_at(sink)) == Counter(ids)


def test_what_was_left_is_sent_by_whoever_takes_the_outbox(tmp_path):
    with Sink(lambda request: HttpAnswer(503)) as sink:
        first = tracker_to(sink.url, tmp_path / "track")
        second = tracker_to(sink.url, tmp_path / "track")
        left = [second.struct("left", str(n)) for n in range(10)]
        first.close(0.0)
        sink.answer = lambda request: HttpAnswer()
        last = second.struct("then", "this")
        assert second.flush(60)
        second.close()
        # What was under way when the first one let go may have been taken all the same: twice then, under one id.
        assert set(ids_at(sink)) == {*left, last}


def test_many_events_are_handed_over_in_transactions_of_bounded_size(tmp_path):
    with (
        Sink() as sink,
        tracker_to(sink.url, tmp_path / "track"),
        tracker_to(sink.url, tmp_path / "track", collector={"byte_limit_post": 2048}) as second,
    ):
        ids = second.track_all(Event(body=Structured("a", "b", "x" * 1500)) for n in range(1500))
        assert second.flush(60)
        assert Counter(ids_at(sink)) == Counter(ids)


def test_events_are_not_handed_to_somebody_who_sends_them_elsewhere(tmp_path):
    with Sink() as one, Sink() as other:
        with (
            tracker_to(one.url, tmp_path / "track"),
            tracker_to(other.url, tmp_path / "track") as second,
            pytest.raises(LogsourceError, match="one state directory serves one collector") as caught,
        ):
            second.struct("a", "b")
        assert one.url in str(caught.value)
        assert other.url in str(caught.value)
        assert (one.count, other.count) == (0, 0)


def test_passwords_in_addresses_are_not_told(tmp_path):
    with (
        Sink() as sink,
        tracker_to(sink.url.replace("://", "://user:s3cret@"), tmp_path / "track"),
        tracker_to(sink.url.replace("://", "://user:0ther@"), tmp_path / "track") as second,
    ):
        assert "s3cret" not in repr(second.status())
        assert second.status().sends_to.endswith(f"@127.0.0.1:{sink.port}")


def test_who_wants_the_outbox_alone_is_told_who_has_it(tmp_path):
    with (
        Sink() as sink,
        tracker_to(sink.url, tmp_path / "track"),
        pytest.raises(StoreLocked, match=f"pid {os.getpid()}"),
    ):
        tracker_to(sink.url, tmp_path / "track", shared=False)


def test_the_directory_of_an_agent_is_not_taken(tmp_path):
    store = DiskStore.open(tmp_path, capacity=2**20, sync="normal", clock=SystemClock())
    position = Checkpoint(file_id="0" * 32, source="web", offset=5, state={"v": 1})
    store.commit(batches=[batch(1)], checkpoints=[position])
    store.close()
    with Sink() as sink:
        with pytest.raises(StoreUnreadable, match=r"belongs to an agent.*Tracker\.from_config"):
            tracker_to(sink.url, tmp_path)
        assert sink.count == 0
    again = DiskStore.open(tmp_path, capacity=2**20, sync="normal", clock=SystemClock())  # it is free again
    assert again.stats().events == 1
    again.close()


def test_an_outbox_in_a_directory_that_others_use_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o777)
    (tmp_path / "theirs").chmod(0o777)
    (tmp_path / "theirs" / "file").touch()
    with Sink() as sink, pytest.raises(StoreUnavailable, match="open to other users"):
        tracker_to(sink.url, tmp_path / "theirs")


def test_an_owner_that_is_closing_takes_events_until_it_has_drained(tmp_path):
    gate = threading.Event()
    with Sink(lambda request: HttpAnswer(hold=gate)) as sink:
        first = tracker_to(sink.url, tmp_path / "track", collector={"drain_timeout": 60, "concurrency": 1})
        with tracker_to(sink.url, tmp_path / "track") as second:
            first.struct("by", "first")
            sink_has = threading.Event()
            while not sink.count:
                assert not sink_has.wait(0.01)
            closing = threading.Thread(target=first.close)
            closing.start()
            second.struct("by", "second")
            assert second.accepted_by is not None
            assert second.accepted_by.sender == "tracker"
            assert closing.is_alive()
            gate.set()
            closing.join(60)
            assert not closing.is_alive()
            assert second.flush(60)
        assert sorted(event["se_ac"] for event in sink.events()) == ["first", "second"]


def test_a_tracker_does_not_travel_in_a_pickle(tmp_path):
    with (
        Sink() as sink,
        tracker_to(sink.url, None) as tracker,
        pytest.raises(TypeError, match="make one in each process"),
    ):
        copy.copy(tracker)


# -- forks ----------------------------------------------------------------------------------------


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


# -- the protocol ---------------------------------------------------------------------------------


@pytest.fixture
def store():
    with_room = MemoryStore(capacity=2**20, clock=ManualClock())
    yield with_room
    with_room.close()


@pytest.fixture
def server(tmp_path, store):
    tallies = []
    one = HandoverServer(who="agent", clock=SystemClock(), on_commit=tallies.append)
    one.tallies = tallies
    one.open(tmp_path, store, sends_to="https://user:pw@collector.example.com/")
    yield one
    one.close()


def talk(state_dir, *pieces: bytes) -> Answer | None:
    """Say something to the server; its answer."""
    with connect_in(state_dir, SOCKET, seconds=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as lines:
            line = lines.readline()
    return parse_answer(line) if line else None


def body_of(*events: dict) -> bytes:
    from logsource.emit.split import join

    return join([orjson.dumps(event)[:-1] + b',"stm":"0000000000000"}' for event in events]).body


EID = "5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11"
GOOD = {"e": "se", "p": "srv", "tv": "x", "eid": EID, "se_ca": "a", "se_ac": "b"}


def commit(*bodies: bytes, **head) -> list[bytes]:
    announced = {"v": 1, "op": "commit", "bodies": [len(body) for body in bodies], **head}
    return [orjson.dumps(announced) + b"\n", *bodies]


def test_a_body_is_committed_before_it_is_acknowledged_and_counted_by_its_schemas(server, store, tmp_path):
    answer = talk(tmp_path, *commit(body_of(GOOD, GOOD), body_of(GOOD)))
    assert answer is not None
    assert (answer.ok, answer.who, answer.pid, answer.events) == (True, "agent", os.getpid(), 3)
    assert answer.sends_to == "https://********@collector.example.com"
    assert store.stats().events == 3
    [tally] = server.tallies
    assert (tally.read, dict(tally.events)) == (3, {"iglu:com.google.analytics/event/jsonschema/1-0-0": 3})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([b"GET / HTTP/1.1\r\n\r\n"], "not JSON"),
        ([b"[1]\n"], "not a JSON object"),
        ([b'{"v":2,"op":"commit"}\n'], "speaks version 2 of the protocol"),
        ([b'{"v":1,"op":"format"}\n'], "unknown operation 'format'"),
        ([b'{"v":1,"op":"drain","seconds":1e9}\n'], "seconds is no time to wait"),
        ([b'{"v":1,"op":"commit","bodies":[-1]}\n'], "bodies is no list of lengths"),
        ([b'{"v":1,"op":"commit","bodies":[99999999999]}\n'], "more than fit in one request"),
        ([b'{"v":1,"op":"commit","bodies":[10]}\n', b"short"], "closed within a body"),
        ([b'{"v":1,"op":"commit","bodies":[1]}\n', b"longer"], "more came than was announced"),
        ([b"x" * 70_000], "its first line has no end"),
        (commit(b'{"schema":"x","data":[]}'), "not of the form in which logsource stores events"),
        (commit(body_of({**GOOD, "unknown": "x"})), "data/0/unknown: not a key of payload_data"),
        (commit(body_of({**GOOD, "se_va": 5})), "data/0/se_va: must be a string"),
        (commit(body_of({"e": "se", "p": "srv"})), "data/0/tv: missing"),
        (commit(body_of({**GOOD, "eid": "1"})), "event 1: eid: '1' is not a UUID"),
        (commit(body_of({**GOOD, "e": "ue"})), "ue_pr: missing"),
        (commit(body_of({**GOOD, "co": "{}"})), f"event {EID}: co: lacks data and schema"),
        (commit(body_of({**GOOD, "uid": "x" * 256})), "uid: 256 characters, at most 255"),
        (commit(body_of(GOOD).replace(b',"stm"', b',"sid"')), "not of the form"),
        (commit(body_of(GOOD), sends_to="https://elsewhere.example.com"), "not to https://elsewhere"),
    ],
)
def test_what_would_spoil_the_outbox_is_refused_with_a_reason(server, store, tmp_path, said, why):
    answer = talk(tmp_path, *said)
    assert answer is not None
    assert not answer.ok
    assert why in answer.detail
    assert store.stats().events == 0


def test_who_says_nothing_or_goes_away_is_forgotten(server, tmp_path):
    assert talk(tmp_path) is None
    assert talk(tmp_path, b'{"v":1,"op":"comm') is None
    assert ask(tmp_path).ok


def test_more_connections_than_are_served_at_once_get_their_turn(server, store, tmp_path):
    idle = [connect_in(tmp_path, SOCKET, seconds=60) for _ in range(MOST_CONNECTIONS)]
    answered: list[Answer] = []
    late = threading.Thread(target=lambda: answered.append(ask(tmp_path)))
    late.start()
    late.join(0.3)
    assert late.is_alive()
    for connection in idle:
        connection.close()
    late.join(60)
    assert [answer.ok for answer in answered] == [True]


def test_who_waits_for_delivery_keeps_nobody_from_committing(server, store, tmp_path):
    store.commit(batches=[batch(1)])
    waiting = [threading.Thread(target=drain, args=(tmp_path, 60)) for _ in range(MOST_CONNECTIONS + 5)]
    for thread in waiting:
        thread.start()
    assert hand_over(tmp_path, [body_of(GOOD)], sends_to="").events == 1
    while (taken := store.take()) is not None:
        store.acknowledge(taken)
    for thread in waiting:
        thread.join(60)
        assert not thread.is_alive()


def test_a_full_or_closed_store_is_told_as_such(server, store, tmp_path):
    while store.stats().bytes < store.stats().capacity_bytes:
        store.commit(batches=[batch(*range(5000))])
    with pytest.raises(StoreFull, match=r"the agent \(pid [0-9]+\).*the outbox holds"):
        hand_over(tmp_path, [body_of(GOOD)], sends_to="")
    store.close()
    with pytest.raises(StoreFull):
        hand_over(tmp_path, [body_of(GOOD)], sends_to="")


def test_waiting_for_delivery_ends_when_all_that_was_there_has_left(server, store, tmp_path):
    assert drain(tmp_path, 5).drained
    store.commit(batches=[batch(1), batch(2)])
    assert not drain(tmp_path, 0.05).drained
    waited: list[Answer] = []
    waiting = threading.Thread(target=lambda: waited.append(drain(tmp_path, 60)))
    waiting.start()
    store.acknowledge(store.take())
    waiting.join(0.2)
    assert waiting.is_alive()
    store.commit(batches=[batch(3)])  # after the question: nobody waits for it
    store.acknowledge(store.take())
    waiting.join(60)
    assert [answer.drained for answer in waited] == [True]


def test_after_closing_nobody_is_there_and_no_socket_is_left(server, tmp_path):
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600
    server.close()
    assert not (tmp_path / SOCKET).exists()
    with pytest.raises(Gone):
        ask(tmp_path)
    server.close()


def test_an_answer_of_something_else_is_no_answer(tmp_path):
    with pytest.raises(Garbled):
        parse_answer(b'{"ok":"yes"}')
    assert parse_answer(b'{"ok":true,"pid":5,"of_a_later_version":[1]}').pid == 5
    with listen_in(tmp_path, SOCKET, backlog=1) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 smtp.example.com\n")

        other = threading.Thread(target=serve)
        other.start()
        with pytest.raises(LogsourceError, match="not JSON"):
            ask(tmp_path)
        other.join(60)


# -- an agent ---------------------------------------------------------------------------------------


def test_an_agent_that_comes_back_gets_what_is_new_and_what_is_old_is_not_forgotten(tmp_path, store):
    down = threading.Event()
    down.set()
    agent_dir = tmp_path / "agent"
    with (
        Sink(lambda request: HttpAnswer(503) if down.is_set() else HttpAnswer()) as sink,
        tracker_to(sink.url, agent_dir / "tracker", agent_dir=agent_dir) as tracker,
    ):
        assert stat.S_IMODE(agent_dir.stat().st_mode) == 0o700
        tracker.struct("while", "away")
        agent = HandoverServer(who="agent", clock=SystemClock())
        agent.open(agent_dir, store, sends_to=sink.url)
        tracker.struct("to", "agent")
        assert tracker.accepted_by is not None
        assert tracker.accepted_by.sender == "agent"
        assert store.stats().events == 1
        store.acknowledge(store.take())  # the agent is quick
        assert not tracker.flush(0.05)  # but the first one is still here
        status = tracker.status()
        assert (status.sender, status.waiting) == ("self", 1)
        down.clear()
        assert tracker.flush(60)
        assert tracker.status().sender == "agent"
        assert [event["se_ac"] for event in sink.events()] == ["away"]
        agent.close()


def test_a_tracker_for_the_agent_takes_everything_from_its_configuration(tmp_path, monkeypatch):
    with Sink() as sink:
        config = write_config(
            tmp_path, sink.url, source(tmp_path / "a.log"), headers={"X-Token": "t0ken"}, namespace="ns"
        )
        monkeypatch.setenv("LOGSOURCE_CONFIG", str(config))
        with Tracker.from_config(subject=Subject(user_id="u1"), app_id="other") as tracker:
            tracker.struct("a", "b")
            assert tracker.flush(60)
        [event] = sink.events()
        assert (event["aid"], event["tna"], event["uid"]) == ("other", "ns", "u1")
        assert sink.requests[0].headers["x-token"] == "t0ken"
        assert (tmp_path / "state" / "tracker" / "outbox").is_dir()
        assert not (tmp_path / "state" / "outbox").exists()
        config.write_text("collector: {url: nonsense}")
        with pytest.raises(ConfigError) as caught:
            Tracker.from_config()
        assert len(caught.value.problems) == 2  # no sources either


def test_dead_letters_of_a_tracker_are_looked_at_and_replayed_like_the_agents(tmp_path):
    picky = threading.Event()
    picky.set()
    with (
        Sink(lambda request: HttpAnswer(400) if picky.is_set() else HttpAnswer()) as sink,
        tracker_to(sink.url, tmp_path / "track") as tracker,
    ):
        event_id = tracker.struct("a", "b")
        assert tracker.flush(60)
        assert tracker.status().dead == 1
        run = lambda *words: CliRunner().invoke(dead, [*words, "--state-dir", str(tmp_path / "track")])
        assert event_id in run("list", "--json").output
        picky.clear()
        assert run("replay", "--all").exit_code == 0
        sink.wait_for(lambda: sink.events() != [])
        assert [event["eid"] for event in sink.events()] == [event_id]
