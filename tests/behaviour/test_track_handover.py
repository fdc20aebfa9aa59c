"""The protocol by which events are handed to the owner of an outbox: what is taken, what is refused, and why."""

from __future__ import annotations

import os
import socket
import stat
import threading

import orjson
import pytest

from logsource.clock import SystemClock
from logsource.errors import (
    LogsourceError,
    StoreFull,
)
from logsource.store.memory import MemoryStore
from logsource.store.sockets import connect_in, listen_in
from logsource.tracker.client import Gone, ask, drain, hand_over
from logsource.tracker.handover import SOCKET, Answer, Garbled, parse_answer
from logsource.tracker.server import MOST_CONNECTIONS, HandoverServer
from tests.support.bodies import batch
from tests.support.clocks import ManualClock


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
        connection.sendall(b"".join(pieces))  # at once: who is refused may find nobody to say the rest to
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


def test_who_has_committed_says_so_before_it_closes(store, tmp_path):
    """A program that is not told takes another way, and its events are in two outboxes."""
    committed, go = threading.Event(), threading.Event()

    def counting(_tally) -> None:
        committed.set()
        assert go.wait(60)

    server = HandoverServer(who="agent", clock=SystemClock(), on_commit=counting)
    server.open(tmp_path, store, sends_to="")
    told: list[Answer] = []
    program = threading.Thread(target=lambda: told.append(hand_over(tmp_path, [body_of(GOOD)], sends_to="")))
    program.start()
    assert committed.wait(60)
    closing = threading.Thread(target=server.close)
    closing.start()
    closing.join(0.2)
    assert closing.is_alive()
    go.set()
    closing.join(60)
    program.join(60)
    assert [answer.ok for answer in told] == [True]


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
