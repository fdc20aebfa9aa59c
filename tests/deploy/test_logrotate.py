"""The examples, run by logrotate itself on a log that the agent follows. Only paths and users are changed."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import socket

import pytest
import yaml

from tests.deploy.tools import DEPLOY, run
from tests.deploy.wrapped import wrapper
from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink

HERE = DEPLOY / "logrotate"
EXAMPLES = sorted(HERE.iterdir())

pytestmark = pytest.mark.system


def free_port():
    """A port that nobody had a moment ago; `logsource drain` has to know the agent's from its configuration."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def owner():
    """Our user and group for `create`; a container may run under numbers that have no names."""
    try:
        return f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"
    except KeyError:
        return ""


def made_local(path, tmp_path, config=None, patience="60s"):
    """The example with the test's own directory, user and configuration."""
    text = path.read_text()
    for theirs, ours in (
        ("/var/log/app", str(tmp_path / "app")),
        ("create 0640 app adm", f"create 0640 {owner()}"),
        ("systemctl kill --signal=HUP app.service", f"touch {tmp_path}/signalled"),
        ("/usr/local/bin/logsource", str(tmp_path / "command")),
        ("--timeout 60s", f"--timeout {patience}"),
    ):
        text = text.replace(theirs, ours)
    wrapper(tmp_path / "command", tmp_path, config)
    local = tmp_path / path.name
    local.write_text(text)
    local.chmod(0o644)
    return local


def rotate(tmp_path, local):
    (tmp_path / "app").chmod(0o755)  # logrotate refuses directories that others may write to
    return run("logrotate", "--force", "--verbose", f"--state={tmp_path}/logrotate.state", local)


def agent_config(tmp_path, collector):
    """A configuration with a secret from the environment, as in production."""
    path = write_config(
        tmp_path, collector.url, source(tmp_path / "app/*.log"), headers={"Authorization": "${TOKEN}"}
    )
    config = yaml.safe_load(path.read_text())
    config["web"]["listen"] = f"127.0.0.1:{free_port()}"
    path.write_text(yaml.safe_dump(config))
    (tmp_path / "environment").write_text("TOKEN='secret'\n")
    return path


def write(log, first, last):
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in range(first, last))


def messages(collector):
    return {json.loads(event["ue_pr"])["data"]["data"]["message"] for event in collector.events()}


def lines(last):
    return {f"line {number}" for number in range(last)}


@pytest.fixture
def log(tmp_path):
    (tmp_path / "app").mkdir()
    return tmp_path / "app/a.log"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_logrotate_finds_no_fault(path, tmp_path, log):
    write(log, 0, 1)
    status, said = run("logrotate", "--debug", made_local(path, tmp_path))
    assert status == 0
    assert "error" not in said
    assert f"considering log {log}" in said


def test_renamed_logs_are_read_to_their_ends(tmp_path, log, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    with Sink() as collector:
        config = agent_config(tmp_path, collector)
        local = made_local(HERE / "app-rename", tmp_path)
        write(log, 0, 100)
        with AgentProcess(config) as agent:
            agent.wait_until_ready()
            for turn in range(1, 4):
                write(log, turn * 100, turn * 100 + 50)
                assert rotate(tmp_path, local)[0] == 0
                write(
                    tmp_path / "app/a.log.1", turn * 100 + 50, turn * 100 + 75
                )  # the writer was not told yet
                write(log, turn * 100 + 75, turn * 100 + 100)
                collector.wait_for(lambda turn=turn: messages(collector) == lines(turn * 100 + 100))
            assert agent.stop() == 0
    assert (tmp_path / "signalled").exists()
    assert sorted(one.name for one in log.parent.iterdir()) == [
        "a.log",
        "a.log.1",
        "a.log.2.gz",
        "a.log.3.gz",
    ]


def test_a_log_is_cut_only_after_its_lines_are_safe(tmp_path, log, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    with Sink() as collector:
        config = agent_config(tmp_path, collector)
        write(log, 0, 20_000)
        with AgentProcess(config) as agent:
            agent.wait_for_log("event=listening")
            monkeypatch.delenv("TOKEN")  # logrotate has none: the script must find it
            status, said = rotate(tmp_path, made_local(HERE / "app-copytruncate", tmp_path, config))
            assert status == 0, said
            assert log.stat().st_size == 0
            assert agent.status()["totals"]["lines"] == 20_000
            write(log, 20_000, 20_100)
            collector.wait_for(lambda: messages(collector) >= lines(20_100))
            assert agent.stop() == 0


def test_a_log_is_left_alone_while_the_agent_is_down(tmp_path, log, monkeypatch):
    with Sink() as collector:
        config = agent_config(tmp_path, collector)
        write(log, 0, 10)
        status, said = rotate(
            tmp_path, made_local(HERE / "app-copytruncate", tmp_path, config, patience="300ms")
        )
        assert status != 0
        assert "does not answer" in said
        assert re.findall(r"line \d+", log.read_text()) == [f"line {number}" for number in range(10)]
        assert list(log.parent.iterdir()) == [log]
