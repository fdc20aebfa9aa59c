"""What README and examples show of tracking from Python runs, and delivers what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson

from tests.support.markdown import blocks
from tests.support.sink import Sink

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def test_the_example_tracks_four_events(tmp_path):
    [example] = blocks(README, "python")
    with Sink() as sink:
        text = example.text.replace("https://collector.example.com", sink.url)
        text = text.replace("/var/lib/shop/track", str(tmp_path / "track"))
        assert text.count(sink.url) == text.count(str(tmp_path)) == 1
        exec(compile(text, "README.md", "exec"), {})
    # Two threads send, so that they may arrive in another order.
    [own] = [event for event in sink.events() if "uid" in event]
    [screen] = [event for event in sink.events() if "co" in event]
    [page] = [event for event in sink.events() if event["e"] == "pv"]
    [struct] = [event for event in sink.events() if event["e"] == "se"]
    assert (own["uid"], orjson.loads(own["ue_pr"])["data"]["data"]) == ("u1", {"id": 7})
    assert (page["e"], page["url"], page["page"]) == ("pv", "https://shop.example.com/", "Home")
    assert (struct["se_ca"], struct["se_la"], struct["se_va"]) == ("shop", "book", "19.99")
    assert orjson.loads(screen["co"])["data"][0]["data"] == {"items": 2}
    assert {event["aid"] for event in (own, page, struct, screen)} == {"shop"}


def test_the_example_program_says_the_same_of_its_orders_each_time(tmp_path):
    program = [sys.executable, str(ROOT / "config/examples/track.py")]
    with Sink() as sink:
        for _ in range(2):
            done = subprocess.run(
                [*program, sink.url, str(tmp_path / "track")],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stderr.startswith("order 1 is event ")
        events = sink.events()
    assert len(events) == 6
    for event in events:
        event.pop("stm")
    assert len({tuple(sorted(event.items())) for event in events}) == 3  # by which duplicates are found
    assert {event["uid"] for event in events} == {"customer-1", "customer-2", "customer-3"}
