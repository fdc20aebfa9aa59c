"""`logsource check` and the agent tell of positions that a renamed source cannot use."""

from __future__ import annotations

import logging
import threading

import pytest
import yaml
from click.testing import CliRunner

from logsource.agent.agent import Agent
from logsource.cli.main import cli
from logsource.config.model import Config
from tests.support.sink import Sink


@pytest.fixture
def sink():
    with Sink() as one:
        yield one


class Shop:
    """A configuration with one source, which can be given another name."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        (folder / "a.log").write_bytes(b"one\ntwo\n")

    def values(self, name, **agent):
        return {
            "agent": {"state_dir": str(self.folder / "state"), **agent},
            "collector": {"url": self.url},
            "sources": [{"name": name, "paths": [str(self.folder / "a.log")]}],
            "web": {"listen": ""},
        }

    def config(self, name):
        return Config.model_validate(self.values(name))

    def check(self, name):
        file = self.folder / "logsource.yaml"
        file.write_text(yaml.safe_dump(self.values(name)))
        result = CliRunner().invoke(cli, ["check", "-c", str(file)])
        assert result.exit_code == 0
        return [line for line in result.stderr.splitlines() if "positions" in line]


@pytest.fixture
def shop(tmp_path, sink):
    return Shop(tmp_path, sink.url)


def test_check_names_the_place_and_the_remedy(shop):
    assert shop.check("web") == [], "no agent has run yet"
    Agent(shop.config("web"), once=True).run()
    assert shop.check("web") == []
    (warning,) = shop.check("shop")
    assert warning.startswith(f"warning: {shop.folder}/logsource.yaml:")
    assert "source shop reads a log anew, under new ids, that source web has read" in warning
    assert "(name it web again)" in warning
    Agent(shop.config("shop"), once=True).run()
    assert shop.check("shop") == [], "it is done"


def test_check_looks_on_while_an_agent_runs(shop, sink):
    agent = Agent(shop.config("web"))
    thread = threading.Thread(target=agent.run)
    thread.start()
    try:
        sink.wait_for(lambda: len(sink.events()) == 2)
        assert len(shop.check("shop")) == 1
    finally:
        agent.stop()
        thread.join()


def test_check_says_nothing_of_a_state_that_it_cannot_read(shop):
    (shop.folder / "state" / "outbox").mkdir(parents=True)
    (shop.folder / "state" / "outbox" / "cache.db").write_bytes(b"no database")
    assert shop.check("shop") == []


def test_the_agent_says_it_at_its_start(shop, caplog):
    Agent(shop.config("web"), once=True).run()
    with caplog.at_level(logging.WARNING, "logsource.agent"):
        Agent(shop.config("web"), once=True).run()
        assert "source_renamed" not in caplog.text
        Agent(shop.config("shop"), once=True).run()
    (record,) = [one for one in caplog.records if "source_renamed" in one.getMessage()]
    assert "source=shop was=web files=1" in record.getMessage()
    assert "name it web again" in record.getMessage()


def test_the_agent_says_it_when_it_is_reloaded(shop, sink, caplog):
    agent = Agent(shop.config("web"))
    thread = threading.Thread(target=agent.run)
    with caplog.at_level(logging.WARNING, "logsource.agent"):
        thread.start()
        try:
            sink.wait_for(lambda: len(sink.events()) == 2)
            agent.reload(lambda: shop.config("shop"))
            sink.wait_for(lambda: len(sink.events()) == 4)
        finally:
            agent.stop()
            thread.join()
    assert "source=shop was=web files=1" in caplog.text
