"""The collector is on another host, and the cable between them is pulled at the worst moments.

Real namespaces, interfaces and TCP; nothing of it is seen by anybody else on the machine. Where namespaces are not
permitted (without root, as a rule) there is nothing to be tested.
"""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.ledger import Ledger
from tests.support.netns import Cable, permitted
from tests.support.sink import OK, Sink
from tests.support.writer import nginx_line

TIMEOUT = 0.5
"""Seconds: `collector.timeout`."""
LINES = 1500
"""About 1.4 MB of bodies: far more than the sockets of a connection hold."""


class Hosts:
    """An agent on the near host, a collector on the far one."""

    def __init__(self, directory) -> None:
        self.cable = Cable()
        self.ledger = Ledger()
        self.at_head = lambda: None
        """Called when the head of a request has arrived and its body is on the way."""
        self.at_body = lambda: None
        """Called when a request has arrived, before it is answered."""
        far = self.cable.far
        self.sink = far.run(lambda: Sink(self._answer, record=False, refuse=self._refuse, host=far.address))
        self.log = directory / "access.log"
        self.written = 0
        self.directory = directory
        self.agent: AgentProcess | None = None

    def _refuse(self) -> bool:
        self.at_head()
        return False

    def _answer(self, request):
        ids = self.ledger.arrived(request)
        self.ledger.accept(ids)
        self.at_body()
        return OK

    def write(self, lines: int) -> None:
        block = b"".join(nginx_line("web", self.written + n) for n in range(lines))
        self.written += lines
        with self.log.open("ab") as log:
            log.write(block)

    def start(self, timeout: str = f"{TIMEOUT}s") -> AgentProcess:
        config = write_config(
            self.directory,
            self.sink.url,
            source(self.log, name="web", parser="nginx_access"),
            timeout=timeout,
            byte_limit_post=800_000,
            send_limit=5000,
            drain_timeout="1s",
        )
        self.agent = self.cable.near.run(lambda: AgentProcess(config))
        return self.agent

    def wait_for_all(self) -> None:
        """All lines must come, each under one id and with one payload."""
        self.sink.wait_for(lambda: self.ledger.delivered >= self.written)
        assert self.ledger.delivered == self.written
        assert self.ledger.changed == {}
        assert self.ledger.strange == []

    def close(self) -> None:
        if self.agent is not None:
            self.agent.__exit__()
        self.sink.close()
        self.cable.__exit__()


if permitted():

    @pytest.fixture
    def hosts(tmp_path):
        made = Hosts(tmp_path)
        yield made
        made.close()

    def once(action):
        """An action that happens the first time only, and an event that says so."""
        done = threading.Event()

        def act() -> None:
            if not done.is_set():
                action()
                done.set()

        return act, done

    def test_the_cable_is_pulled_in_the_middle_of_a_body(hosts):
        hosts.at_head, pulled = once(hosts.cable.far.down)
        hosts.write(LINES)
        agent = hosts.start()
        assert pulled.wait(60)
        agent.wait_for_log("event=retry", "code=timeout")
        agent.still_runs_after(3 * TIMEOUT)
        assert hosts.ledger.delivered < hosts.written, "it was the middle"
        hosts.cable.far.up()
        hosts.wait_for_all()

    def test_the_cable_is_pulled_before_the_answer_goes_out(hosts):
        """The events were taken, and the agent cannot know: they come again, under the same ids."""
        hosts.at_body, pulled = once(hosts.cable.far.down)
        hosts.write(40)
        agent = hosts.start()
        assert pulled.wait(60)
        agent.wait_for_log("event=retry", "code=timeout")
        hosts.cable.far.up()
        hosts.write(40)
        hosts.wait_for_all()
        assert max(hosts.ledger.accepted.values()) >= 2

    def test_full_packets_vanish_on_the_way(hosts):
        """A path whose largest packet shrinks, and a firewall that drops the messages that would say so."""
        hosts.write(1)
        agent = hosts.start()
        hosts.wait_for_all()
        hosts.cable.near.single_packets()
        hosts.cable.far.largest_packet(576)
        hosts.write(LINES)  # on the connection whose segments are 1,460 bytes
        agent.wait_for_log("event=retry", "code=timeout")
        hosts.wait_for_all()  # a new connection asks for segments that fit

    def test_a_cable_with_a_loose_contact(hosts):
        hosts.write(100)
        hosts.start()
        pause = threading.Event()
        until = time.monotonic() + 2
        while time.monotonic() < until:
            hosts.write(100)
            pause.wait(0.05)
            hosts.cable.far.down()
            pause.wait(0.1)
            hosts.cable.far.up()
        hosts.wait_for_all()

    def test_an_agent_that_reaches_nobody_ends_in_time_and_the_next_one_delivers(hosts):
        hosts.cable.far.down()
        hosts.write(LINES)
        agent = hosts.start()
        agent.wait_for_log("event=retry")
        agent.stop(30)  # drain_timeout, and the request that is under way; TCP itself would try for minutes
        assert hosts.ledger.delivered == 0
        hosts.cable.far.up()
        hosts.start(timeout="60s")
        hosts.wait_for_all()
        assert max(hosts.ledger.arrivals.values()) == 1, "no answer was lost, so nothing came twice"
