"""`after_delivery: delete` and `move` with the real logrotate, and kill -9 around the moment of the deed."""

from __future__ import annotations

import os
import random
import signal

import pytest

from tests.support.agent import AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.cron import rotate
from tests.support.roll import LINE
from tests.support.sink import OK
from tests.support.writer import Writer

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

GONE = "gone"
"""Its rotated files are deleted."""
KEPT = "kept"
"""Its rotated files are moved away."""


class Assassin:
    """Kills the agent when the collector has taken the last of the lines that it waits for, before it can answer."""

    def __init__(self):
        self.collector = LedgerCollector(self.answer)
        self.wanted = set()
        self.victim = None

    def answer(self, request):
        if self.victim is not None:
            here = {(log.decode(), int(number)) for log, number in LINE.findall(request.body)}
            if self.wanted <= self.collector.ledger.lines() | here:
                os.kill(self.victim, signal.SIGKILL)
                self.victim = None
        return OK


@pytest.fixture
def assassin():
    one = Assassin()
    with one.collector:
        yield one


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "logs").mkdir(mode=0o755)
    (tmp_path / "done").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def writers(logs):
    with Writer(logs / "gone.log", GONE, seed=1) as gone, Writer(logs / "kept.log", KEPT, seed=2) as kept:
        yield [gone, kept]


@pytest.fixture
def config(tmp_path, logs, assassin):
    return write_config(
        tmp_path,
        assassin.collector.url,
        source(logs / "gone.log*", name="gone", after_delivery="delete"),
        source(logs / "kept.log*", name="kept", after_delivery="move", move_to=str(tmp_path / "done")),
        agent={"log_level": "debug"},  # tells when the end of a file is proven
        concurrency=1,
    )


def write_and_rotate(tmp_path, logs, writers):
    for writer in writers:
        writer.write(2000)
    rotate(tmp_path, f"{logs}/*.log {{\nrotate 99\ncreate 0644\n}}\n")
    for writer in writers:
        writer.reopen()
        writer.write(50)


def rotated(logs):
    return sorted(path.name for path in logs.iterdir() if path.suffix != ".log")


def on_disk(*folders):
    found = set()
    for folder in folders:
        for path in folder.iterdir():
            found |= {(log.decode(), int(number)) for log, number in LINE.findall(path.read_bytes())}
    return found


def nothing_went_that_was_not_delivered(tmp_path, writers, ledger):
    written = set().union(*(writer.expected() for writer in writers))
    assert written - on_disk(tmp_path / "logs", tmp_path / "done") - ledger.lines() == set()


def test_kills_around_delivery_deletion_and_move_cost_nothing(tmp_path, logs, writers, config, assassin):
    collector, ledger = assassin.collector, assassin.collector.ledger
    with AgentProcess(config) as agent:
        for writer in writers:
            writer.write(10)
        collector.wait_for(20)

        # The files are read to their ends for good; all that is missing is the collector.
        collector.down = True
        write_and_rotate(tmp_path, logs, writers)
        agent.wait_for_log("event=finished", "gone.log")
        agent.wait_for_log("event=finished", "kept.log")
        assassin.wanted = set().union(*(writer.expected() for writer in writers))
        assassin.victim = agent.pid
        collector.down = False
        agent.wait()
    assert rotated(logs) == ["gone.log.1", "kept.log.1"], "nobody knew that they were delivered"
    with AgentProcess(config) as agent:
        agent.wait_for_log("event=delivered", "kind=delete")
        agent.wait_for_log("event=delivered", "kind=move")
        agent.kill()  # before it could write down that they are gone
    assert rotated(logs) == []
    assert ledger.resent() > 0
    nothing_went_that_was_not_delivered(tmp_path, writers, ledger)

    chance = random.Random(5)
    for _ in range(2):
        with AgentProcess(config) as agent:
            write_and_rotate(tmp_path, logs, writers)
            agent.wait_for_log("event=finished", timeout=60)
            agent.still_runs_after(chance.random() * 1.5)
            agent.kill()
        nothing_went_that_was_not_delivered(tmp_path, writers, ledger)
    with AgentProcess(config) as agent:
        agent.wait_until(lambda: not rotated(logs), 60)
        lines = sum(writer.lines for writer in writers)
        agent.wait_until(lambda: agent.status()["totals"]["lines"] == lines)
        collector.wait_for(lines)
        assert agent.metric("logsource_accounting_imbalance") == 0
        for reason in ("vanished", "truncated"):
            for name in (GONE, KEPT):
                series = f'logsource_unread_bytes_abandoned_total{{reason="{reason}",source="{name}"}}'
                assert agent.metric(series) == 0
        assert agent.stop() == 0

    assert ledger.lines() == set().union(*(writer.expected() for writer in writers))
    assert ledger.under_two_ids() == {}
    assert ledger.changed == {}
    gone, kept = writers
    assert on_disk(tmp_path / "done", logs) >= kept.expected(), "what is moved stays what it was"
    assert not on_disk(tmp_path / "done") & gone.expected()
    assert len(list((tmp_path / "done").iterdir())) == 3
