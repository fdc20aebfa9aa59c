"""Whatever the tracker accepts is good in the collector: texts, unicode, sizes around the limits, all kinds of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from snowplow_tracker import Emitter as TheirEmitter
from snowplow_tracker import SelfDescribing as TheirSelfDescribing
from snowplow_tracker import SelfDescribingJson
from snowplow_tracker import StructuredEvent as TheirStructured
from snowplow_tracker import Subject as TheirSubject
from snowplow_tracker import Tracker as TheirTracker

from logsource.config.model import CollectorConfig
from logsource.errors import EventInvalid
from logsource.tracker import (
    Collector,
    Event,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    Structured,
    Subject,
    Tracker,
)
from logsource.tracker.bodies import groups
from logsource.tracker.build import Common
from logsource.web.collector.app import create_app
from logsource.web.collector.micro import good_event
from logsource.web.server import serve
from tests.support.collecting import JSON, THING, TP2, USER, acme_repository, new_collector, reasons
from tests.support.tracked import builder_of

TEXTS = st.text(max_size=40)
"""Without lone surrogates: those are told, see the tests of events."""
WILD_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def around(limit: int, alphabet: str = "aä😀\t") -> st.SearchStrategy[str]:
    """Texts whose length is near a limit, whatever a character counts."""
    return st.builds(
        lambda char, more, rest: char * max(0, limit // 4 * {"\t": 1, "😀": 2}.get(char, 4) + more) + rest,
        st.sampled_from(alphabet),
        st.integers(-3, 3),
        TEXTS,
    )


@st.composite
def subjects(draw):
    text = lambda limit: draw(st.none() | TEXTS | around(limit))
    number = lambda: draw(st.none() | st.integers(-2, 2**31 + 1))
    pair = lambda: draw(st.none() | st.tuples(st.integers(0, 2**31), st.integers(0, 2**31)))
    return Subject(
        user_id=text(255),
        domain_user_id=text(128),
        network_user_id=text(128),
        session_id=draw(st.none() | st.uuids() | st.uuids().map(lambda one: str(one).upper()) | TEXTS),
        session_index=number(),
        ip=text(128),
        user_agent=text(1000),
        language=text(255),
        timezone=text(255),
        screen=pair(),
        viewport=pair(),
        color_depth=number(),
        url=draw(st.none() | TEXTS | TEXTS.map("https://example.com/{}".format)),
        page_title=text(2000),
        referrer=draw(st.none() | TEXTS.map("http://x.example/?q={}".format)),
    )


BODIES = st.one_of(
    st.builds(
        SelfDescribing,
        st.just(THING),
        st.fixed_dictionaries(
            {"name": around(20)}, optional={"extra": st.dictionaries(TEXTS, WILD_JSON, max_size=4)}
        ),
    ),
    st.builds(SelfDescribing, st.just("iglu:com.acme/any/jsonschema/1-0-0") | TEXTS, WILD_JSON),
    st.builds(
        PageView,
        TEXTS | TEXTS.map("https://example.com/{}".format),
        st.none() | around(2000),
        st.none() | TEXTS.map("http://a.b/{}".format),
    ),
    st.builds(
        Structured,
        TEXTS | around(1000),
        TEXTS | around(1000),
        st.none() | around(4096),
        st.none() | around(1000),
        st.none() | st.floats() | st.decimals() | st.integers(),
    ),
    st.builds(PagePing, TEXTS.map("https://example.com/{}".format), max_x=st.none() | st.integers(-1, 2**31)),
    st.builds(ScreenView, TEXTS, st.none() | st.uuids() | around(36)),
)
EVENTS = st.builds(
    Event,
    body=BODIES,
    entities=st.lists(
        st.builds(
            SelfDescribing,
            st.just(USER),
            st.fixed_dictionaries({"type": TEXTS.map(lambda text: text[:10]) | around(20)}),
        ),
        max_size=2,
    ),
    subject=st.none() | subjects(),
    true_timestamp=st.none()
    | st.integers(-(10**14), 3 * 10**14)
    | st.datetimes(timezones=st.sampled_from([UTC])),
    created=st.none() | st.integers(-(10**14), 3 * 10**14),
    event_id=st.none()
    | st.uuids()
    | st.uuids().map(str)
    | st.uuids().map(lambda one: str(one).upper())
    | TEXTS,
)


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    return new_collector(tmp_path_factory.mktemp("iglu"))


@pytest.fixture(scope="module", params=[{}, {"base64": True}], ids=["plain", "base64"])
def builder(request, tmp_path_factory):
    # What nobody can look up is not good for the collector either; here it is to be refused.
    return builder_of(
        tmp_path_factory.mktemp("acme"), common=Common(unknown_schemas="refuse"), **request.param
    )


@given(events=st.lists(EVENTS, min_size=1, max_size=6))
def test_what_is_accepted_is_good_and_nothing_else_spoils_its_neighbours(builder, collector, events):
    collector.reset()
    accepted = []
    for event in events:
        try:
            accepted.append(builder.build(event))
        except EventInvalid:
            continue
    if not accepted:
        return
    for group in groups(
        [one.text for one in accepted], CollectorConfig(url="http://x", byte_limit_post=2048)
    ):
        for batch in group:
            collector.accept_post(TP2, JSON, batch.body, {})
    assert reasons(collector) == []
    found = [kept.params["eid"] for kept in reversed(collector.good())]
    assert sorted(found) == sorted(one.event_id for one in accepted)


FITTING = st.builds(
    lambda name, category, title, user, at: [
        Event(body=SelfDescribing(THING, {"name": name[:20], "extra": {title: [name]}}), true_timestamp=at),
        Event(body=Structured(category, category, title, name), subject=Subject(user_id=user)),
        Event(body=PageView(f"https://example.com/{title}", title)),
        Event(body=ScreenView(name), entities=[SelfDescribing(USER, {"type": user[:20]})]),
    ],
    TEXTS,
    st.text(min_size=1, max_size=100),
    TEXTS,
    TEXTS,
    st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants it so
)


@given(events=FITTING)
def test_what_fits_is_accepted_whatever_its_texts_say(builder, collector, events):
    collector.reset()
    built = [builder.build(event) for event in events]
    for batch in next(groups([one.text for one in built], CollectorConfig(url="http://x"))):
        collector.accept_post(TP2, JSON, batch.body, {})
    assert reasons(collector) == []
    assert len(collector.good()) == 4
    thing, struct = [good_event(kept)["event"] for kept in reversed(collector.good())][:2]
    assert thing["unstruct_event"]["data"]["data"] == events[0].body.data
    assert struct["se_category"] == events[1].body.category
    derived = datetime.fromisoformat(thing["derived_tstamp"])
    assert abs(derived - events[0].true_timestamp) < timedelta(milliseconds=1)


@pytest.mark.parametrize("method", ["post", "get"])
def test_ours_and_snowplows_own_tracker_say_the_same(tmp_path, method):
    """The same events through both, compared as a warehouse would have them."""
    with serve(create_app(new_collector(tmp_path)), "127.0.0.1", 0) as server, requests.Session() as session:
        theirs = TheirTracker(
            "ns",
            TheirEmitter(
                "127.0.0.1", protocol="http", port=server.port, method=method, batch_size=1, session=session
            ),
            subject=TheirSubject()
            .set_platform("srv")
            .set_user_id("u-1")
            .set_screen_resolution(1920, 1080)
            .set_viewport(800, 600)
            .set_color_depth(24)
            .set_timezone("Europe/Berlin")
            .set_lang("de")
            .set_domain_user_id("d-1")
            .set_ip_address("203.0.113.7")
            .set_useragent("curl/8.0"),
            app_id="shop",
        )
        theirs.track(TheirStructured("shop", "add", "label", "property", 19.5))
        entity = SelfDescribingJson(USER, {"type": "tester"})
        thing = SelfDescribingJson(THING, {"name": "wörld <&> 😀", "size": 7})
        theirs.track(TheirSelfDescribing(thing, context=[entity], true_timestamp=1_700_000_000_123))
        theirs.flush()
        subject = Subject(
            user_id="u-1",
            screen=(1920, 1080),
            viewport=(800, 600),
            color_depth=24,
            timezone="Europe/Berlin",
            language="de",
            domain_user_id="d-1",
            ip="203.0.113.7",
            user_agent="curl/8.0",
        )
        settings = Collector(url=server.url, method=method, concurrency=1)
        schemas = [acme_repository(tmp_path / "ours")]
        with Tracker(
            settings, state_dir=None, app_id="shop", namespace="ns", subject=subject, schemas=schemas
        ) as ours:
            ours.struct("shop", "add", "label", "property", 19.5)
            assert ours.flush(20)
            ours.self_describing(
                THING,
                {"name": "wörld <&> 😀", "size": 7},
                entities=[SelfDescribing(USER, {"type": "tester"})],
                true_timestamp=1_700_000_000_123,
            )
            assert ours.flush(20)
        assert session.get(f"{server.url}/micro/bad", timeout=10).json() == []
        good = session.get(f"{server.url}/micro/good", timeout=10).json()

    own = {"event_id", "v_tracker", "event_fingerprint"}
    by_kind: dict[str, list] = {}
    for event in good:
        by_kind.setdefault(event["eventType"], []).append(alike(event["event"], own))
    assert {kind: len(found) for kind, found in by_kind.items()} == {"struct": 2, "unstruct": 2}
    for ours_and_theirs in by_kind.values():
        first, second = ours_and_theirs
        assert first == second


def alike(event: dict, own: set[str]) -> dict:
    """What two trackers should agree on: all but ids, times of their own and how the request looked."""
    return {
        key: value
        for key, value in orjson.loads(orjson.dumps(event)).items()
        if key not in own and not key.endswith("_tstamp") and not key.startswith("network_")
    } | {"true_tstamp": event.get("true_tstamp")}
