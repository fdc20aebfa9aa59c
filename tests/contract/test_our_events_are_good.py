"""Our events, made by the definition of their bytes, judged by the collector and beside a foreign tracker."""

from __future__ import annotations

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from snowplow_tracker import Emitter, SelfDescribing, SelfDescribingJson, Subject, Tracker

from logsource.event.payload import LOG_SOURCE, MAX_MS, EventFrame
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Line, Record
from logsource.web.collector.app import create_app
from logsource.web.collector.inspect import detail
from logsource.web.collector.micro import good_event
from logsource.web.server import serve
from tests.support.collecting import JSON, NOW_MS, THING, TP2, new_collector, reasons

LOG_LINE = "iglu:io.logsource/log_line/jsonschema/1-0-0"
FILE_ID = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


@given(
    message=st.text(max_size=200),
    path=st.text(min_size=1, max_size=50).map(lambda text: "/" + text.replace("\x00", "")),
    host=st.text(min_size=1, max_size=50),
    app_id=st.text("abc-_. äé", max_size=50),
    offset=st.integers(0, 2**48 - 1),
    epoch=st.integers(0, 200),
    timestamp_ms=st.none() | st.integers(0, MAX_MS),
    base64=st.booleans(),
)
def test_any_line_of_any_file_becomes_a_good_event(
    collector, message, path, host, app_id, offset, epoch, timestamp_ms, base64
):
    collector.reset()
    frame = EventFrame(source="web", host=host, namespace="logsource", app_id=app_id, base64=base64)
    file = frame.for_file(file_id=FILE_ID, epoch=epoch, path=path)
    record = Record(LOG_LINE, {"message": message}, timestamp_ms)
    rendered = file.render(record, Line(text=message, offset=offset), NOW_MS)

    body = BODY_PREFIX + rendered.encode() + BODY_SUFFIX
    assert collector.accept_post(TP2, JSON, body, {}).status == 200

    assert reasons(collector) == []
    [kept] = collector.good()
    shown = detail(kept)
    assert shown["data"] == {"schema": LOG_LINE, "data": {"message": message}}
    assert (shown["log_source"]["path"], shown["log_source"]["offset"]) == (path, offset)
    assert shown["log_source"]["file_id"] == FILE_ID


def test_the_same_event_by_us_and_by_the_python_tracker_arrives_alike(tmp_path):
    """Compared after decoding. The tracker insists on an id and a creation time of its own."""
    thing, line_ms = {"name": "wörld <&> 😀", "size": 7}, 1_699_999_999_123
    frame = EventFrame(source="web", host="h", namespace="same", app_id="shop")
    file = frame.for_file(file_id=FILE_ID, epoch=0, path="/var/log/a.log")
    ours = file.render(Record(THING, thing, line_ms), Line(text="", offset=4711), NOW_MS)
    entity = orjson.loads(orjson.loads(ours)["co"])["data"][0]
    assert entity["schema"] == LOG_SOURCE

    collector = new_collector(tmp_path)
    with serve(create_app(collector), "127.0.0.1", 0) as server, requests.Session() as session:
        body = BODY_PREFIX + ours.encode() + BODY_SUFFIX
        session.post(server.url + TP2, data=body, headers={"Content-Type": JSON}, timeout=10)
        emitter = Emitter("127.0.0.1", protocol="http", port=server.port, batch_size=1, session=session)
        tracker = Tracker("same", emitter, subject=Subject().set_platform("srv"), app_id="shop")
        context = [SelfDescribingJson(entity["schema"], entity["data"])]
        tracker.track(
            SelfDescribing(SelfDescribingJson(THING, thing), context=context, true_timestamp=line_ms)
        )

    assert reasons(collector) == []
    theirs, mine = [good_event(kept) for kept in collector.good()]
    own = {"event_id", "dvce_created_tstamp", "dvce_sent_tstamp", "v_tracker", "network_userid", "useragent"}
    alike = lambda found: {key: value for key, value in found["event"].items() if key not in own}
    assert alike(mine) == alike(theirs)
    assert (mine["schema"], mine["contexts"]) == (theirs["schema"], theirs["contexts"])
    assert mine["event"]["derived_tstamp"] == "2023-11-14T22:13:19.123Z"
