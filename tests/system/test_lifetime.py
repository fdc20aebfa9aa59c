"""How an agent starts, stops in order, and says with its exit status whether all was delivered."""

from __future__ import annotations

import threading
import time

import pytest

from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.sink import OK, Answer, Sink
from tests.support.writer import Writer

pytestmark = pytest.mark.system


def web(tmp_path, **more):
    return source(tmp_path / "access.log", parser="nginx_access", **more)


def questions_in(agent, seconds):
    """How often an agent is asked while somebody waits for something that takes so long."""
    answers, until = [], time.monotonic() + seconds
    agent.wait_until(lambda: answers.append(agent.status()) or time.monotonic() >= until)
    return len(answers)


def test_an_agent_is_ready_follows_its_log_and_stops_in_order(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(100)
        with AgentProcess(write_config(tmp_path, collector.url, web(tmp_path))) as agent:
            agent.wait_until_ready()
            collector.wait_for(100)
            assert questions_in(agent, 1.0) < 50, "not asked all the time by who waits for it"
            writer.write(50)
            collector.wait_for(150)
            assert agent.metric('logsource_lines_read_total{source="web"}') == 150
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.resent() == 0
        assert "lines=150 events=150 sent=150 outbox=0 dead=0" in agent.tail(1)


def test_sigterm_waits_for_a_slow_collector_within_the_drain_time(tmp_path):
    """Many requests are still to be made when the signal comes, and the collector answers them one by one."""
    gate = threading.Event()

    def slow(request):
        return Answer(hold=gate)

    with LedgerCollector(slow) as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(5000)
        config = write_config(tmp_path, collector.url, web(tmp_path), send_limit=100, drain_timeout="60s")
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: agent.status()["totals"]["lines"] == 5000)
            assert collector.ledger.delivered < 5000
            agent.process.terminate()
            agent.still_runs_after(0.2)
            gate.set()
            assert agent.wait() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert "outbox=0" in agent.tail(1)


def test_sigterm_with_a_collector_that_is_down_ends_after_the_drain_time_and_keeps_everything(tmp_path):
    with Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(1000)
        with LedgerCollector(lambda request: Answer(503)) as down:
            config = write_config(tmp_path, down.url, web(tmp_path), drain_timeout="300ms")
            with AgentProcess(config) as agent:
                agent.wait_until(lambda: agent.status()["outbox"]["events"] == 1000)
                assert agent.stop() == 0
            assert "sent=0 outbox=1000" in agent.tail(1)
        with LedgerCollector() as up:
            again = run_once(write_config(tmp_path, up.url, web(tmp_path)))
        assert again.process.returncode == 0
        assert up.ledger.lines() == writer.expected()
        assert set(up.ledger.arrivals) >= set(down.ledger.arrivals), (
            "what was tried once came under the same ids"
        )


def test_asked_twice_it_stops_at_once_and_keeps_everything(tmp_path):
    with (
        LedgerCollector(lambda request: Answer(503)) as down,
        Writer(tmp_path / "access.log", "web", seed=1) as writer,
    ):
        writer.write(1000)
        config = write_config(tmp_path, down.url, web(tmp_path), drain_timeout="10m")
        with AgentProcess(config) as agent:
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 1000)
            agent.process.terminate()
            agent.still_runs_after(0.3)
            assert agent.stop() == 1
    with LedgerCollector() as up:
        assert run_once(write_config(tmp_path, up.url, web(tmp_path))).process.returncode == 0
        assert up.ledger.lines() == writer.expected()


def test_a_second_agent_on_the_same_state_directory_says_who_has_it(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(10)
        config = write_config(tmp_path, collector.url, web(tmp_path))
        with AgentProcess(config) as first:
            first.wait_until_ready()
            second = run_once(config)
            assert second.process.returncode == 1
            said = "".join(second.log)
            assert said.startswith("logsource: ")
            assert str(tmp_path / "state") in said
            assert str(first.pid) in said
            assert "Traceback" not in said
            writer.write(10)
            collector.wait_for(20)  # the first one is not disturbed
            assert first.stop() == 0
        assert run_once(config).process.returncode == 0, "the directory is free again"


def test_once_delivers_all_and_exits_0(tmp_path):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(3000)
        writer.rotate()
        writer.write(1000)
        config = write_config(
            tmp_path, collector.url, source(tmp_path / "access.log*", parser="nginx_access")
        )
        once = run_once(config)
        assert once.process.returncode == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.resent() == 0
        assert (
            f"{writer.lines:,} lines read, {writer.lines:,} events, {writer.lines:,} delivered"
            in once.tail(1)
        )

        again = run_once(config)
        assert again.process.returncode == 0
        assert again.tail(1).startswith("0 lines read")
        assert collector.ledger.resent() == 0


def test_once_with_the_collector_down_exits_1_and_the_next_run_delivers_under_the_same_ids(tmp_path):
    with Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(2000)
        refusing = Sink()
        refusing.close()  # nobody listens at its address any more
        config = write_config(tmp_path, refusing.url, web(tmp_path), drain_timeout="300ms")
        once = run_once(config)
        assert once.process.returncode == 1
        assert "2,000 lines read" in once.tail(1)
        assert "0 delivered" in once.tail(1)
        assert "2,000 left in the outbox" in once.tail(1)

        with LedgerCollector(lambda request: Answer(503) if request.number < 4 else OK) as collector:
            config = write_config(tmp_path, collector.url, web(tmp_path), drain_timeout="30s")
            again = run_once(config)
        assert again.process.returncode == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}
        assert again.tail(1).startswith("0 lines read")


def test_once_with_a_culprit_exits_1_because_not_all_was_delivered(tmp_path):
    def picky(request):
        return Answer(400, b"I do not like 7") if b"/n/web/00000007" in request.body else OK

    with LedgerCollector(picky) as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(40)
        once = run_once(write_config(tmp_path, collector.url, web(tmp_path)))
        assert once.process.returncode == 1
        assert "39 delivered, 0 dropped, 1 dead letters, 0 left in the outbox" in once.tail(1)
        assert collector.ledger.lines() == writer.expected() - {("web", 7)}


def test_a_wrong_configuration_ends_the_agent_before_it_touches_anything(tmp_path):
    config = write_config(
        tmp_path, "http://127.0.0.1:9", source(tmp_path / "access.log", parser="ngnix_access")
    )
    wrong = run_once(config)
    assert wrong.process.returncode == 1
    assert "nginx_access" in wrong.log[0]  # did you mean
    assert str(config) in wrong.log[0]
    assert not (tmp_path / "state").exists()
    assert run_once(tmp_path / "missing.yaml").process.returncode == 2
