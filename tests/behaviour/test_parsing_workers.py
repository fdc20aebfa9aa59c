"""Several processes parse: the result is that of one, whatever happens to them on the way."""

import itertools
import json
import os
import re
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import Unparsed, build_stage, describe
from logsource.clock import SystemClock
from logsource.config.load import load_config
from logsource.config.model import Config
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Tally
from logsource.render.pool import WorkerPool
from logsource.render.poolchild import WorkerChild
from logsource.render.pooljob import Trouble
from logsource.render.poolwire import Kind, encode
from logsource.render.source import LEFT_OUT
from logsource.render.stage import InProcess
from logsource.store.memory import MemoryRows
from logsource.store.outbox import Outbox
from tests.support import delicate
from tests.support.delicate import body_of, chunk_of, renderer, spawn

CONFIGS = Path(__file__).parents[2] / "config"
UNPARSED = "iglu:io.logsource/unparsed_line/jsonschema/1-0-0"


class Pool(WorkerPool):
    """Two workers with a delicate parser, small blocks and little patience."""

    def __init__(self, *, stateful=(), spawn=spawn, unmatched="event", **options):
        self.restarts = []
        survivors = Unparsed({"web": renderer(unmatched=unmatched)}, byte_limit=20_000, send_limit=50)
        super().__init__(
            spawn,
            workers=2,
            at_home=options.pop("at_home", delicate.stage(unmatched=unmatched)),
            stateful=stateful,
            survivors=survivors,
            clock=SystemClock(),
            block=options.pop("block", 4096),
            on_restart=self.restarts.append,
            **options,
        )
        self.start()


def messages(step):
    """What the events of a step say, in order: the message, or the reason why there was no parsing."""
    found = []
    for batch in step.batches:
        for event in json.loads(body_of(batch))["data"]:
            record = json.loads(event["ue_pr"])["data"]
            assert record["schema"] in {delicate.SCHEMA, UNPARSED}
            found.append((record["data"].get("reason", ""), record["data"]["message"]))
    return found


def events(step):
    """All events as they stand in the bodies."""
    return b",".join(body_of(batch)[len(BODY_PREFIX) : -len(BODY_SUFFIX)] for batch in step.batches)


def total(step):
    tally = Tally()
    for part in step.tallies.values():
        tally.add(part)
    return tally


def numbered(count):
    return [f"line {number}" for number in range(count)]


def gone(pid):
    """Whether there is no such process, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# -- nothing happens -----------------------------------------------------------------------------


def test_events_come_in_the_order_of_their_lines():
    with closing(Pool()) as pool:
        chunks = [chunk_of(numbered(3000)), chunk_of(["x", "DROP", "y"], start=90_000)]
        for _ in range(3):
            step = pool.render(chunks)
            assert [text for _, text in messages(step)] == [*numbered(3000), "x", "y"]
            assert (total(step).read, total(step).dropped.total(), total(step).imbalance) == (3003, 1, 0)
            assert total(step).bytes == sum(chunk.end - chunk.start for chunk in chunks)
        assert pool.restarts == []


def config(**source):
    return Config.model_validate(
        {
            "agent": {"workers": 2},
            "collector": {
                "url": "http://user:secret@127.0.0.1",
                "headers": {"x-key": "secret"},
                "app_id": "shop",
            },
            "sources": [{"name": "web", "paths": ["/a.log"], "parser": "nginx_access", **source}],
            "parsers": {
                "table": {"csv": {"header": True}},
                "named": {"csv": {"columns": ["a", "b"]}},
            },
        }
    )


def stages(loaded):
    """One process, and several, of the same configuration."""
    renderers = build_renderers(loaded)
    one = build_stage(
        loaded.model_copy(update={"agent": loaded.agent.model_copy(update={"workers": 1})}),
        renderers,
        clock=SystemClock(),
        on_restart=print,
        on_wait=lambda: None,
    )
    many = build_stage(loaded, renderers, clock=SystemClock(), on_restart=print, on_wait=lambda: None)
    return one, many


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
    assert list(total(step).unparsed) == ["header"]


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


# -- something happens ---------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["DIE", "EXIT", "NONSENSE"])
def test_a_line_that_no_worker_survives_is_found_and_kept_unparsed(word):
    lines = numbered(200)
    lines[77] = word
    lines[150] = word
    with closing(Pool()) as pool:
        step = pool.render([chunk_of(lines)])
        expected = [("worker_crash" if text == word else "", text) for text in lines]
        assert messages(step) == expected
        assert total(step).unparsed == {"worker_crash": 2}
        assert total(step).imbalance == 0
        assert 3 <= len(pool.restarts) <= 30
        assert set(pool.restarts) == {"crash"}
        assert messages(pool.render([chunk_of(["after"])])) == [("", "after")]


def test_a_line_that_hangs_is_found_and_kept_unparsed():
    lines = numbered(60)
    lines[31] = "HANG"
    with closing(Pool(deadline=0.5)) as pool:
        step = pool.render([chunk_of(lines)])
        assert messages(step) == [("worker_timeout" if text == "HANG" else "", text) for text in lines]
        assert total(step).unparsed == {"worker_timeout": 1}
        assert "hang" in pool.restarts


@pytest.mark.parametrize(("unmatched", "kept"), [("dead_letter", 1), ("drop", 0)])
def test_such_a_line_becomes_what_the_source_wants_of_unmatched_lines(unmatched, kept):
    with closing(Pool(unmatched=unmatched)) as pool:
        step = pool.render([chunk_of(["a", "DIE", "b"])])
        assert [text for _, text in messages(step)] == ["a", "b"]
        assert len(step.dead) == kept
        assert total(step).imbalance == 0
        if kept:
            assert step.dead[0].detail.startswith("worker_crash")


def test_a_worker_that_is_killed_over_a_job_is_replaced_and_the_job_done_again(tmp_path):
    lines = numbered(3000)
    lines[1500] = f"KILL:{tmp_path / 'once'}"
    with closing(Pool()) as pool:
        step = pool.render([chunk_of(lines)])
        assert [text for _, text in messages(step)] == lines
        assert total(step).unparsed == {}
        assert pool.restarts == ["crash"]


def test_workers_killed_from_outside_at_any_time_change_nothing():
    """Somebody kills workers as fast as they come, for a while; everything is there, in order, parsed or not."""
    done = threading.Event()
    with closing(Pool()) as pool:

        def killer():
            for _ in range(6):
                for pid in pool.pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                done.wait(0.15)

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            while thread.is_alive():
                step = pool.render([chunk_of(numbered(2000))])
                assert [text for _, text in messages(step)] == numbered(2000)
                assert total(step).imbalance == 0
        finally:
            done.set()
            thread.join()
        assert pool.restarts


def test_a_dead_worker_is_noticed_between_the_steps():
    with closing(Pool()) as pool:
        pool.render([chunk_of(["a"])])
        victim = pool.pids[0]
        os.kill(victim, signal.SIGKILL)
        clock = SystemClock()
        end = clock.monotonic() + 20
        while not gone(victim):
            pool.tend()
            assert clock.monotonic() < end
        pool.tend()
        assert len(pool.pids) == 2


def test_when_no_worker_starts_the_main_process_parses():
    def nobody():
        raise OSError(11, "Resource temporarily unavailable")

    with closing(Pool(spawn=nobody)) as pool:
        assert [text for _, text in messages(pool.render([chunk_of(numbered(900))]))] == numbered(900)


def test_workers_that_end_while_they_start_are_not_started_for_ever():
    starts = []

    def stillborn():
        starts.append(1)
        return WorkerChild([sys.executable, "-c", "raise SystemExit(3)"], encode(Kind.HELLO, "x" * 10_000))

    with closing(Pool(spawn=stillborn)) as pool:
        for _ in range(3):
            assert [text for _, text in messages(pool.render([chunk_of(numbered(900))]))] == numbered(900)
        assert len(starts) <= 4
        assert set(pool.restarts) == {"start"}


def test_what_ended_workers_is_never_tried_in_the_main_process():
    """Only the first two workers can be started at once; the others have to wait, and the line with them."""
    started = []

    def scarce():
        started.append(1)
        if 2 < len(started) <= 5:
            raise OSError(11, "Resource temporarily unavailable")
        return spawn()

    with closing(Pool(spawn=scarce)) as pool:
        step = pool.render([chunk_of(["a", "EXIT", "b"])])
        assert messages(step) == [("", "a"), ("worker_crash", "EXIT"), ("", "b")]
    assert len(started) > 5


def test_workers_that_die_in_a_row_are_replaced_ever_more_slowly():
    """Every worker dies at its first job, as when memory is short: haste would only give up record after record."""
    starts = []

    def doomed():
        starts.append(clock.monotonic())
        return spawn("doomed")

    clock = SystemClock()
    with closing(Pool(spawn=doomed)) as pool:
        step = pool.render([chunk_of(numbered(5))])
        assert [text for _, text in messages(step)] == numbered(5)
        assert total(step).unparsed == {"worker_crash": 5}
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert len(starts) > 12
    assert max(gaps[-3:]) >= 1.0


def test_a_worker_that_holds_too_much_leaves_and_no_line_is_blamed_for_it():
    """Each leaves after one job; the next job, which it has been given already, is done by its successor."""
    with closing(Pool(spawn=lambda: spawn("greedy"), block=1024)) as pool:
        step = pool.render([chunk_of(numbered(600))])
        assert [text for _, text in messages(step)] == numbered(600)
        assert total(step).unparsed == {}
        assert len(pool.restarts) > 2
        assert set(pool.restarts) == {"memory"}


def test_text_that_should_have_been_redacted_is_left_out_of_a_line_given_up():
    secret = {"redact": {"patterns": ["email"]}}
    loaded = config(filters=[secret])
    unparsed = Unparsed(build_renderers(loaded), byte_limit=20_000, send_limit=50)
    step = unparsed.render_unparsed([chunk_of(["ann@example.com did it"])], Trouble.CRASH)
    assert [text for _, text in messages(step)] == [LEFT_OUT]
    assert total(step).unparsed == {"worker_crash": 1}


def test_a_worker_that_ended_while_it_started_is_told_of_once_and_replaced():
    """Killed before it was ready, say by somebody who restarts everything; the other one works on."""
    import sys

    from logsource.render.poolchild import WorkerChild
    from logsource.render.poolwire import Kind, encode

    starts = []

    def first_stillborn():
        starts.append(1)
        if len(starts) == 1:
            return WorkerChild(
                [sys.executable, "-c", "raise SystemExit(3)"], encode(Kind.HELLO, "x" * 10_000)
            )
        return spawn()

    with closing(Pool(spawn=first_stillborn)) as pool:
        clock = SystemClock()
        end = clock.monotonic() + 30
        while not (pool.restarts and len(pool.pids) == 2):
            assert [text for _, text in messages(pool.render([chunk_of(numbered(300))]))] == numbered(300)
            assert clock.monotonic() < end, (pool.restarts, len(starts))
        assert pool.restarts == ["start"]
        assert len(starts) == 3


def test_closing_leaves_no_process_behind():
    pool = Pool()
    pool.render([chunk_of(["a"])])
    pids = pool.pids
    assert len(pids) == 2
    pool.close()
    pool.close()
    assert all(gone(pid) for pid in pids)
    assert pool.pids == []


def test_closing_does_not_wait_for_a_worker_that_hangs():
    """A step that fails in between leaves workers with jobs; closing ends them all the same."""
    pool = Pool(deadline=0.3)
    pool._slots[0].give(delicate_job("HANG"))
    pool._slots[1].give(delicate_job("x" * 3_000_000))
    pids = pool.pids
    pool.close()
    assert all(gone(pid) for pid in pids)


def delicate_job(text):
    from logsource.render.pooljob import Job

    return Job([chunk_of([text])])


def test_one_process_is_the_default_and_needs_no_pool():
    loaded = config()
    one, _ = stages(loaded)
    assert isinstance(one, InProcess)
    assert Config.model_validate({**loaded.model_dump(by_alias=True), "agent": {}}).agent.workers == 1
