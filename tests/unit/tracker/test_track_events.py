"""From an event to its bytes: every kind, every field, and everything that can be wrong, told at once."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid4

import orjson
import pytest

from logsource.errors import EventInvalid
from logsource.model import EVENT_START, MAX_EVENT
from logsource.tracker import Event, PagePing, PageView, ScreenView, SelfDescribing, Structured, Subject
from logsource.tracker.build import Common
from tests.support.collecting import CONTEXTS, NOW_MS, THING, UNSTRUCT, USER
from tests.support.tracked import EVENT_ID, builder_of, params_of

SCREEN_VIEW = "iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0"
HEAD = {"p": "srv", "tna": "py", "aid": "shop", "eid": str(EVENT_ID), "dtm": str(NOW_MS)}


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    return builder_of(tmp_path_factory.mktemp("iglu"))


def built(builder, body, **about):
    text = builder.build(Event(body=body, **about)).text
    assert text.startswith(EVENT_START)  # on which cutting and splitting of bodies rely
    params = params_of(text)
    assert params.pop("tv").startswith("logsource-")
    return params


def problems(builder, body, **about):
    with pytest.raises(EventInvalid) as caught:
        builder.build(Event(body=body, **about))
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


# -- kinds -------------------------------------------------------------------------------------


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


# -- what is wrong -------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once_by_the_names_under_which_it_was_given(builder):
    found = problems(
        builder,
        SelfDescribing(THING, {"name": "x" * 21, "size": -1}),
        entities=[SelfDescribing(USER, {"type": "a", "more": 1}), SelfDescribing("iglu:acme/user", {})],
        subject=Subject(user_id="u" * 256, session_id="not-a-uuid"),
        event_id="42",
    )
    assert found == [
        "entities[1].schema: must be an Iglu key, not 'iglu:acme/user'; write iglu:VENDOR/NAME/jsonschema/1-0-0",
        "event_id: '42' is not a UUID",
        "subject.user_id: 256 characters, at most 255 are allowed",
        "subject.session_id: 'not-a-uuid' is not a UUID",
        f'data/name: "{"x" * 21}" is longer than 20 characters',
        "data/size: -1 is less than the minimum of 0",
    ]


def test_entities_are_judged_by_their_schemas(builder):
    found = problems(builder, Structured("a", "b"), entities=[SelfDescribing(USER, {"type": 5})])
    assert found == ['entities[0].data/type: 5 is not of type "string"']


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": float("nan")}, "data/name: is nan, which JSON does not have; leave it out"),
        ({"name": 2**64}, "data/name: is an integer beyond 64 bits; send it as a string"),
        (
            {"name": "\ud800"},
            "data/name: has half of a surrogate pair at character 0; decode with errors='replace'",
        ),
        ({"name": b"x"}, "data/name: is a bytes, which JSON does not have; write value.decode()"),
        (
            {"name": date(2026, 1, 2)},
            "data/name: is a date, which JSON does not have; write value.isoformat()",
        ),
        (
            {"extra": {"a": [{1, 2}]}},
            "data/extra/a/0: is a set, which JSON does not have; write sorted(value)",
        ),
        ({"name": "n", 5: 1}, "data: has a key that is no text but an int; write str(key)"),
        ([1], 'data: [1] is not of type "object"'),
    ],
)
def test_what_json_or_the_schema_does_not_have(builder, data, said):
    assert said in problems(builder, SelfDescribing(THING, data))


def test_data_that_contains_itself_is_told_and_not_followed(builder):
    loop: dict = {}
    loop["extra"] = loop
    [said] = problems(builder, SelfDescribing(THING, loop))
    assert said.endswith("is nested more than 40 levels deep (does it contain itself?)")


def test_nesting_as_the_pipeline_counts_it(builder):
    def nested(levels):
        data = leaf = {}
        for _ in range(levels - 1):
            leaf["a"] = {}
            leaf = leaf["a"]
        return SelfDescribing("iglu:com.acme/unknown/jsonschema/1-0-0", data)

    built(builder, nested(38))  # and two wrappers around it
    [said] = problems(builder, nested(39))
    assert said == "data: is nested 41 levels deep, at most 40 are allowed"


@pytest.mark.parametrize(
    ("body", "about", "said"),
    [
        (PageView(""), {}, "url: must not be empty: a page view needs the page"),
        (
            PageView("/relative"),
            {},
            "url: must be an absolute URL such as https://example.com/, not '/relative'",
        ),
        (PageView(5), {}, "url: must be a text, not int; write str(value)"),
        (
            Structured("", "b"),
            {},
            "category: must not be empty: a structured event needs category and action",
        ),
        (Structured("a" * 1001, "b"), {}, "category: 1001 characters, at most 1000 are allowed"),
        (Structured("a", "b", value=float("inf")), {}, "value: must be a number, not inf"),
        (Structured("a", "b", value=Decimal("sNaN")), {}, "value: must be a number, not Decimal('sNaN')"),
        (Structured("a", "b", value=10**5000), {}, "value: must be a number, not this int"),
        (Structured("a", "b", value=True), {}, "value: must be a number, not True"),
        (ScreenView(None), {}, 'data/name: null is not of type "string"'),
        ("text", {}, "body: must be SelfDescribing, PageView, PagePing, Structured or ScreenView, not str"),
        (
            Structured("a", "b"),
            {"true_timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the mistake
            "true_timestamp: has no time zone; write datetime.now(UTC), or value.replace(tzinfo=…)",
        ),
        (
            Structured("a", "b"),
            {"true_timestamp": 10**15},
            "true_timestamp: '1000000000000000' is outside the years 0 to 9999",
        ),
        (
            Structured("a", "b"),
            {"platform": "car"},
            "platform: 'car' is not a platform (web, iot, app, mob, pc, cnsl, tv, srv, headset)",
        ),
        (
            Structured("a", "b"),
            {"entities": [{"schema": USER}]},
            "entities[0]: must be SelfDescribing(schema, data), not dict",
        ),
        (Structured("a", "b"), {"subject": {"user_id": "u"}}, "subject: must be Subject(…), not dict"),
        (
            Structured("a", "b"),
            {"subject": Subject(screen=(5,))},
            "subject.screen: must be (width, height) in whole pixels, not (5,)",
        ),
        (
            Structured("a", "b"),
            {"subject": Subject(session_index=-1)},
            "subject.session_index: must be a whole number from 0 to 2147483647, not -1",
        ),
        (
            Structured("a", "b"),
            {"subject": Subject(timezone="x" * 256)},
            "subject.timezone: 256 characters, at most 255 are allowed",
        ),
    ],
)
def test_each_mistake_has_its_own_words(builder, body, about, said):
    assert said in problems(builder, body, **about)


def test_what_is_no_event_at_all(builder):
    with pytest.raises(EventInvalid, match="the event: must be Event"):
        builder.build({"event": "page_view"})


def test_a_schema_that_nobody_knows_is_taken_on_trust_unless_it_is_to_be_refused(tmp_path):
    body = SelfDescribing("iglu:com.acme/unheard_of/jsonschema/1-0-0", {"a": 1})
    built(builder_of(tmp_path), body)
    strict = builder_of(tmp_path, common=Common(unknown_schemas="refuse"))
    [said] = problems(strict, body)
    assert said == "schema: iglu:com.acme/unheard_of/jsonschema/1-0-0 was not found in any schema repository"


# -- sizes ---------------------------------------------------------------------------------------


def test_an_event_beyond_what_the_pipeline_takes_is_refused_here(builder):
    def sized(size):
        return SelfDescribing("iglu:com.acme/any/jsonschema/1-0-0", {"a": "x" * size})

    room = MAX_EVENT - len(builder.build(Event(body=sized(0))).text)
    assert len(builder.build(Event(body=sized(room))).text) == MAX_EVENT
    [said] = problems(builder, sized(room + 1))
    assert said == f"the event: has {MAX_EVENT + 1} bytes, the pipeline loses what has more than {MAX_EVENT}"


def test_an_event_that_fits_no_get_request_is_refused_here(tmp_path):
    builder = builder_of(tmp_path, method="get", byte_limit_get=1024)
    builder.build(Event(body=Structured("a", "b", "x" * 500)))
    [said] = problems(builder, Structured("a", "b", "ä" * 200))
    assert "as a GET request, byte_limit_get is 1024; send less, or use method post" in said
