"""`logsource drain` from logrotate's scripts: what is deleted right afterwards was read before, kills or not."""

from __future__ import annotations

import random
import socket
import subprocess
import threading

import pytest
import yaml

from tests.support.agent import LOGSOURCE, AgentProcess, source, write_config
from tests.support.collector import LedgerCollector
from tests.support.cron import rotate
from tests.support.writer import Writer

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

PREROTATE = """
LOG {
    rotate 0
    create 0644
    prerotate
        LOGSOURCE drain LOG -c CONFIG --timeout 60s
    endscript
}
"""
"""The log is deleted as soon as it is rotated."""
LASTACTION = """
LOG {
    rotate 5
    create 0644
    lastaction
        LOGSOURCE drain LOG.1 -c CONFIG --timeout 60s && rm LOG.1
    endscript
}
"""
TRUNCATE = """
LOG {
    rotate 0
    copytruncate
    prerotate
        LOGSOURCE drain LOG -c CONFIG --timeout 60s
    endscript
}
"""
"""The copy is deleted, and the log cut off."""


def listen_somewhere(config):
    """On a port that nobody had a moment ago: `drain` has to know the agent's from its configuration."""
    body = yaml.safe_load(config.read_text())
    with socket.create_server(("127.0.0.1", 0)) as sock:
        body["web"]["listen"] = f"127.0.0.1:{sock.getsockname()[1]}"
    config.write_text(yaml.safe_dump(body))


def drain(config, path, patience):
    """Exit status and what was said."""
    done = subprocess.run(
        [LOGSOURCE, "drain", str(path), "-c", str(config), "--timeout", patience],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


class ServiceManager:
    """Kills the agent now and then, and starts it again."""

    def __init__(self, config, *, seed):
        self.kills = 0
        self._config = config
        self._chance = random.Random(seed)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _work(self):
        while not self._ending.is_set():
            with AgentProcess(self._config) as agent:
                agent.wait_for_log("event=listening")
                # Ever longer: on a machine that is slow enough, nothing is ever done between two kills.
                self._ending.wait(0.3 + self._chance.random() * 2 + self.kills / 4)
                agent.kill()
            self.kills += 1


@pytest.mark.parametrize(
    "script", [PREROTATE, LASTACTION, TRUNCATE], ids=["prerotate", "lastaction", "copytruncate"]
)
def test_logrotate_deletes_only_what_is_safe(tmp_path, script):
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o755)
    log = logs / "web.log"
    with LedgerCollector() as collector, Writer(log, "web", seed=1) as writer:
        config = write_config(tmp_path, collector.url, source(log, parser="nginx_access"))
        listen_somewhere(config)
        for name, value in (("LOGSOURCE", LOGSOURCE), ("CONFIG", str(config)), ("LOG", str(log))):
            script = script.replace(name, value)
        writer.write(10)
        with AgentProcess(config) as agent:
            collector.wait_for(10)
            agent.kill()
        with ServiceManager(config, seed=2) as manager:
            rounds = 0
            while manager.kills < 2 or rounds < 3:
                writer.write(3000)
                rotate(tmp_path, script)
                writer.reopen()
                rounds += 1
                assert [path.name for path in logs.iterdir()] == ["web.log"]
                assert log.stat().st_size == 0
        with AgentProcess(config) as agent:
            collector.wait_for(writer.lines)
            agent.wait_until(lambda: agent.status()["outbox"]["events"] == 0)
            assert agent.status()["totals"]["lines"] == writer.lines
            assert agent.metric("logsource_accounting_imbalance") == 0
            assert agent.stop() == 0
        assert collector.ledger.lines() == writer.expected()
        assert collector.ledger.under_two_ids() == {}
        assert collector.ledger.changed == {}


def test_another_generation_that_was_read_does_not_count(tmp_path):
    """A generation longer than what the log holds now was read; the log itself cannot be, for the outbox is full."""
    log = tmp_path / "web.log"
    with LedgerCollector() as collector, Writer(log, "web", seed=1) as writer:
        config = write_config(
            tmp_path,
            collector.url,
            source(log, parser="nginx_access"),
            outbox={"max_size": "1MiB"},
        )
        listen_somewhere(config)
        with AgentProcess(config) as agent:
            writer.write(20_000)
            collector.wait_for(20_000)
            collector.down = True
            log.rename(f"{log}.1")
            writer.reopen()
            while not agent.status()["outbox"]["read_paused"]:
                writer.write(2000)
                agent.still_runs_after(0.1)
            writer.write(1000)
            status, said = drain(config, log, "1s")
            assert status == 1, said
            assert "not read yet" in said
            collector.down = False
            status, said = drain(config, log, "60s")
            assert status == 0, said
            assert agent.status()["totals"]["lines"] == writer.lines
            assert agent.stop() == 0
