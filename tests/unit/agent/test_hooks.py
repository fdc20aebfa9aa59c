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


def test_a_lack_of_descriptors_is_told_once_and_not_for_each_file_that_met_it(hooks, caplog):
    caplog.set_level(logging.DEBUG, logger="logsource.tail")
    for kind in ("unreadable", "readable"):
        for number in range(600):
            path = f"/var/log/app.log.{number}"
            hooks.tail_event(TailEvent(kind=kind, source="app", label="EMFILE", path=path))
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "event=unreadable",
        "event=readable",
    ]


def test_what_is_wrong_with_a_file_is_told_of_each_file(hooks, caplog):
    caplog.set_level(logging.DEBUG, logger="logsource.tail")
    for number in range(3):
        path = f"/var/log/app.log.{number}"
        hooks.tail_event(TailEvent(kind="unreadable", source="app", label="EACCES", path=path))
    assert len(caplog.records) == 3


@pytest.mark.parametrize(("detail", "said"), [("/var/log/app.log.1", True), ("/var/log/app.log", False)])
def test_a_log_that_is_found_under_its_own_name_is_named_once(hooks, caplog, detail, said):
    caplog.set_level(logging.DEBUG, logger="logsource.tail")
    hooks.tail_event(TailEvent(kind="found", source="app", path="/var/log/app.log", detail=detail))
    assert ("detail=" in caplog.records[0].getMessage()) == said


@pytest.mark.parametrize(
    ("kind", "label", "number"), [("cut", "max_lines", "count=3"), ("abandoned", "max_line", "bytes=3")]
)
def test_cuts_are_told_and_counted_by_their_limit(hooks, caplog, kind, label, number):
    caplog.set_level(logging.DEBUG, logger="logsource.tail")
    hooks.tail_event(TailEvent(kind=kind, source="app", label=label, path="/var/log/app.log", bytes=3))
    (said,) = caplog.records
    assert said.getMessage().split() == [
        f"event={kind}",
        "source=app",
        f"kind={label}",
        "path=/var/log/app.log",
        number,
    ]


def test_cuts_are_a_series(hooks):
    for limit in ("max_lines", "max_lines", "max_size"):
        hooks.tail_event(TailEvent(kind="cut", source="app", label=limit, path="/var/log/app.log", bytes=2))
    scraped = hooks._metrics.render().decode()
    assert 'logsource_cuts_total{limit="max_lines",source="app"} 4.0' in scraped
    assert 'logsource_cuts_total{limit="max_size",source="app"} 2.0' in scraped
