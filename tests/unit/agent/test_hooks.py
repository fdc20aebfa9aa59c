"""How loud what happens to files is in the agent's log."""

from __future__ import annotations

import logging

import pytest

from logsource.agent.hooks import CountingHooks
from logsource.clock import SystemClock
from logsource.config.model import Config
from logsource.metrics import Metrics
from logsource.tail.api import TailEvent


@pytest.fixture
def hooks():
    source = {"name": "app", "paths": ["/var/log/app.log*"], "parser": "plain"}
    config = Config.model_validate({"collector": {"url": "http://127.0.0.1:1"}, "sources": [source]})
    nobody = lambda *_: None
    return CountingHooks(Metrics(), config, SystemClock(), count=nobody, sent=nobody, answered=nobody)


@pytest.mark.parametrize(
    ("label", "level"), [("move", logging.INFO), ("delete", logging.INFO), ("failed", logging.WARNING)]
)
def test_a_file_that_stays_where_it_is_is_a_warning(hooks, caplog, label, level):
    caplog.set_level(logging.DEBUG, logger="logsource.tail")
    hooks.tail_event(TailEvent(kind="delivered", source="app", label=label, path="/var/log/app.log.1"))
    (said,) = caplog.records
    assert said.levelno == level
    assert "path=/var/log/app.log.1" in said.getMessage()
