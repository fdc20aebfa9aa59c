"""What the service manager hears, on a real datagram socket."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import closing, contextmanager

import pytest

from logsource.agent.notify import STATUS_EVERY, Notifier
from tests.support.clocks import ManualClock


@contextmanager
def manager(address):
    """The service manager's end of NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        sock.bind(address)
        yield sock


def heard(sock):
    """Every datagram that waits."""
    messages = []
    sock.setblocking(False)
    try:
        while True:
            messages.append(sock.recv(4096).decode())
    except BlockingIOError:
        return messages


def flood(sock):
    """Send until there is no room left."""
    while True:
        sock.send(b"X")


def never():
    raise AssertionError("nobody listens, so nobody needs the text")


def test_ready_and_stopping_reach_the_manager(tmp_path):
    path = str(tmp_path / "notify")
    with manager(path) as sock, closing(Notifier(path, clock=ManualClock())) as notifier:
        assert notifier.active
        notifier.ready()
        notifier.stopping()
        assert heard(sock) == ["READY=1", "STOPPING=1"]


def test_an_address_in_the_abstract_namespace_is_reached():
    name = f"logsource-test-{os.getpid()}"
    with manager("\0" + name) as sock, closing(Notifier("@" + name, clock=ManualClock())) as notifier:
        notifier.ready()
        assert heard(sock) == ["READY=1"]


def test_the_watchdog_is_fed_at_half_its_time(tmp_path):
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with manager(path) as sock, closing(Notifier(path, clock=clock, watchdog=60)) as notifier:
        for _ in range(100):  # a busy loop turns often
            notifier.alive(str)
        assert heard(sock) == []
        clock.advance(29.9)
        notifier.alive(str)
        assert heard(sock) == []
        clock.advance(0.1)
        notifier.alive(str)
        notifier.alive(str)
        assert heard(sock) == ["WATCHDOG=1"]
        clock.advance(30)
        notifier.alive(str)
        assert heard(sock) == ["WATCHDOG=1"]


def test_without_a_watchdog_none_is_fed(tmp_path):
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with manager(path) as sock, closing(Notifier(path, clock=clock)) as notifier:
        clock.advance(3600)
        notifier.alive(str)
        assert heard(sock) == []


def test_a_status_is_one_line_and_said_when_it_changes_and_not_too_often(tmp_path):
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with manager(path) as sock, closing(Notifier(path, clock=clock)) as notifier:
        notifier.alive(lambda: "the collector said:\nREADY=1")
        assert heard(sock) == ["STATUS=the collector said: READY=1"]
        notifier.alive(lambda: "changed at once")
        assert heard(sock) == []
        clock.advance(STATUS_EVERY)
        notifier.alive(lambda: "changed at last")
        clock.advance(STATUS_EVERY)
        notifier.alive(lambda: "changed at last")
        assert heard(sock) == ["STATUS=changed at last"]


def test_without_an_address_nothing_is_sent_and_no_text_is_made():
    notifier = Notifier.from_environment(ManualClock(), {"WATCHDOG_USEC": "1000000"})
    assert not notifier.active
    notifier.ready()
    notifier.alive(never)
    notifier.stopping()
    notifier.close()


@pytest.mark.parametrize("address", ["/nowhere/notify", "vsock:2:1234", "notify"])
def test_a_socket_that_cannot_be_reached_is_a_warning_and_no_failure(address, caplog):
    with caplog.at_level(logging.WARNING, logger="logsource.agent"):
        notifier = Notifier(address, clock=ManualClock())
    assert not notifier.active
    assert "event=notify_unavailable" in caplog.text
    notifier.ready()


def test_a_manager_that_went_away_does_not_stop_the_agent(tmp_path):
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with manager(path):
        notifier = Notifier(path, clock=clock, watchdog=2)
    with closing(notifier):
        clock.advance(10)
        notifier.alive(lambda: "still reading")
        notifier.stopping()


def test_a_full_queue_delays_the_watchdog_and_loses_nothing(tmp_path):
    """A datagram that found no room is sent at the next turn, not half a watchdog later."""
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with manager(path) as sock, closing(Notifier(path, clock=clock, watchdog=2)) as notifier:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as noise:
            noise.setblocking(False)
            noise.connect(path)
            with pytest.raises(BlockingIOError):
                flood(noise)
        clock.advance(1)
        notifier.alive(str)
        assert "WATCHDOG=1" not in heard(sock)
        notifier.alive(str)
        assert heard(sock) == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    ("environment", "fed"),
    [
        ({"WATCHDOG_USEC": "4000000"}, True),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({"WATCHDOG_USEC": "0"}, False),
        ({}, False),
    ],
)
def test_the_watchdog_is_the_one_that_the_environment_names(tmp_path, environment, fed):
    clock = ManualClock()
    path = str(tmp_path / "notify")
    with (
        manager(path) as sock,
        closing(Notifier.from_environment(clock, {"NOTIFY_SOCKET": path, **environment})) as notifier,
    ):
        clock.advance(2)
        notifier.alive(str)
        assert heard(sock) == (["WATCHDOG=1"] if fed else [])
