"""From an event to its bytes: every kind, every field."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid4

import orjson
import pytest

from logsource.tracker import PagePing, PageView, ScreenView, SelfDescribing, Structured, Subject
from logsource.tracker.build import Common
from tests.support.collecting import CONTEXTS, NOW_MS, THING, UNSTRUCT, USER
from tests.support.tracked import EVENT_ID, builder_of, built, problems

SCREEN_VIEW = "iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0"
HEAD = {"p": "srv", "tna": "py", "aid": "shop", "eid": str(EVENT_ID), "dtm": str(NOW_MS)}


def test_data_of_ones_own_with_entities(builder):
    found = built(
        builder,
        SelfDescribing(THING, {"name": 'Ä "<&>" 😀 \x00', "size": 7}),
        entities=[SelfDescribing(USER, {"type": "a"}), SelfDescribing(USER, {"type": "b"})],
    )
    described = orjson.loads(found.pop("ue_pr"))
    assert described == {
        "schema": UNSTRUCT,
        "data": {"schema": THING, "data": {"name": 'Ä "<&>" 😀 \x00', "size": 7}},
    }
    contexts = orjson.loads(found.pop("co"))
    assert contexts == {
        "schema": CONTEXTS,
        "data": [{"schema": USER, "data": {"type": "a"}}, {"schema": USER, "data": {"type": "b"}}],
    }
    assert found == {**HEAD, "e": "ue"}


def test_in_base64_when_the_collector_is_to_get_it_so(tmp_path):
    found = built(
        builder_of(tmp_path, base64=True),
        SelfDescribing(THING, {"name": "ÿ?>"}),
        entities=[SelfDescribing(USER, {"type": "a"})],
    )
    assert found.keys() & {"ue_pr", "co"} == set()
    described = orjson.loads(base64.urlsafe_b64decode(found["ue_px"]))
    assert described["data"]["data"] == {"name": "ÿ?>"}
    assert orjson.loads(base64.urlsafe_b64decode(found["cx"]))["data"][0]["schema"] == USER


def test_a_page_view_is_mended_because_clients_send_what_they_like(builder):
    page = PageView("HTTPS://Shop.example/a b|{}?q=%zz", title="T" * 3000, referrer="http://x.example/ä")
    assert built(builder, page) == {
        **HEAD,
        "e": "pv",
        "url": "https://shop.example/a%20b%7C%7B%7D?q=%25zz",
        "page": "T" * 2000,
        "refr": "http://x.example/%C3%A4",
    }


def test_a_page_ping_says_how_far_it_was_scrolled(builder):
    found = built(builder, PagePing("https://example.com/", "T", min_x=0, max_x=5, max_y=2**31 - 1))
    assert found == {
        **HEAD,
        "e": "pp",
        "url": "https://example.com/",
        "page": "T",
        "pp_mix": "0",
        "pp_max": "5",
        "pp_may": "2147483647",
    }
    assert problems(builder, PagePing("https://example.com/", min_y=-1)) == [
        "min_y: must be a whole number from 0 to 2147483647, not -1"
    ]


def test_a_structured_event(builder):
    found = built(builder, Structured("shop", "add", "label", "property", 19.99))
    assert found == {
        **HEAD,
        "e": "se",
        "se_ca": "shop",
        "se_ac": "add",
        "se_la": "label",
        "se_pr": "property",
        "se_va": "19.99",
    }


@pytest.mark.parametrize("value", [0, -3, 1e-7, 1e300, Decimal("12.50"), Decimal("1E+3"), 2**70])
def test_numbers_of_a_structured_event(builder, value):
    found = built(builder, Structured("a", "b", value=value))
    assert Decimal(found["se_va"]) == Decimal(str(value))


def test_a_screen_view_is_self_describing_and_its_id_is_made(builder):
    described = orjson.loads(built(builder, ScreenView("Home"))["ue_pr"])["data"]
    assert described == {"schema": SCREEN_VIEW, "data": {"name": "Home", "id": str(EVENT_ID)}}
    whole = ScreenView("Cart", UUID(int=5), "list", "Home", UUID(int=4), "start", "swipe")
    described = orjson.loads(built(builder, whole)["ue_pr"])["data"]
    assert described["data"] == {
        "name": "Cart",
        "id": "00000000-0000-0000-0000-000000000005",
        "type": "list",
        "previousName": "Home",
        "previousId": "00000000-0000-0000-0000-000000000004",
        "previousType": "start",
        "transitionType": "swipe",
    }


def test_nulls_of_a_screen_view_are_left_out_because_its_published_schema_knows_none(builder):
    body = SelfDescribing(SCREEN_VIEW, {"name": "Home", "id": "1", "type": None})
    assert orjson.loads(built(builder, body)["ue_pr"])["data"]["data"] == {"name": "Home", "id": "1"}


# -- what is said besides ------------------------------------------------------------------------


def test_all_that_is_known_of_a_subject(builder):
    subject = Subject(
        user_id="u1",
        domain_user_id="d1",
        network_user_id="n1",
        session_id=UUID("ABCDEF00-0000-4000-8000-000000000001"),
        session_index=3,
        ip="203.0.113.7, 10.0.0.1",
        user_agent="curl/8.0",
        language="de-DE",
        timezone="Europe/Berlin",
        screen=(1920, 1080),
        viewport=(800, 600),
        color_depth=24,
        url="https://example.com/x",
        page_title="X",
        referrer="https://example.org/",
    )
    found = built(builder, Structured("a", "b"), subject=subject)
    assert found == {
        **HEAD,
        "e": "se",
        "se_ca": "a",
        "se_ac": "b",
        "uid": "u1",
        "duid": "d1",
        "tnuid": "n1",
        "sid": "abcdef00-0000-4000-8000-000000000001",
        "vid": "3",
        "ip": "203.0.113.7",
        "ua": "curl/8.0",
        "lang": "de-DE",
        "tz": "Europe/Berlin",
        "res": "1920x1080",
        "vp": "800x600",
        "cd": "24",
        "url": "https://example.com/x",
        "page": "X",
        "refr": "https://example.org/",
    }


def test_an_events_subject_goes_before_the_trackers_and_a_page_view_brings_its_page(tmp_path):
    default = Subject(user_id="nobody", language="en", url="https://example.com/default", page_title="Old")
    builder = builder_of(tmp_path, common=Common(subject=default))
    found = built(builder, PageView("https://example.com/new"), subject=Subject(user_id="somebody"))
    assert found == {
        **HEAD,
        "e": "pv",
        "uid": "somebody",
        "lang": "en",
        "url": "https://example.com/new",
    }


def test_what_is_empty_is_left_out_and_what_clients_choose_is_cut(builder):
    subject = Subject(user_id="", ip="", user_agent="😀" * 1000, language="x" * 300, url="", page_title="")
    found = built(builder, Structured("a", "b"), subject=subject)
    assert found["ua"] == "😀" * 500  # in UTF-16, as enrichment counts
    assert found["lang"] == "x" * 255
    assert found.keys() & {"uid", "ip", "url", "page"} == set()


def test_the_time_at_which_it_really_happened(builder):
    local = datetime(2023, 11, 14, 23, 13, 20, 123456, tzinfo=timezone(timedelta(hours=1)))
    for given in (local, local.astimezone(UTC), 1_700_000_000_123):
        assert built(builder, Structured("a", "b"), true_timestamp=given)["ttm"] == "1700000000123"


def test_an_event_that_is_tracked_again_with_its_own_id_and_time_is_the_same(builder):
    made = datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    found = built(builder, Structured("a", "b"), event_id=EVENT_ID, created=made)
    assert found["dtm"] == "1700000000123"
    assert found == built(builder, Structured("a", "b"), event_id=str(EVENT_ID), created=1_700_000_000_123)
    assert problems(builder, Structured("a", "b"), created="now") == [
        "created: must be a datetime with a time zone, or milliseconds since 1970, not 'now'"
    ]


def test_ids_and_platforms_of_ones_own(builder):
    other = uuid4()
    for given in (other, str(other), str(other).upper()):
        found = built(builder, Structured("a", "b"), event_id=given, platform="iot")
        assert (found["eid"], found["p"]) == (str(other), "iot")


def test_entities_of_the_tracker_come_after_those_of_the_event(tmp_path):
    common = Common(entities=(SelfDescribing(USER, {"type": "all"}),))
    builder = builder_of(tmp_path, common=common)
    found = built(builder, Structured("a", "b"), entities=(SelfDescribing(USER, {"type": "own"}),))
    assert [one["data"]["type"] for one in orjson.loads(found["co"])["data"]] == ["own", "all"]


def test_values_of_python_that_json_knows(builder):
    class Size(StrEnum):
        BIG = "big"

    data = {"name": Size.BIG, "extra": MappingProxyType({"list": (1, 2.5, True, None), "max": 2**64 - 1})}
    described = orjson.loads(built(builder, SelfDescribing(THING, data))["ue_pr"])
    assert described["data"]["data"] == {
        "name": "big",
        "extra": {"list": [1, 2.5, True, None], "max": 2**64 - 1},
    }
