"""What the README shows of tracking from Python runs, and delivers what it says."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.support.markdown import blocks
from tests.support.sink import Sink

README = Path(__file__).parents[2] / "README.md"


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
