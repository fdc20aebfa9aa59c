"""Several processes parse: the result is that of one."""

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import describe
from logsource.clock import SystemClock
from logsource.config.load import load_config
from logsource.config.model import Config
from logsource.render.stage import InProcess
from logsource.store.memory import MemoryRows
from logsource.store.outbox import Outbox
from tests.support.delicate import body_of, chunk_of, renderer
from tests.support.pools import Pool, config, events, messages, numbered, stages, total

CONFIGS = Path(__file__).parents[2] / "config"


def test_events_come_in_the_order_of_their_lines():
    with closing(Pool()) as pool:
        chunks = [chunk_of(numbered(3000)), chunk_of(["x", "DROP", "y"], start=90_000)]
        for _ in range(3):
            step = pool.render(chunks)
            assert [text for _, text in messages(step)] == [*numbered(3000), "x", "y"]
            assert (total(step).read, total(step).dropped.total(), total(step).imbalance) == (3003, 1, 0)
            assert total(step).bytes == sum(chunk.end - chunk.start for chunk in chunks)
        assert pool.restarts == []


def access(number):
    if number % 97 == 5:
        return f'odd "\\x{number} line é'
    return f'10.0.0.1 - - [22/Sep/2026:01:02:{number % 60:02d} +0000] "GET /{number} HTTP/1.1" 200 5 "-" "x"'


def test_bodies_are_byte_for_byte_those_of_one_process():
    one, many = stages(config())
    lines = [access(number) for number in range(7000)]
    whole = chunk_of(lines)
    assert len(whole.data) > 2 * 192 * 1024
    with closing(many):
        many.start()
        step = many.render([whole])
    bodies = list(map(body_of, step.batches))
    # One process reads the same file block by block, a step each.
    expected, at = [], 0
    while at < len(whole.data):
        end = whole.data.rfind(b"\n", at, at + one.step_bytes) + 1
        part = chunk_of(whole.data[at:end].decode().splitlines(), start=at)
        expected += [batch.body for batch in one.render([part]).batches]
        at = end
    assert bodies == expected
    assert step.tallies == one.render([whole]).tallies
    assert sum(batch.events for batch in step.batches) == 7000


@pytest.mark.parametrize("remembered", [0, 10**6])
def test_what_workers_compressed_is_what_the_outbox_keeps_and_gives(remembered):
    _, many = stages(config())
    with closing(many):
        many.start()
        step = many.render([chunk_of([access(number) for number in range(500)])])
    store = Outbox(MemoryRows(), capacity=10**9, clock=SystemClock(), body_cache=remembered)
    store.commit(batches=step.batches)
    assert store.stats().bytes < sum(batch.length for batch in step.batches) / 2
    for batch in step.batches:
        taken = store.take()
        assert (taken.body, taken.events) == (body_of(batch), batch.events)
        store.acknowledge(taken)
    assert store.stats().events == 0


def test_a_parser_that_learns_from_lines_sees_all_of_them_in_order():
    one, many = stages(config(parser="table"))
    lines = ["a,b,c", *(f"{number},x,y" for number in range(40_000)), "d,e,f", "1,2,3"]
    with closing(many):
        many.start()
        step = many.render([chunk_of(lines)])
    assert events(step) == events(one.render([chunk_of(lines)]))
    assert total(step).dropped == {"header": 1}
    assert not total(step).unparsed


def test_only_parsers_that_learn_stay_in_the_main_process():
    for parser, stays in (("table", True), ("named", False), ("nginx_access", False), ("plain", False)):
        assert build_renderers(config(parser=parser))["web"].remembers is stays


def test_secrets_of_the_collector_are_not_told_to_workers():
    assert "secret" not in json.dumps(describe(config()))
    assert Config.model_validate(describe(config())).collector.app_id == "shop"


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_worker_understands_every_configuration_as_the_agent_does(path):
    names = re.findall(r"\$\{([A-Z_]+)\}", path.read_text())
    loaded = load_config(path, env=dict.fromkeys(names, "example.com"))
    told = Config.model_validate(json.loads(json.dumps(describe(loaded))))
    assert (told.sources, told.parsers, told.pack_dirs) == (loaded.sources, loaded.parsers, loaded.pack_dirs)
    assert told.collector.byte_limit_post == loaded.collector.byte_limit_post


def test_sources_that_stay_at_home_and_others_keep_their_order_in_one_step():
    here = InProcess({"api": renderer(), "web": renderer()}, byte_limit=20_000, send_limit=50)
    chunks = [
        chunk_of([f"{source} {at} {number}" for number in range(70)], start=at * 10_000, source=source)
        for at, source in enumerate(("web", "api", "api", "web", "web", "api"))
    ]
    with closing(Pool(stateful={"api"}, at_home=here)) as pool:
        step = pool.render(chunks)
    assert events(step) == events(here.render(chunks))
    assert {source: tally.read for source, tally in step.tallies.items()} == {"web": 210, "api": 210}


def test_one_process_is_the_default_and_needs_no_pool():
    loaded = config()
    one, _ = stages(loaded)
    assert isinstance(one, InProcess)
    assert Config.model_validate({**loaded.model_dump(by_alias=True), "agent": {}}).agent.workers == 1
