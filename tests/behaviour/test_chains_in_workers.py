"""Chains in several processes: each builds its own out of the configuration, and the bodies are those of one."""

import json
from contextlib import closing

import pytest

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import build_stage
from logsource.clock import SystemClock
from logsource.config.model import Config
from tests.support.delicate import body_of, chunk_of

REQUEST = '192.0.2.7 - - [12/Mar/2026:06:25:{:02d} +0000] "GET /{} HTTP/1.1" 200 12 "-" "curl/8"'
PARSERS = {
    "docked": {"chain": {"envelope": "docker_json", "inner": ["hosts", "nginx_access"]}},
    "hosts": {
        "chain": {
            "envelope": "syslog_rfc3164",
            "inner": [{"parser": "nginx_access", "when": {"program": ["nginx"]}}, "sshd"],
        }
    },
}


def line(parser, number):
    text = REQUEST.format(number % 60, number)
    if number % 50 == 7:
        text = f'odd "\\{number} é'
    if parser == "docked":
        return json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-03-12T06:25:26Z"})
    return f"Mar 12 06:25:{number % 60:02d} web1 nginx: {text}"


@pytest.mark.parametrize("parser", ["docked", "hosts"])
def test_bodies_are_those_of_one_process(parser):
    loaded = Config.model_validate(
        {
            "agent": {"workers": 2},
            "collector": {"url": "http://127.0.0.1:1", "byte_limit_post": 20_000},
            "sources": [{"name": "web", "paths": ["/a.log"], "parser": parser}],
            "parsers": PARSERS,
        }
    )
    alone = loaded.model_copy(update={"agent": loaded.agent.model_copy(update={"workers": 1})})
    renderers = build_renderers(loaded)
    one, many = (
        build_stage(each, renderers, clock=SystemClock(), on_restart=print, on_wait=lambda: None)
        for each in (alone, loaded)
    )
    chunk = chunk_of([line(parser, number) for number in range(600)])
    with closing(many):
        many.start()
        made, expected = many.render([chunk]), one.render([chunk])
    assert list(map(body_of, made.batches)) == [batch.body for batch in expected.batches]
    assert made.tallies == expected.tallies
    assert sum(batch.events for batch in made.batches) == 600
    (tally,) = made.tallies.values()
    assert tally.events["iglu:io.logsource/nginx_access/jsonschema/1-0-0"] == 588
