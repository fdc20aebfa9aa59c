"""`agent.workers: 2`: what happens to the workers when the agent, or one of them, is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.writer import Writer

pytestmark = pytest.mark.system


def children(pid):
    """Worker processes of an agent."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if b"logsource.agent.worker" in command_of(child)]


def command_of(pid):
    """Command line of a process; nothing when it is gone, or about to be."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # killed, and waited for since it was listed
        return b""


def runs(pid):
    """Whether a process is there and not a zombie that nobody has waited for."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def config_with(tmp_path, collector, workers):
    return write_config(
        tmp_path,
        collector.url,
        source(tmp_path / "access.log", parser="nginx_access"),
        agent={"workers": workers},
    )


def test_workers_end_with_an_agent_that_is_killed_and_the_next_one_makes_the_same_events(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(20_000)
        collector.down = (
            True  # everything is seen at least twice: by two workers first, then by a single process
        )
        with AgentProcess(config_with(tmp_path, collector, 2)) as agent:
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 20_000)
            agent.wait_until(lambda: bool(collector.ledger.arrivals))
            workers = children(agent.pid)
            assert len(workers) == 2
            agent.kill()
        with AgentProcess(config_with(tmp_path, collector, 1)) as agent:
            agent.wait_until(lambda: not any(runs(pid) for pid in workers))
            writer.write(2000)
            collector.down = False
            collector.wait_for(22_000)
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}


def test_a_worker_that_is_killed_is_replaced_and_loses_nothing(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(100)
        with AgentProcess(config_with(tmp_path, collector, 2)) as agent:
            collector.wait_for(100)
            for _ in range(3):
                agent.wait_until(lambda: len(children(agent.pid)) == 2)
                victim = children(agent.pid)[0]
                writer.write(5000)
                os.kill(victim, signal.SIGKILL)
                writer.write(5000)
                collector.wait_for(writer.lines)
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.status()["totals"]["lines"] == writer.lines
            workers = children(agent.pid)
            assert agent.stop() == 0
        assert not any(runs(pid) for pid in workers)
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}


def test_the_same_file_gives_the_same_payloads_with_one_process_and_with_three(tmp_path):
    """Apart from the id, which belongs to the state directory that met the file."""
    with Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(10_000)
        said = []
        for workers in (1, 3):
            with LedgerCollector() as collector:
                config = config_with(tmp_path, collector, workers)
                once = run_once(config)
                assert once.process.returncode == 0, once.tail()
                assert collector.ledger.lines() == writer.expected()
                assert collector.ledger.resent() == 0
                said.append(once.tail(1))
            (tmp_path / "state").rename(tmp_path / f"state-{workers}")
        assert said[0] == said[1]
