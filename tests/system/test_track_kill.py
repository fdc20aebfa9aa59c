"""kill -9 of programs that track, and of the agent that takes their events over: what was accepted arrives, once.

A program prints an id when `track` has returned. From then on the event must arrive, whoever is killed.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.sink import OK, Answer, Sink
from tests.support.tracked import tracker_to

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.system

PROGRAM = textwrap.dedent(
    """
    import sys
    from logsource.tracker import Collector, Tracker

    url, state_dir, name = sys.argv[1:]
    settings = Collector(url=url, retry_initial=0.02, retry_max=0.1, drain_timeout=0)
    with Tracker(settings, state_dir=state_dir) as tracker:
        number = 0
        while True:
            number += 1
            print(tracker.struct(name, str(number)), flush=True)
    """
)
AGENTS_PROGRAM = PROGRAM.replace(
    "with Tracker(settings, state_dir=state_dir) as tracker",
    "with Tracker.from_config(state_dir) as tracker",
)


class Tracking:
    """A program that tracks until it is killed; `ids` are those it was told to be accepted."""

    def __init__(self, *words: str, program: str = PROGRAM) -> None:
        self.ids: list[str] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, more: int) -> None:
        """Wait until so many more were accepted."""
        with self._changed:
            until = len(self.ids) + more
            assert self._changed.wait_for(lambda: len(self.ids) >= until, 60), self._process.poll()

    def kill(self) -> list[str]:
        """End it as a power cut would; all that it had accepted."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)
        self._reader.join(60)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        said = self._process.stderr.read()
        self._process.stdout.close()
        self._process.stderr.close()
        assert "Traceback" not in said, said
        return self.ids

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                with self._changed:
                    self.ids.append(line.strip())
                    self._changed.notify_all()


def arrived(sink: Sink) -> Counter[str]:
    return Counter(event["eid"] for event in sink.events())


def payloads_under_one_id(sink: Sink) -> set[int]:
    """How many different ones came, for each id; the time of sending apart."""
    payloads: dict[str, set[str]] = {}
    for event in sink.events():
        event.pop("stm")
        payloads.setdefault(event["eid"], set()).add(repr(sorted(event.items())))
    return {len(found) for found in payloads.values()}


def test_what_was_accepted_before_a_kill_is_sent_by_the_next_process(tmp_path):
    """Nothing gets out at first: all of it is in the outbox when the program dies."""
    with Sink(lambda request: Answer(503)) as sink:
        program = Tracking(sink.url, str(tmp_path / "track"), "a")
        program.wait_for(200)
        accepted = program.kill()
    with Sink() as sink:  # another one: what the dead program sent last may still be on its way to the first
        with tracker_to(sink.url, tmp_path / "track") as tracker:
            assert tracker.flush(60)
        found = arrived(sink)
        # The last event may have been committed without a word: the program died before it could say so.
        assert set(accepted) <= found.keys()
        assert len(found) <= len(accepted) + 1
        assert set(found.values()) == {1}


def test_a_crowd_that_shares_an_outbox_and_is_killed_one_by_one_loses_nothing(tmp_path):
    """Whoever owns the outbox may die at any moment; another one takes it over, with what is in it."""
    chance = random.Random(4)
    state_dir = str(tmp_path / "track")
    with Sink(lambda request: Answer(503) if request.number % 7 == 3 else OK) as sink:
        accepted: list[str] = []
        crowd = [Tracking(sink.url, state_dir, str(n)) for n in range(3)]
        for program in crowd:
            program.wait_for(20)
        for step in range(6):
            victim = crowd.pop(chance.randrange(len(crowd)))
            accepted += victim.kill()
            for program in crowd:  # they get on without it
                program.wait_for(20)
            crowd.append(Tracking(sink.url, state_dir, f"new-{step}"))
            crowd[-1].wait_for(20)
        for program in crowd:
            accepted += program.kill()
        with tracker_to(sink.url, tmp_path / "track") as tracker:
            assert tracker.flush(60)
        assert len(set(accepted)) == len(accepted)
        assert set(accepted) <= arrived(sink).keys()
        assert payloads_under_one_id(sink) == {1}  # what came twice was the same


def test_events_handed_to_an_agent_survive_its_death_and_its_absence(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("a line\n")
    down = threading.Event()
    with Sink(lambda request: Answer(503) if down.is_set() else OK) as first, Sink() as sink:
        config = write_config(tmp_path, first.url, source(log), drain_timeout="0s")
        with AgentProcess(config) as agent:
            agent.wait_until_ready()
            first.wait_for(lambda: len(first.events()) == 1)  # the line of the log
            down.set()
            program = Tracking(first.url, str(config), "a", program=AGENTS_PROGRAM)
            program.wait_for(30)
            agent.kill()
            program.wait_for(30)  # into an outbox of its own, below the agent's directory
            assert (tmp_path / "state" / "tracker" / "outbox").is_dir()
        with AgentProcess(config) as agent:
            agent.wait_for_log("event=started")
            program.wait_for(30)  # to the agent again
            accepted = program.kill()  # with events of its own that nobody has sent
            assert agent.stop() == 0
        # To another collector: what those who are dead sent last may still be on its way to the first.
        with AgentProcess(write_config(tmp_path, sink.url, source(log), timeout="60s")) as agent:
            agent.wait_for_log("event=adopted")
            agent.wait_until(lambda: set(accepted) <= arrived(sink).keys())
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
        # What the agent had committed when it was killed, and had not said so yet, the program took for refused.
        assert sum(count > 1 for count in arrived(sink).values()) <= 1
        assert payloads_under_one_id(sink) == {1}
        assert not arrived(sink).keys() & arrived(first).keys()


FORKING = textwrap.dedent(
    """
    import os, sys, threading
    from logsource.tracker import Collector, Tracker

    url, state_dir = sys.argv[1:]
    tracker = Tracker(Collector(url=url, retry_initial=0.02, retry_max=0.1), state_dir=state_dir)
    over = threading.Event()

    def track():
        while not over.is_set():
            tracker.struct("thread", "x")

    threads = [threading.Thread(target=track) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(6):
        pid = os.fork()
        if pid == 0:
            if number % 3:
                tracker.struct("child", str(number))
            sys.exit(0)  # the whole end of an interpreter: exit handlers, and everything is collected
        assert os.waitpid(pid, 0)[1] == 0, number
    over.set()
    for thread in threads:
        thread.join()
    tracker.struct("last", "x")
    # Nobody closes it: the end of the interpreter does.
    """
)


def test_children_that_end_in_order_leave_their_parents_outbox_alone(tmp_path):
    with Sink() as sink:
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "ignore::DeprecationWarning",
                "-c",
                FORKING,
                sink.url,
                str(tmp_path / "track"),
            ],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        found = Counter(event["se_ca"] for event in sink.events())
        assert (found["child"], found["last"]) == (4, 1)
        assert found["thread"] > 6
        assert set(arrived(sink).values()) == {1}
        with tracker_to(sink.url, tmp_path / "track", shared=False) as again:  # looks at the whole database
            assert again.status().waiting == 0


def test_the_agent_counts_what_programs_hand_over_and_says_where_it_goes(tmp_path):
    (tmp_path / "a.log").write_text("")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(tmp_path / "a.log"))
        with AgentProcess(config) as agent:
            agent.wait_until_ready()
            done = track(config, "struct", "--category", "shop", "--action", "add", "--wait")
            assert done.returncode == 0, done.stderr
            assert f"delivered to {sink.url} by the agent (pid {agent.pid})" in done.stdout
            [event] = sink.events()
            assert (event["eid"], event["aid"], event["se_ac"]) == (done.stdout.split()[0], "shop", "add")
            series = 'logsource_events_total{schema="com.google.analytics/event/1-0-0",source="tracker"}'
            assert agent.metric(series) == 1
            done = track(config, "page-view", "--url", "https://example.com/")
            assert f"handed over to the agent (pid {agent.pid}), which sends to {sink.url}" in done.stdout
            sink.wait_for(lambda: len(sink.events()) == 2)
            programs = agent.status()["programs"]
            assert (programs["handed_over"], programs["adopted"]) == (2, 0)
            assert agent.stop() == 0
        done = track(config, "struct", "--category", "shop", "--action", "without")
        assert f"delivered to {sink.url}\n" in done.stdout  # no agent runs: directly
        assert [event["se_ac"] for event in sink.events() if event["e"] == "se"] == ["add", "without"]


@pytest.fixture
def interruptible():
    """Ctrl-C works in what is started, also when somebody started these tests in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_whoever_is_tired_of_waiting_presses_ctrl_c(tmp_path):
    with Sink(lambda request: Answer(503)) as sink:
        config = write_config(tmp_path, sink.url, source(tmp_path / "a.log"), drain_timeout="1h")
        words = ["struct", "--category", "a", "--action", "b", "--timeout", "1h"]
        with subprocess.Popen(
            [LOGSOURCE, "track", *words, "-c", str(config), "--state-dir", str(tmp_path / "kept")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as waiting:
            try:
                assert waiting.stderr is not None
                assert re.search(r"trying for 3600 s: .*503", waiting.stderr.readline())
                waiting.send_signal(signal.SIGINT)
                waiting.communicate(timeout=60)  # a tracker that is closed in peace would try for an hour
            finally:
                waiting.kill()
        assert waiting.returncode == 1
    with Sink() as sink:
        with tracker_to(sink.url, tmp_path / "kept") as tracker:
            assert tracker.flush(60)
        assert len(sink.events()) == 1


def track(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command."""
    return subprocess.run(
        [LOGSOURCE, "track", *words, "-c", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_PROXY": "*"},
    )
