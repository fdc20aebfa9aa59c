"""SIGHUP: a new configuration is taken over without losing a line; a broken one is refused, and says so."""

import contextlib
import fcntl
import json
import os
import signal
import termios

import yaml

from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink


def messages(sink):
    found = []
    for event in sink.events():
        data = json.loads(event["ue_pr"])["data"]["data"]
        found.append(data.get("message") or data.get("target"))
    return found


def entities(sink, schema):
    return sum(schema in event["co"] for event in sink.events())


def reload(agent):
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_log("event=reloaded")


def append(log, line):
    with log.open("a") as more:
        more.write(f"{line}\n")


def test_sources_come_and_go_and_the_others_lose_nothing(tmp_path):
    stays, goes, comes = (tmp_path / f"{name}.log" for name in ("stays", "goes", "comes"))
    for log in (stays, goes, comes):
        log.write_text(f"{log.stem} 1\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(stays, name="stays"), source(goes, name="goes"))
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: len(sink.events()) == 2)
            write_config(
                tmp_path,
                sink.url,
                source(
                    stays,
                    name="stays",
                    context={"iglu:com.acme/deployment/jsonschema/1-0-0": {"env": "test"}},
                ),
                source(comes, name="comes"),
            )
            reload(agent)
            for log in (stays, goes, comes):
                append(log, f"{log.stem} 2")
            sink.wait_for(lambda: len(sink.events()) >= 5)
            assert agent.stop() == 0
        assert sorted(messages(sink)) == ["comes 1", "comes 2", "goes 1", "stays 1", "stays 2"]
        assert entities(sink, "com.acme/deployment") == 1
        ids = [event["eid"] for event in sink.events()]
        assert len(set(ids)) == 5


def test_a_source_that_is_read_otherwise_goes_on_at_its_position(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log))
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: len(sink.events()) == 1)
            write_config(tmp_path, sink.url, source(log, max_line="2KiB"))
            reload(agent)
            append(log, "two")
            sink.wait_for(lambda: len(sink.events()) == 2)
            assert agent.stop() == 0
        assert messages(sink) == ["one", "two"]


def test_events_go_to_the_new_collector(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    with Sink() as old, Sink() as new:
        config = write_config(tmp_path, old.url, source(log))
        with AgentProcess(config) as agent:
            old.wait_for(lambda: len(old.events()) == 1)
            write_config(tmp_path, new.url, source(log))
            reload(agent)
            append(log, "two")
            new.wait_for(lambda: len(new.events()) == 1)
            assert agent.stop() == 0
        assert (messages(old), messages(new)) == (["one"], ["two"])


def test_a_broken_configuration_is_refused_and_the_old_one_stays(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log))
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: len(sink.events()) == 1)
            good = config.read_text()
            broken = yaml.safe_load(good)
            broken["sources"][0]["parser"] = "no_such_parser"
            broken["colector"] = {}
            config.write_text(yaml.safe_dump(broken))
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_for_log("event=config_rejected", "no_such_parser")
            agent.wait_for_log("event=config_rejected", "colector")
            code, body = agent.get("/readyz")
            assert code == 503
            assert "config_invalid" in body
            assert "logsource_config_reload_success 0.0" in agent.get("/metrics")[1]
            append(log, "two")
            sink.wait_for(lambda: len(sink.events()) == 2)
            config.write_text(good)
            reload(agent)
            assert agent.get("/readyz")[0] == 200
            assert agent.stop() == 0


class Pipe:
    """A configuration that its reader waits for: so long it is starting, or beginning anew."""

    def __init__(self, path):
        self.path = path
        self._end = -1
        os.mkfifo(path)

    def is_read(self):
        """Whether somebody has opened it, and would wait until `end`."""
        with contextlib.suppress(OSError):  # nobody has
            self._end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        return self._end >= 0

    def write(self, text):
        assert os.write(self._end, text.encode()) == len(text.encode())

    def is_empty(self):
        """Whether all that was written has arrived."""
        return fcntl.ioctl(self._end, termios.FIONREAD, bytes(4)) == bytes(4)

    def end(self):
        os.close(self._end)
        self._end = -1


def test_a_signal_that_comes_while_the_agent_starts_makes_it_read_its_configuration_again(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    pipe = Pipe(tmp_path / "pipe.yaml")
    with Sink() as sink:
        text = write_config(tmp_path, sink.url, source(log)).read_text()
        with AgentProcess(pipe.path) as agent:
            agent.wait_until(pipe.is_read)
            pipe.write(text)
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_until(pipe.is_empty)
            pipe.end()
            agent.wait_for_log("event=started")
            agent.wait_until(pipe.is_read)
            pipe.write(text)
            pipe.end()
            agent.wait_for_log("event=reloaded")
            sink.wait_for(lambda: messages(sink) == ["one"])
            assert agent.stop() == 0


def test_what_needs_a_restart_is_said_and_left(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("one\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log))
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: len(sink.events()) == 1)
            write_config(tmp_path, sink.url, source(log), agent={"state_dir": str(tmp_path / "elsewhere")})
            agent.process.send_signal(signal.SIGHUP)
            agent.wait_for_log("event=needs_restart", "agent.state_dir")
            agent.wait_for_log("event=reloaded")
            assert agent.stop() == 0
        assert not (tmp_path / "elsewhere").exists()
