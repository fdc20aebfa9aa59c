"""`agent.workers: 2`: numbered lines arrive once, whatever happens to the processes that parse."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from logsource.clock import SystemClock
from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.capricious import Capricious
from tests.support.collector import LedgerCollector
from tests.support.sink import Sink
from tests.support.writer import Writer
from tests.system.test_kill import (
    TOO_LONG,
    catch_up,
    is_culprit,
    meet,
    nothing_lost_nothing_twice,
    storm,
)

pytestmark = pytest.mark.system


def children(pid: int) -> set[int]:
    """Processes that this one started and that are not waited for."""
    found: set[int] = set()
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since
            found.update(int(child) for child in listed.read_text().split())
    return found


def alive(pid: int) -> bool:
    """Whether it runs; a zombie does not (nobody may be there to wait for an orphan)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def expendability(pid: int) -> int:
    """How gladly the kernel ends it when memory is short."""
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


def restarts(agent):
    """How often a worker was replaced: while it worked or waited (crash), or before it was ready (start)."""
    return sum(
        agent.metric(f'logsource_worker_restarts_total{{reason="{why}"}}') for why in ("crash", "start")
    )


def config_of(tmp_path, url, **more):
    web = source(tmp_path / "access.log", parser="nginx_access")
    return write_config(tmp_path, url, web, agent={"workers": 2}, **more)


def test_once_reads_everything_with_two_workers(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(20_000)
        agent = run_once(config_of(tmp_path, collector.url))
        assert agent.process.returncode == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.resent() == 0
        assert collector.ledger.under_two_ids() == {}
        assert "lines=20000 events=20000 sent=20000 outbox=0 dead=0" in "".join(agent.log)


def test_workers_that_are_killed_cost_nothing_and_leave_with_their_agent(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        config = config_of(tmp_path, collector.url)
        writer.write(10)
        with AgentProcess(config) as agent:
            collector.wait_for(10)
            for _ in range(3):
                workers = children(agent.pid)
                assert len(workers) == 2
                for worker in workers:
                    os.kill(worker, signal.SIGKILL)
                writer.write(3000)
                collector.wait_for(writer.lines)
                agent.wait_until(lambda dead=workers: len(children(agent.pid) - dead) == 2)
            assert restarts(agent) == 6
            assert agent.metric("logsource_accounting_imbalance") == 0
            workers = children(agent.pid)
            own = expendability(agent.pid)
            agent.wait_until(lambda: all(expendability(worker) > own for worker in workers))
            agent.kill()
            clock = SystemClock()
            end = clock.monotonic() + 60
            while any(map(alive, workers)):
                assert clock.monotonic() < end, "workers outlived their agent"
        with AgentProcess(config) as agent:
            writer.write(500)
            collector.wait_for(writer.lines)
            workers = children(agent.pid)
            assert agent.stop() == 0
            assert not any(map(alive, workers))
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}


def test_signals_for_everybody_end_the_agent_in_order(tmp_path):
    """Ctrl-C reaches the whole process group, and service managers may signal the whole control group."""
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(5000)
        with AgentProcess(config_of(tmp_path, collector.url)) as agent:
            collector.wait_for(5000)
            for pid in children(agent.pid):
                os.kill(pid, signal.SIGTERM)
                os.kill(pid, signal.SIGINT)
            writer.write(100)
            collector.wait_for(5100)
            assert restarts(agent) == 0
            assert agent.stop() == 0
        assert "worker_" not in agent.tail(100)


def test_a_reload_replaces_the_workers_by_some_that_know_the_new_configuration(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    env = {"iglu:com.acme/deployment/jsonschema/1-0-0": {"env": "test"}}
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log), agent={"workers": 2})
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: len(sink.events()) == 1)
            before = children(agent.pid)
            write_config(tmp_path, sink.url, source(log, context=env), agent={"workers": 2})
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_for_log("event=reloaded")
            with log.open("a") as more:
                more.write("two\n")
            sink.wait_for(lambda: len(sink.events()) == 2)
            after = children(agent.pid)
            assert len(after) == 2
            assert not before & after
            assert agent.stop() == 0
        assert ["com.acme/deployment" in event["co"] for event in sink.events()] == [False, True]
        assert "worker_" not in agent.tail(100)


def test_kills_of_the_agent_lose_nothing(tmp_path):
    """The storm of test_kill, a milder one, with workers."""
    log = tmp_path / "access.log"
    with (
        Capricious(seed=21, largest=TOO_LONG, culprit=is_culprit) as collector,
        Writer(log, "web", seed=22) as writer,
    ):
        web = source(log, parser="nginx_access")
        config = write_config(tmp_path, collector.url, web, agent={"workers": 2}, timeout="300ms")
        writer.write(10)
        meet(config, collector, {"web"})
        writer.start(pause=0.1, burst=200, rotate=0.06)
        storm([config], seed=23, go_on=lambda kills: kills < 10)
        writer.finish()
        collector.get_well()
        catch_up(config, writer.lines, timeout=60)
        nothing_lost_nothing_twice(collector, [writer], tmp_path / "state")
