"""Whatever is said to the owner of an outbox is a request, or is refused with a reason; never anything else."""

from __future__ import annotations

import contextlib
import socket

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from logsource.emit.split import events_of, join
from logsource.tracker.handover import MOST_WAIT, Garbled, Request, parse_answer, read_request
from logsource.tracker.taken import taken_over

EVENT = b'{"e":"se","p":"srv","tv":"x","eid":"5b6e2b52-0e26-4f6e-9d1c-3f1d4f0c9a11","stm":"0000000000000"}'
BODY = join([EVENT, EVENT]).body
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
HEADS = st.fixed_dictionaries(
    {},
    optional={
        "v": st.just(1) | JSON,
        "op": st.sampled_from(["commit", "drain", "ask"]) | JSON,
        "bodies": st.lists(st.integers(-1, 40), max_size=4) | JSON,
        "seconds": st.floats() | JSON,
        "sends_to": st.text(max_size=9) | JSON,
    },
)


def heard(said: bytes) -> Request | None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(60)
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        return read_request(ours)


@given(head=HEADS | JSON, rest=st.binary(max_size=100), end=st.sampled_from([b"\n", b""]))
@example(head={"v": 1, "op": "drain", "seconds": True}, rest=b"", end=b"\n")
def test_a_request_or_a_reason(head, rest, end):
    try:
        text = orjson.dumps(head)
    except TypeError:  # integers that no JSON of ours holds
        return
    with contextlib.suppress(Garbled):
        request = heard(text + end + rest)
        if request is not None:
            assert request.op in {"commit", "drain", "ask"}
            assert 0 <= request.seconds <= MOST_WAIT
            assert b"".join(request.bodies) == rest[: sum(map(len, request.bodies))]


@given(bodies=st.lists(st.binary(min_size=1, max_size=3000), max_size=5), to=st.text(max_size=30))
def test_what_is_sent_is_what_is_heard(bodies, to):
    asked = Request(op="commit", sends_to=to.encode(errors="replace").decode(), bodies=tuple(bodies))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asked.send(theirs)
        assert read_request(ours) == asked


@given(line=st.binary(max_size=60) | JSON.map(repr).map(str.encode))
def test_an_answer_or_a_reason(line):
    with contextlib.suppress(Garbled):
        assert isinstance(parse_answer(line).ok, bool)


@given(
    at=st.integers(0, len(BODY) - 1),
    what=st.sampled_from([b"", b'"', b"{", b"}", b",", b"\\", b"\x00", b"\xff", b'","x":"', b',{"e":"']),
    instead=st.integers(0, 3),
)
def test_a_body_that_was_spoiled_is_refused_or_whole(at, what, instead):
    """What is taken has as many events as the emitter will cut it into, each of them in the form it relies on."""
    with contextlib.suppress(Garbled):
        [batch], tally = taken_over([BODY[:at] + what + BODY[at + instead :]])
        events = events_of(batch)
        assert len(events) == batch.events == tally.read == tally.events.total()
        assert all(orjson.loads(event)["e"] for event in events)
