"""Looking at what is sent: whoever may read the state directory sees every answer, and nothing waits for them."""

from __future__ import annotations

import os
import socket
import stat

import orjson
import pytest

from logsource.agent.tap import MOST_VIEWERS, QUEUED_BYTES, SOCKET, Tap, connect
from logsource.model import Action, Outcome
from tests.support.bodies import batch
from tests.support.clocks import ManualClock
from tests.support.delivery import Delivering
from tests.support.sink import Answer

DELIVERED = Outcome(action=Action.DELIVERED, code="200")


@pytest.fixture
def tap(tmp_path):
    one = Tap(ManualClock())
    one.open(tmp_path)
    yield one
    one.close()


def viewer_of(tap, state_dir, *, others=0):
    """A viewer that the tap knows of; its lines can be read without an end."""
    viewer = connect(state_dir)
    viewer.settimeout(20)
    for _ in range(2000):
        if len(tap._viewers) > others:
            return viewer, viewer.makefile("rb")
        # the accepting thread has our connection already; let it get on
        os.sched_yield()
        tap._closed.wait(0.01)
    raise AssertionError("the tap did not take the viewer")


def test_a_viewer_sees_what_was_sent_and_what_was_answered(tap, tmp_path):
    viewer, lines = viewer_of(tap, tmp_path)
    answers = [Answer(), Answer(503, body=b"try later")]
    with viewer, lines, Delivering(lambda request: answers.pop()) as delivering:
        delivering.hooks.on_outcome = tap.on_outcome
        delivering.store.commit(batches=[batch(1, 2)])
        delivering.until_drained()
        kept, delivered = orjson.loads(lines.readline()), orjson.loads(lines.readline())
        assert (kept["answer"], kept["code"]) == ("kept", "503")
        assert "try later" in kept["detail"]
        assert (delivered["answer"], delivered["code"], delivered["events"]) == ("delivered", "200", 2)
        assert delivered["bytes"] == len(batch(1, 2).body)
        (sent,) = [request for request in delivering.sink.requests if request.number == 1]
        as_sent = orjson.loads(sent.body)
        for event in as_sent["data"]:
            del event["stm"]
        assert delivered["payload"] == as_sent


def test_a_viewer_who_does_not_read_holds_nothing_up_and_is_told_what_was_left_out(tap, tmp_path):
    viewer, lines = viewer_of(tap, tmp_path)
    big = batch(*range(1000))
    many = QUEUED_BYTES // len(big.body) + 200  # more than the queue and the buffers of the socket hold
    with viewer, lines:
        for _ in range(many):
            tap.on_outcome(big, DELIVERED, 0.01)
        seen = missed = 0
        while seen + missed < many:
            line = orjson.loads(lines.readline())
            missed += line.get("missed_batches", 0)
            seen += "payload" in line
            if "missed_events" in line:
                assert line["missed_events"] == line["missed_batches"] * 1000
            if not missed and seen and seen * len(big.body) > QUEUED_BYTES:
                tap.on_outcome(big, DELIVERED, 0.01)
                many += 1
        assert missed > 0
        assert seen * len(big.body) >= QUEUED_BYTES - len(big.body)


def test_only_the_owner_of_the_state_may_look(tap, tmp_path):
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600


def test_there_is_room_for_a_few_and_again_when_one_leaves(tap, tmp_path):
    pairs = [viewer_of(tap, tmp_path, others=number) for number in range(MOST_VIEWERS)]
    with connect(tmp_path) as late:
        late.settimeout(20)
        with late.makefile("rb") as lines:
            assert "looking already" in orjson.loads(lines.readline())["refused"]
    for viewer, lines in pairs:
        lines.close()
        viewer.close()
    while tap._viewers:
        tap.on_outcome(batch(1), DELIVERED, 0.01)  # each notices at its next answer that nobody is there
        tap._closed.wait(0.01)
    viewer, lines = viewer_of(tap, tmp_path)
    with viewer, lines:
        tap.on_outcome(batch(7), DELIVERED, 0.01)
        assert orjson.loads(lines.readline())["events"] == 1


def test_an_agent_that_ends_sends_its_viewers_home_and_leaves_no_socket(tmp_path):
    tap = Tap(ManualClock())
    tap.open(tmp_path)
    viewer, lines = viewer_of(tap, tmp_path)
    with viewer, lines:
        tap.close()
        assert lines.readline() == b""
    assert not (tmp_path / SOCKET).exists()
    assert connect(tmp_path) is None
    tap.close()


def test_the_socket_of_an_agent_that_was_killed_is_replaced(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / SOCKET))
    assert connect(tmp_path) is None
    tap = Tap(ManualClock())
    tap.open(tmp_path)
    viewer, lines = viewer_of(tap, tmp_path)
    lines.close()
    viewer.close()
    tap.close()


def test_a_state_directory_with_a_long_name_has_a_tap_too(tmp_path):
    deep = tmp_path / ("state-" * 25) / ("of-a-host-with-a-long-name-" * 6)
    deep.mkdir(parents=True)
    tap = Tap(ManualClock())
    tap.open(deep)
    viewer, lines = viewer_of(tap, deep)
    with viewer, lines:
        tap.on_outcome(batch(1), DELIVERED, 0.01)
        assert orjson.loads(lines.readline())["events"] == 1
    tap.close()


def test_an_agent_that_cannot_listen_says_so_and_works_on(tmp_path, caplog):
    (tmp_path / SOCKET).mkdir()
    tap = Tap(ManualClock())
    tap.open(tmp_path)
    assert "event=no_tap" in caplog.text
    tap.on_outcome(batch(1), DELIVERED, 0.01)
    tap.close()
