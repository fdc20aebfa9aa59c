"""The installed agent does its work with no more system calls and socket families than the unit leaves it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_systemd import UNIT
from tests.deploy.tools import environment_for, run, tool
from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink

pytestmark = pytest.mark.system

SANDBOX = Path(__file__).with_name("sandbox.py")


def settings(key):
    """Every value of a key of the unit that may stand in it several times."""
    return [line.partition("=")[2] for line in UNIT.read_text().splitlines() if line.startswith(f"{key}=")]


def calls_of(group):
    """Names of the calls in a group of systemd's, and in the groups inside it."""
    status, said = run("systemd-analyze", "syscall-filter", group)
    assert status == 0, said
    names = set()
    for line in said.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            names |= calls_of(name)
        elif name and not name.startswith("#"):
            names.add(name)
    return names


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """The command that runs another one as confined as the unit would."""
    allowed, denied = settings("SystemCallFilter")
    assert denied.startswith("~")
    calls = calls_of(allowed).difference(*map(calls_of, denied[1:].split()))
    (families,) = settings("RestrictAddressFamilies")
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps(
            {"calls": sorted(calls), "families": [int(getattr(socket, name)) for name in families.split()]}
        )
    )
    # The library came with systemd-analyze, if that was only unpacked.
    libraries = environment_for(tool("systemd-analyze")).get("LD_LIBRARY_PATH", "")
    if libraries:
        monkeypatch.setenv("LD_LIBRARY_PATH", libraries)
    return [sys.executable, str(SANDBOX), str(rules)]


def confined(sandbox, code):
    """Run a little Python in the sandbox; what it prints."""
    done = subprocess.run(
        [*sandbox, sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_sandbox_holds(sandbox):
    """Else the test below could pass for nothing."""
    attempt = "import os, socket\ntry:\n    {}\n    print('done')\nexcept OSError as error:\n    print(error.strerror)"
    assert confined(sandbox, attempt.format("os.chroot('/')")) == os.strerror(1)
    assert confined(sandbox, attempt.format("os.sched_setaffinity(0, {0})")) == os.strerror(1)
    assert confined(
        sandbox, attempt.format("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)")
    ) == os.strerror(1)
    assert confined(sandbox, attempt.format("socket.socket(socket.AF_INET).close()")) == "done"


@pytest.mark.parametrize("workers", [1, 2])
def test_the_agent_reads_rotates_delivers_and_reports_inside(tmp_path, sandbox, workers):
    log = tmp_path / "app.log"
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    with Sink() as collector:
        url = collector.url.replace("127.0.0.1", "localhost")  # so that names are resolved, too
        config = write_config(tmp_path, url, source(log), agent={"workers": workers})
        with AgentProcess(config, prefix=sandbox) as agent:
            agent.wait_until_ready()
            collector.wait_for(lambda: len(collector.events()) == 5000)
            log.rename(tmp_path / "app.log.1")
            log.write_text("after the rotation\n")
            collector.wait_for(lambda: len(collector.events()) == 5001)
            assert agent.metric('logsource_lines_read_total{source="web"}') == 5001
            assert agent.get("/")[0] == 200
            assert agent.stop() == 0
        assert "Operation not permitted" not in agent.tail(1000)
