"""Random agents: any configuration, tampered logs written in pieces, a moody collector, crashes at any step.

What they deliver is compared with what an undisturbed agent with the same configuration makes of the same logs: every
line is delivered, a dead letter or counted, under one id, with the same payload; and the pipeline takes every event.
The long form is part of `make soak`, and `python -m tests.model.test_agent_lives SECONDS`.
"""

from __future__ import annotations

import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from logsource.errors import LogsourceError
from tests.support.anylife import content, live, place
from tests.support.collecting import PAYLOAD_DATA, new_collector
from tests.support.soak import SOAK_SECONDS

MEMORY = Path("/dev/shm")
"""Hundreds of outboxes are made here; on a disk each would wait for its fsync."""
GROUPS, LIVES = 4, 12


def judged_bad(directory: Path, events: list[dict[str, str]]) -> list[list[str]]:
    """Reasons against events that the pipeline would drop. Schemas under another vendor are not at hand here."""
    collector = new_collector(directory / "collector")
    for at in range(0, len(events), 50):
        body = orjson.dumps({"schema": PAYLOAD_DATA, "data": events[at : at + 50]})
        collector.accept_post("/com.snowplowanalytics.snowplow/tp2", "application/json", body, {})
    found = [list(kept.verdict.reasons) for kept in collector.bad()]
    return [reasons for reasons in found if not all("com.acme" in reason for reason in reasons)]


def broken_promises(directory: Path, seed: int, *, workers: float = 0.0) -> list[str] | None:
    """What a life did not keep; None when the configuration that was drawn is none."""
    directory.mkdir()
    try:
        result, moody, wanted, calm = live(directory, random.Random(seed), workers=workers)
    except LogsourceError:
        return None
    events = Counter((calm.places[eid], text) for eid, text in calm.taken.items())
    events.update((place(event), content(event)) for why, event in wanted.dead if why != "unparsed")
    delivered = Counter((moody.places[eid], text) for eid, text in moody.taken.items())
    buried = {event["eid"]: event for why, event in result.dead if why != "unparsed"}
    delivered.update((place(one), content(one)) for eid, one in buried.items() if eid not in moody.taken)
    unparsed = [
        sorted((place(event), content(event)) for why, event in one.dead if why == "unparsed")
        for one in (result, wanted)
    ]
    promises = {
        "both come to an end": result.done and wanted.done,
        "the columns never fail": not result.fell_back and not wanted.fell_back,
        "every line is accounted for": not any(
            tally.imbalance for tally in (*result.tallies.values(), *wanted.tallies.values())
        ),
        "lines are counted once": result.tallies == wanted.tallies,
        f"nothing is missing: {list(events - delivered)[:2]}": not events - delivered,
        f"nothing is added: {list(delivered - events)[:2]}": not delivered - events,
        "nothing comes under two ids": len(set(moody.places.values())) == len(moody.places),
        f"an id has one payload: {moody.changed[:2]}": not moody.changed,
        "the same lines are not parsed": unparsed[0] == unparsed[1],
    }
    bad = judged_bad(directory, [dict(event) for event in calm.events.values()])
    return [
        *(promise for promise, kept in promises.items() if not kept),
        *(f"bad: {reasons}" for reasons in bad[:3]),
    ]


@pytest.fixture
def memory():
    directory = Path(tempfile.mkdtemp(prefix="lives-", dir=MEMORY if MEMORY.is_dir() else None))
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize("group", range(GROUPS))
def test_random_agents_keep_their_promises(memory, group):
    lived = 0
    seeds = iter(range(group * 1000, group * 1000 + 1000))
    while lived < LIVES:
        seed = next(seeds)
        broken = broken_promises(memory / str(seed), seed)
        assert not broken, f"seed {seed}"
        lived += broken is not None


@pytest.mark.parametrize("seed", [1, 2])
def test_random_agents_with_several_processes(memory, seed):
    for more in range(100):
        broken = broken_promises(memory / str(more), 100_000 * seed + more, workers=1.0)
        assert not broken, f"seed {100_000 * seed + more}"
        if broken is not None:
            return
    raise AssertionError("no configuration in a hundred")


@pytest.mark.soak
def test_random_agents_for_a_long_time():
    results = many(SOAK_SECONDS, int(time.time()) * 1000, workers=0.03)
    print(dict(results))
    assert results["kept"] > SOAK_SECONDS / 10
    assert not results["broken"]


def many(seconds: float, seed: int, *, workers: float) -> Counter[str]:
    """Live as long as that; print the seeds of lives that broke a promise."""
    until, results = time.monotonic() + seconds, Counter[str]()
    while time.monotonic() < until:
        seed += 1
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
            broken = broken_promises(Path(directory) / "life", seed, workers=workers)
        results["no configuration" if broken is None else "broken" if broken else "kept"] += 1
        if broken:
            print(seed, *broken, sep="\n    ", flush=True)
    return results


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("logsource.emit").setLevel(logging.CRITICAL)  # which has reasons enough to complain
    print(dict(many(float(sys.argv[1]), int(time.time()) * 1000, workers=0.03)))
