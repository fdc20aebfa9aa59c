"""Snowplow's own trackers for Python and Node, sent through the collector: all their events must be good."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import requests
from snowplow_tracker import (
    Emitter,
    PageView,
    SelfDescribing,
    SelfDescribingJson,
    StructuredEvent,
    Subject,
    Tracker,
)

from logsource.web.collector.app import create_app
from logsource.web.server import serve
from tests.support.collecting import THING, USER, new_collector

FOREIGN = Path(__file__).parents[1] / "foreign"


@pytest.fixture
def server(tmp_path):
    with serve(create_app(new_collector(tmp_path)), "127.0.0.1", 0) as running:
        yield running


def judged(server):
    """Good events by type, and the reasons of bad ones, as a test suite written for Micro would ask."""
    with requests.Session() as session:
        good = session.get(f"{server.url}/micro/good", timeout=10).json()
        bad = session.get(f"{server.url}/micro/bad", timeout=10).json()
    return {event["eventType"]: event for event in good}, [event["reasons"] for event in bad], len(good)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("base64", [True, False])
def test_python_tracker(server, method, base64):
    failed = []
    with requests.Session() as session:
        emitter = Emitter(
            "127.0.0.1",
            protocol="http",
            port=server.port,
            method=method,
            batch_size=3,
            request_timeout=10,
            on_failure=lambda _sent, events: failed.extend(events),
            custom_retry_codes=dict.fromkeys(range(400, 600), False),
            session=session,
        )
        subject = Subject().set_platform("srv").set_user_id("user-1").set_screen_resolution(1920, 1080)
        subject.set_useragent("curl/8.0").set_ip_address("203.0.113.7").set_timezone("Europe/Berlin")
        tracker = Tracker("python", emitter, subject=subject, app_id="foreign", encode_base64=base64)
        user = SelfDescribingJson(USER, {"type": "tester"})
        tracker.track(PageView("http://example.com/a?b=c", "Ä page", "http://example.org/", context=[user]))
        tracker.track(StructuredEvent("shop", "add", "label", "property", 19.99))
        thing = SelfDescribingJson(THING, {"name": "wörld <&> 😀", "size": 7})
        tracker.track(SelfDescribing(thing, context=[user, user], true_timestamp=1700000000123))
        tracker.flush()

    assert failed == []
    good, bad, count = judged(server)
    assert bad == []
    assert (count, set(good)) == (3, {"page_view", "struct", "unstruct"})
    page = good["page_view"]
    assert page["schema"] == "iglu:com.snowplowanalytics.snowplow/page_view/jsonschema/1-0-0"
    assert page["event"]["page_urlquery"] == "b=c"
    assert page["event"]["page_title"] == "Ä page"
    assert page["event"]["user_ipaddress"] == "203.0.113.7"
    assert page["event"]["dvce_screenheight"] == 1080
    assert good["struct"]["event"]["se_value"] == 19.99
    own = good["unstruct"]
    assert (own["schema"], own["contexts"]) == (THING, [USER, USER])
    assert own["event"]["unstruct_event"]["data"]["data"]["name"] == "wörld <&> 😀"
    assert own["event"]["derived_tstamp"] == "2023-11-14T22:13:20.123Z"
    assert own["event"]["event_name"] == "thing"
    assert ("ue_px" in own["rawEvent"]["parameters"]) is base64


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("encoding", ["base64", "plain"])
def test_node_tracker(server, method, encoding):
    node = shutil.which("node")
    assert node, "Node.js is needed; `make node-tracker` installs it and the tracker"
    assert (FOREIGN / "node_modules/@snowplow/node-tracker").is_dir(), "run `make node-tracker` first"
    sent = subprocess.run(
        [node, str(FOREIGN / "send.cjs"), "127.0.0.1", str(server.port), method, encoding],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (sent.returncode, sent.stdout) == (0, ""), sent.stderr

    good, bad, count = judged(server)
    assert bad == []
    assert (count, set(good)) == (4, {"page_view", "page_ping", "struct", "unstruct"})
    assert good["page_ping"]["event"]["pp_yoffset_max"] == 20
    own = good["unstruct"]
    assert (own["schema"], own["contexts"]) == (THING, [USER])
    assert own["event"]["unstruct_event"]["data"]["data"] == {"name": "wörld <&> 😀", "size": 7}
    assert own["event"]["true_tstamp"] == "2023-11-14T22:13:20.123Z"
    assert own["event"]["app_id"] == "foreign"
    assert ("ue_px" in own["rawEvent"]["parameters"]) is (encoding == "base64")
    platforms = Counter(event["event"]["platform"] for event in good.values())
    assert platforms == {"srv": 4}


def test_a_foreign_event_with_a_flaw_is_bad(server):
    with requests.Session() as session:
        emitter = Emitter("127.0.0.1", protocol="http", port=server.port, batch_size=1, session=session)
        tracker = Tracker("python", emitter, app_id="foreign")
        tracker.track(SelfDescribing(SelfDescribingJson(THING, {"name": 7})))
    good, bad, _ = judged(server)
    assert good == {}
    assert bad == [['ue_px/data/data/name: 7 is not of type "string"']]
