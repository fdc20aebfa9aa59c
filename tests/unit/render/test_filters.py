"""Filters on the row path: what each step does to records, and how drops are counted."""

from __future__ import annotations

import pytest

from logsource.config.filters import Condition, FilterConfig
from logsource.model import Record, Reject
from logsource.render.filters.chain import Dropped, FilterChain, Filtered
from logsource.render.filters.condition import compile_condition, holds
from logsource.render.filters.steps import WebFields
from logsource.render.filters.web import _bots as web_bots
from logsource.render.filters.web import find_bot
from tests.support.rendering import chunk_of, events_of, renderer

DATA = {
    "status": 404,
    "text_status": "404",
    "method": "GET",
    "seconds": 0.25,
    "cached": True,
    "source": {"address": "10.0.0.1", "port": 80},
    "target": "/cart?id=1",
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"field": "status", "eq": 404}, True),
        ({"field": "status", "eq": "404"}, True),
        ({"field": "text_status", "eq": 404}, True),
        ({"field": "text_status", "ge": 400, "lt": 500}, True),
        ({"field": "text_status", "gt": 404}, False),
        ({"field": "seconds", "le": 0.25}, True),
        ({"field": "method", "gt": 1}, False),
        ({"field": "cached", "eq": True}, True),
        ({"field": "cached", "eq": 1}, False),
        ({"field": "status", "ne": 404}, False),
        ({"field": "nothing", "ne": 404}, True),
        ({"field": "nothing", "eq": 404}, False),
        ({"field": "nothing", "matches": ".*"}, False),
        ({"field": "nothing", "exists": False}, True),
        ({"field": "source", "exists": True}, True),
        ({"field": "source.address", "startswith": "10."}, True),
        ({"field": "source.port", "in": [80, 443]}, True),
        ({"field": "source.port.deeper", "exists": True}, False),
        ({"field": "method", "in": ["POST", "PUT"]}, False),
        ({"field": "target", "contains": "?", "endswith": "=1"}, True),
        ({"field": "target", "matches": "^/cart"}, True),
        ({"field": "target", "matches": "cart$"}, False),
        ({"all": [{"field": "status", "eq": 404}, {"field": "method", "eq": "PUT"}]}, False),
        ({"any": [{"field": "status", "eq": 404}, {"field": "method", "eq": "PUT"}]}, True),
        ({"not": {"field": "method", "eq": "PUT"}}, True),
        ({"not": {"any": [{"field": "status", "ge": 400}]}}, False),
    ],
)
def test_condition(condition, expected):
    assert holds(compile_condition(Condition.model_validate(condition)), DATA) is expected


NO_WEB = WebFields()


def run(*steps, data=None, web=NO_WEB, identity="id"):
    chain = FilterChain.of([FilterConfig.model_validate(step) for step in steps], web)
    given = DATA if data is None else data
    before = repr(given)
    result = chain.apply(Record("iglu:com.acme/x/jsonschema/1-0-0", given, 7), identity)
    assert repr(given) == before, "a parser's record must not be changed in place"
    return result


def data_after(*steps, **more):
    result = run(*steps, **more)
    assert isinstance(result, Filtered)
    assert result.record.timestamp_ms == 7
    return dict(result.record.data)


def test_a_drop_is_named_after_the_step_or_after_what_it_does():
    condition = {"field": "status", "ge": 400}
    assert run({"drop_if": condition}) == Dropped("filter_drop_if")
    assert run({"drop_if": condition, "name": "errors"}) == Dropped("filter_errors")
    assert run({"keep_if": {"not": condition}}) == Dropped("filter_keep_if")
    assert isinstance(run({"keep_if": condition}), Filtered)


def test_the_first_step_that_drops_counts_and_later_steps_see_what_earlier_ones_did():
    steps = [{"rename": {"status": "code"}}, {"drop_if": {"field": "code", "eq": 404}, "name": "gone"}]
    assert run(*steps, {"sample": {"rate": 0}}) == Dropped("filter_gone")
    assert data_after({"drop_if": {"field": "code", "exists": True}}, steps[0])["code"] == 404


def test_rename_add_remove_nested_too():
    data = data_after(
        {"rename": {"source.address": "client", "nothing": "else"}},
        {"add": {"env": "prod", "source.kind": "web", "method": "HEAD"}},
        {"remove": ["source.port", "cached", "nothing"]},
    )
    assert data == {
        "status": 404,
        "text_status": "404",
        "seconds": 0.25,
        "target": "/cart?id=1",
        "client": "10.0.0.1",
        "env": "prod",
        "source": {"kind": "web"},
        "method": "HEAD",
    }


def test_an_object_without_members_is_left_out():
    assert data_after({"remove": ["a.b"]}, data={"a": {"b": 1}, "c": 2}) == {"c": 2}


def test_truncate_and_clean_url_change_texts_only():
    steps = [{"truncate": {"target": 4, "status": 1}}, {"clean_url": {"fields": ["target"], "host": "e.org"}}]
    data = data_after(*steps)
    assert (data["target"], data["status"]) == ("https://e.org/car", 404)


def test_hash_needs_the_key_and_tells_equal_values():
    step = {"hash": {"fields": ["method", "status"], "key": "not a secret", "length": 16}}
    first, again = data_after(step), data_after(step, data={**DATA, "seconds": 1})
    assert first["method"] == again["method"] != "GET"
    assert len(first["method"]) == len(first["status"]) == 16
    other = data_after({"hash": {"fields": ["method"], "key": "another secret"}})
    assert not other["method"].startswith(first["method"])
    assert len(other["method"]) == 32


def test_a_sample_takes_about_its_share_and_always_the_same_records():
    def kept(rate, **options):
        step = {"sample": {"rate": rate, "key": ["user"], **options}}
        return {user for user in range(2000) if isinstance(run(step, data={"user": user}), Filtered)}

    tenth = kept(0.1)
    assert 140 < len(tenth) < 260
    assert tenth == kept(0.1) < kept(0.2)
    assert kept(0) == set()
    assert len(kept(1)) == 2000
    assert kept(0.1, seed="b") != tenth


def test_a_sample_without_a_key_goes_by_the_event_id():
    results = {n: isinstance(run({"sample": {"rate": 0.5}}, identity=str(n)), Filtered) for n in range(200)}
    assert 60 < sum(results.values()) < 140


def test_a_hostile_regular_expression_is_stopped():
    step = {"drop_if": {"field": "text", "matches": "^(a|aa)+$"}}
    result = run(step, data={"text": "a" * 60 + "!"})
    assert isinstance(result, Reject)
    assert result.reason == "filter_timeout"


WEB = WebFields(target=("target",), user_agent=("agent",))
CURL, FIREFOX = "curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.mark.parametrize(
    ("target", "asset"),
    [
        ("/style.css?v=3", True),
        ("/a/LOGO.PNG", True),
        ("https://e.org/x.woff2#y", True),
        ("/x.min.js", True),
        ("/logo%2Epng", True),
        ("/", False),
        ("/report.pdf", False),
        ("/css", False),
        ("/a.css/edit", False),
        ("/?file=a.css", False),
    ],
)
def test_static_assets(target, asset):
    result = run({"drop_static_assets": True}, data={"target": target}, web=WEB)
    assert (result == Dropped("filter_drop_static_assets")) is asset


def test_bots_are_dropped_or_tagged():
    assert run({"drop_bots": True}, data={"agent": CURL}, web=WEB) == Dropped("filter_drop_bots")
    assert isinstance(run({"drop_bots": True}, data={"agent": FIREFOX}, web=WEB), Filtered)
    assert isinstance(run({"drop_bots": True}, data={}, web=WEB), Filtered)
    assert isinstance(run({"drop_bots": False}, data={"agent": CURL}, web=WEB), Filtered)
    tagged = run({"drop_bots": "tag"}, data={"agent": "Mozilla/5.0 (compatible; GPTBot/1.2)"}, web=WEB)
    assert isinstance(tagged, Filtered)
    assert tagged.entities == (
        {"schema": "iglu:io.logsource/bot/jsonschema/1-0-0", "data": {"kind": "ai", "name": "GPTBot"}},
    )
    untagged = run({"drop_bots": "tag"}, data={"agent": FIREFOX}, web=WEB)
    assert isinstance(untagged, Filtered)
    assert untagged.entities == ()


def test_the_list_of_bots_is_in_order():
    kinds = {"ai", "search", "social", "seo", "monitor", "feed", "scanner", "tool", "other"}
    rows = list(web_bots())
    assert len(rows) > 100
    for text, bot in rows:
        assert text == text.lower() == text.strip()
        assert bot.kind in kinds
        assert 0 < len(bot.name) <= 64
        assert find_bot(text.upper()) is not None
    texts = [text for text, _ in rows]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "GPTBot"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36", "Headless Chrome"),
        ("python-requests/2.32.0", "Python requests"),
        ("SomethingNew/1.0 (+https://example.com/crawl)", "other"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", None),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", None),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT X50) AppleWebKit/537.36 Chrome/99.0 Mobile Safari/537.36", None),
        ("", None),
    ],
)  # fmt: skip
def test_who_is_a_bot(agent, name):
    bot = find_bot(agent)
    assert (bot and bot.name) == name


def test_a_condition_that_runs_out_of_time_in_a_block_rejects_its_line_only():
    hostile = "a" * 60 + "!"
    made = renderer("plain", filters=[{"drop_if": {"field": "message", "matches": "^(a|aa)+$"}}])
    rendered = made.render(chunk_of(["fine", hostile, "aaa"]))
    assert made.has_columns
    assert rendered.tally.unparsed == {"filter_timeout": 1}
    assert rendered.tally.dropped == {"filter_drop_if": 1}
    fine, rejected = events_of(rendered)
    assert (fine["schema"], fine["record"]["message"]) == ("log_line", "fine")
    assert (rejected["schema"], rejected["record"]["reason"]) == ("unparsed_line", "filter_timeout")


def test_a_block_of_which_everything_is_dropped():
    rendered = renderer("plain", filters=[{"keep_if": {"field": "message", "eq": "x"}}]).render(
        chunk_of(["a", "b", "c"])
    )
    assert rendered.events == b""
    assert rendered.tally.dropped == {"filter_keep_if": 3}
    assert rendered.tally.imbalance == 0
