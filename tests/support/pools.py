"""A pool of two workers with a delicate parser, and what its steps gave."""

import json
import os

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import Unparsed, build_stage
from logsource.clock import SystemClock
from logsource.config.model import Config
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Tally
from logsource.render.pool import WorkerPool
from tests.support import delicate
from tests.support.delicate import body_of, renderer, spawn

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
