"""Programs that track through an agent, and everybody is killed at random: what was accepted arrives.

programs ──track.sock──▶ agent ──▶ collector (503 now and then, and answers that are lost)
    └──── while it is away ──▶ state/tracker ──▶ collector, or adopted by the agent
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import OK, Answer, Sink
from tests.support.soak import SOAK_SECONDS
from tests.system.test_track_kill import AGENTS_PROGRAM, Tracking

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.sink import SinkRequest

pytestmark = pytest.mark.system

SHORT = 8.0
"""Seconds."""


def moody(request: SinkRequest) -> Answer:
    if request.number % 5 == 1:
        return Answer(503)
    return Answer(reset=True) if request.number % 11 == 3 else OK


class Storm:
    def __init__(self, config: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.config = config
        self.accepted: list[str] = []
        self.made = 0
        self.agent = AgentProcess(config)
        self.agent.wait_for_log("event=started")
        self.programs = [self.program() for _ in range(3)]

    def program(self) -> Tracking:
        self.made += 1
        return Tracking("unused", str(self.config), str(self.made), program=AGENTS_PROGRAM)

    def get_on(self) -> None:
        """Each program tracks a while."""
        for program in self.programs:
            program.wait_for(self.chance.randrange(1, 30))

    def kill_a_program(self) -> None:
        victim = self.programs.pop(self.chance.randrange(len(self.programs)))
        self.accepted += victim.kill()
        self.programs.append(self.program())

    def end_the_agent(self) -> None:
        if self.chance.random() < 0.6:
            self.agent.kill()
        else:
            # The latter when it had no time yet to say what it does with a signal.
            assert self.agent.stop() in {0, -signal.SIGTERM}
        self.get_on()
        self.agent = AgentProcess(self.config)
        if self.chance.random() < 0.5:
            self.agent.wait_for_log("event=started")

    def blow(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.get_on()
            self.chance.choice([self.kill_a_program, self.end_the_agent, self.get_on])()
        while self.programs:
            self.accepted += self.programs.pop().kill()

    def close(self) -> None:
        for program in self.programs:
            program.kill()
        self.agent.__exit__()


def arrived(sink: Sink) -> dict[str, set[str]]:
    """What came under each id, but for the time of sending."""
    found: dict[str, set[str]] = {}
    for event in sink.events():
        said = sorted((key, value) for key, value in event.items() if key != "stm")
        found.setdefault(event["eid"], set()).add(repr(said))
    return found


def survive(tmp_path: Path, seed: int, seconds: float) -> None:
    (tmp_path / "a.log").touch()
    with Sink(moody) as sink:
        storm = Storm(write_config(tmp_path, sink.url, source(tmp_path / "a.log"), drain_timeout="1s"), seed)
        try:
            storm.blow(seconds)
            storm.agent.kill()
            with AgentProcess(storm.config) as agent:  # takes over what nobody sends any more
                agent.wait_for_log("event=started")
                until = time.monotonic() + 60
                while not set(storm.accepted) <= arrived(sink).keys():
                    assert time.monotonic() < until, "not all of it arrived"
                    agent.still_runs_after(0.5)
                agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
                assert agent.metric("logsource_accounting_imbalance") == 0
                assert agent.stop() == 0
        finally:
            storm.close()
        assert Counter(storm.accepted).most_common(1)[0][1] == 1
        assert {len(payloads) for payloads in arrived(sink).values()} == {1}


def test_a_short_storm(tmp_path):
    survive(tmp_path, seed=5, seconds=SHORT)


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS * 2 + 300)
def test_a_long_storm(tmp_path):
    survive(tmp_path, seed=time.time_ns(), seconds=SOAK_SECONDS)
