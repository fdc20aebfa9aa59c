"""Apache's real rotatelogs: a file for each second, and one hard link to the latest, which is all that `paths` name."""

from __future__ import annotations

import re
import subprocess
import threading

import pytest

from logsource.clock import SystemClock
from tests.deploy.tools import environment_for, tool
from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink

pytestmark = pytest.mark.system

PAUSE = 0.01
"""Seconds between two lines of the program, as real programs have them; no rotation without time."""
AT_ONCE = 3
"""Files that come and go while the agent is down."""


class Program:
    """Logs numbered lines to rotatelogs until it is left."""

    def __init__(self, *options):
        path = tool("rotatelogs")
        self.count = 0
        self._rotatelogs = subprocess.Popen(
            [path, *map(str, options)], env=environment_for(path), stdin=subprocess.PIPE
        )
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.finish()

    def finish(self):
        """How many lines there are in all, once the last one is in its file."""
        self._end.set()
        self._thread.join(60)
        self._rotatelogs.stdin.close()
        assert self._rotatelogs.wait(60) == 0
        return self.count

    def _write(self):
        while not self._end.wait(PAUSE):
            self._rotatelogs.stdin.write(f"line {self.count:06d}\n".encode())
            self._rotatelogs.stdin.flush()
            self.count += 1


def wait_for_turns(link, turns):
    """Let the link lead to another file so many times."""
    clock, pause = SystemClock(), threading.Event()
    end = clock.monotonic() + 60
    inodes = set()
    while len(inodes) <= turns:
        assert clock.monotonic() < end
        if link.exists():
            try:
                inodes.add(link.stat().st_ino)
            except FileNotFoundError:
                continue  # rotatelogs takes the link away before it makes the next one
        pause.wait(PAUSE)


NAMES = {"seconds": ("access",), "ring": ("access", "-n", "99")}


@pytest.mark.parametrize("names", NAMES)
def test_what_came_and_went_while_the_agent_was_dead(tmp_path, names):
    folder = tmp_path / "logs"
    folder.mkdir()
    link = folder / "current"
    name, *options = NAMES[names]
    with Sink() as sink, Program(*options, "-L", link, folder / name, 1) as program:
        config = write_config(tmp_path, sink.url, source(link), concurrency=1)
        wait_for_turns(link, 0)
        for _ in range(2):
            with AgentProcess(config) as agent:
                before = len(sink.events())
                sink.wait_for(lambda before=before: len(sink.events()) > before)
                agent.kill()
            wait_for_turns(link, AT_ONCE)
        with AgentProcess(config) as agent:
            count = program.finish()
            sink.wait_for(lambda: count - 1 in lines(sink).values())
            agent.wait_until(lambda: agent.metric("logsource_outbox_events") == 0)
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
    numbers = list(lines(sink).values())
    # What was written before the agent was started for the first time is history, but for the file of that moment.
    assert numbers == list(range(numbers[0], count))
    assert len({path for path in folder.iterdir() if path.name.startswith("access")}) > 2 * AT_ONCE


def lines(sink):
    """Numbers of the lines by the ids of their events, as they came first."""
    found = {}
    for event in sink.events():
        found.setdefault(event["eid"], int(re.search(r"line (\d{6})", event["ue_pr"])[1]))
    return found
