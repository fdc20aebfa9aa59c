"""What a person does beside a running agent: ask how it is, look at dead letters, send them again."""

from __future__ import annotations

import json
import re
import socket
import subprocess

import pytest
import yaml

from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.ledger import number_of
from tests.support.sink import OK, Answer
from tests.support.writer import Writer

pytestmark = pytest.mark.system


def run(*words):
    return subprocess.run(
        [LOGSOURCE, *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )


def listening_at(config, port):
    """`logsource status` looks for the agent where the configuration says, so port 0 will not do."""
    body = yaml.safe_load(config.read_text())
    body["web"]["listen"] = f"127.0.0.1:{port}"
    config.write_text(yaml.safe_dump(body))


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def test_status_says_whether_the_agent_does_its_whole_job(tmp_path, free_port):
    with LedgerCollector() as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(100)
        config = write_config(tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"))
        listening_at(config, free_port)
        with AgentProcess(config) as agent:
            collector.wait_for(100)
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
            well = run("status", "-c", config, "--json")
            assert well.returncode == 0, well.stderr
            body = json.loads(well.stdout)
            assert body["accounting_imbalance"] == 0
            assert body["totals"]["lines"] == body["totals"]["events"] == 100
            assert re.search(r"web +nginx_access +1 +100 +100", run("status", "-c", config).stdout)

            collector.down = True
            writer.write(10)
            agent.wait_until(lambda: agent.get("/readyz")[0] == 503)
            blocked = run("status", "-c", config)
            assert blocked.returncode == 1
            assert "not ready collector_blocked" in blocked.stdout
            assert "503" in blocked.stdout
            collector.down = False
            collector.wait_for(110)
            agent.wait_until_ready()
            assert agent.stop() == 0

        gone = run("status", "-c", config, "--json")
        assert gone.returncode == 1
        assert json.loads(gone.stdout)["sources"] == {"web": {"lines": 110, "events": 110}}
        assert json.loads(gone.stdout)["outbox"]["events"] == 0


def test_a_dead_letter_is_shown_and_replayed_under_its_own_id_while_the_agent_runs(tmp_path):
    strict = True

    def picky(request):
        return Answer(400, b"seven is not a number") if strict and b"/n/web/00000007" in request.body else OK

    with LedgerCollector(picky) as collector, Writer(tmp_path / "access.log", "web", seed=1) as writer:
        writer.write(40)
        config = write_config(tmp_path, collector.url, source(tmp_path / "access.log", parser="nginx_access"))
        with AgentProcess(config) as agent:
            collector.wait_for(39)
            agent.wait_until(lambda: agent.status()["outbox"]["dead_letters"] == 1)
            (letter,) = [
                json.loads(line) for line in run("dead", "list", "-c", config, "--json").stdout.splitlines()
            ]
            assert letter["reason"] == "rejected_400"
            assert "seven is not a number" in letter["detail"]
            (row,) = run("dead", "show", "-c", config, "--all", "--bad-rows").stdout.splitlines()
            assert json.loads(row)["schema"].startswith("iglu:com.snowplowanalytics.snowplow.badrows/")
            event = letter["event"] if isinstance(letter["event"], dict) else json.loads(letter["event"])
            assert number_of(json.dumps(event).encode()) == ("web", 7)

            strict = False
            replayed = run("dead", "replay", "-c", config, "--all")
            assert replayed.returncode == 0, replayed.stderr
            collector.wait_for(40)
            agent.wait_until(lambda: agent.status()["outbox"]["dead_letters"] == 0)
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert event["eid"] in collector.ledger.accepted
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}
