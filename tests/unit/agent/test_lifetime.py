"""An agent that ends by a mistake leaves nothing running, and no mistake in a new configuration ends it."""

from __future__ import annotations

import threading

import pytest

from logsource.agent.agent import Agent
from logsource.config.model import Config
from tests.support.sink import Sink


def config_of(tmp_path, url: str = "http://127.0.0.1:9") -> Config:
    return Config.model_validate(
        {
            "agent": {"state_dir": tmp_path / "state"},
            "collector": {"url": url},
            "sources": [{"name": "web", "paths": [str(tmp_path / "a.log")]}],
            "web": {"listen": ""},
        }
    )


def sending() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("emit-")]


def test_when_the_loop_fails_the_senders_end_and_the_state_directory_is_free(tmp_path):
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")

    def fail(_progress: object) -> None:
        raise RuntimeError("nobody expected this")

    with Sink() as sink:
        config = config_of(tmp_path, sink.url)
        with pytest.raises(RuntimeError, match="nobody expected this"):
            Agent(config, on_progress=fail).run()
        assert sending() == []
        result = Agent(config, once=True).run()
        assert (result.complete, result.totals.read) == (True, 2)


def test_what_fails_at_the_end_keeps_nothing_else_open(tmp_path):
    agent = Agent(config_of(tmp_path))
    agent._store._rows._database.connection.close()  # whoever closes the store now hears of it
    agent._workers.start()
    with pytest.raises(Exception, match="closed"):
        agent.close()
    assert sending() == []
    Agent(config_of(tmp_path)).close()  # the lock was let go


def test_a_configuration_that_cannot_even_be_looked_at_leaves_the_old_one_in_use(tmp_path):
    def load() -> Config:
        raise ZeroDivisionError("a plugin divides at import")

    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    with Sink() as sink:
        agent = Agent(config_of(tmp_path, sink.url))
        thread = threading.Thread(target=agent.run)
        thread.start()
        try:
            agent.reload(load)
            sink.wait_for(lambda: "ZeroDivisionError" in agent.pictures.config_problem)
            assert b"logsource_config_reload_success 0.0" in agent.metrics.render()
            with log.open("ab") as file:
                file.write(b"two\n")
            sink.wait_for(lambda: len(sink.events()) == 2)
        finally:
            agent.stop()
            thread.join()
