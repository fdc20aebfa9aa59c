"""Everything that can be wrong with an event is told at once, by the name under which it was given."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from logsource.errors import EventInvalid
from logsource.model import MAX_EVENT
from logsource.tracker import Event, PageView, ScreenView, SelfDescribing, Structured, Subject
from logsource.tracker.build import Common
from tests.support.collecting import THING, USER
from tests.support.tracked import builder_of, built, problems


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
