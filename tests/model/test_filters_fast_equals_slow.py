"""Invariant: with filters and any kind of event, too, the fast path gives the bytes of the slow path."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.events import PageViewConfig, StructConfig, UserConfig
from logsource.config.filters import FilterConfig
from logsource.event.payload import EventFrame
from logsource.parse.fields import FieldSpec
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.parse.shape import read_shape
from logsource.render.filters.chain import FilterChain
from logsource.render.filters.steps import WebFields
from logsource.render.kinds import Roles, page_view, self_describing, struct
from logsource.render.source import SourceRenderer
from tests.support.rendering import chunk_of

SCHEMA = "iglu:com.acme/access/jsonschema/1-0-0"
DASH = frozenset({"-"})
TEXT = {"type": ["string", "null"], "maxLength": 30}
DOCUMENT = {
    "type": "object",
    "properties": {
        "client": {"type": "string", "maxLength": 30},
        "method": {"enum": ["GET", "POST", "PUT"], "type": "string"},
        "path": {"type": "string", "maxLength": 40},
        "status": {"type": "integer", "minimum": 0, "maximum": 999},
        "user": {"type": ["string", "null"], "maxLength": 20},
        "bytes": {"type": ["integer", "null"], "minimum": 0},
        "agent": TEXT,
        "env": {"type": ["string", "null"], "maxLength": 3},
        "other": {"type": ["string", "null"], "maxLength": 5},
        "size": {"type": ["integer", "null"], "minimum": 0},
        "small": {"type": ["integer", "null"], "minimum": 0, "maximum": 5},
        "level": {"type": "string", "enum": ["bob"]},
    },
    "required": ["client", "method", "path", "status"],
    "additionalProperties": False,
}


def field(name, group, **options):
    return FieldSpec(name=(name,), group=group, **options)


ACCESS = PatternSpec(
    name="access",
    regex=r'([^ ]+) ([^ ]+) "([A-Z]+) ([^ "]+)" ([0-9]{1,4}) (-|[0-9]+) "([^"]*)"',
    fields=(
        field("client", 1, required=True, max_length=30),
        field("user", 2, nulls=DASH, max_length=20),
        field("method", 3, required=True, enum=frozenset({"GET", "POST", "PUT"})),
        field("path", 4, required=True, max_length=40),
        field("status", 5, type="integer", required=True, minimum=0, maximum=999),
        field("bytes", 6, type="integer", nulls=DASH, minimum=0),
        field("agent", 7, nulls=DASH, max_length=30),
    ),
    schema=SCHEMA,
)
SHORT = PatternSpec(
    name="short",
    regex=r"short ([^ ]+) ([^ ]+) (.*)",
    fields=(field("client", 1, required=True), field("path", 2, required=True), field("agent", 3)),
    schema=SCHEMA,
    constants=((("method",), "GET"), (("status",), 200)),
)
NESTED = PatternSpec(
    name="nested",
    regex=ACCESS.regex,
    fields=ACCESS.fields,
    schema="iglu:com.acme/free/jsonschema/1-0-0",
    under=("fields",),
    constants=((("parser",), "x"),),
)
GENERAL = PatternSpec(
    name="general",
    regex=r"([^ ]+) (.*)",
    fields=(field("client", 1, required=True, max_length=30), field("agent", 2)),
    schema=SCHEMA,
    constants=((("method",), "POST"), (("path",), "/general"), (("status",), 1)),
)
WORDS = replace(
    ACCESS,
    fields=tuple(
        replace(one, words=(("BREW", "GET"), ("PUT", "POST"), ("GET", "none")))
        if one.name == ("method",)
        else one
        for one in ACCESS.fields
    ),
)
PARSERS = {
    "words": PatternParser("p", [WORDS, GENERAL], vetted=True),
    "overlapping": PatternParser("p", [ACCESS, GENERAL], vetted=True),
    "two": PatternParser("p", [ACCESS, SHORT], vetted=True),
    "one": PatternParser("p", [ACCESS], vetted=True),
    "nested": PatternParser("p", [NESTED], vetted=False),
}
SHAPES = {SCHEMA: read_shape(SCHEMA, DOCUMENT)}
FIELDS = ["client", "user", "method", "path", "status", "bytes", "agent"]
OPTIONAL = ["user", "bytes", "agent"]

name = (
    st.sampled_from(FIELDS)
    | st.sampled_from(OPTIONAL)
    | st.sampled_from(["env", "nothing", "fields.path", "fields.agent", "fields", "parser", "path.x"])
)
value = st.sampled_from([200, 404, "404", "GET", "/", "curl", True, 0.5, "a" * 10, ""])
leaf = st.one_of(
    st.builds(lambda f, v: {"field": f, "eq": v}, name, value),
    st.builds(lambda f, v: {"field": f, "ne": v}, name, value),
    st.builds(lambda f, v: {"field": f, "in": v}, name, st.lists(value, min_size=1, max_size=3)),
    st.builds(lambda f, v: {"field": f, "ge": v}, name, st.sampled_from([0, 300, 404.5])),
    st.builds(lambda f, v: {"field": f, "contains": v}, name, st.sampled_from(["a", "/", "é"])),
    st.builds(lambda f, v: {"field": f, "matches": v}, name, st.sampled_from(["^/", "[a-c]+$", "."])),
    st.builds(lambda f, v: {"field": f, "exists": v}, name, st.booleans()),
)
condition = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=4,
)
step = st.one_of(
    st.builds(lambda c: {"drop_if": c}, condition),
    st.builds(lambda c: {"keep_if": c}, condition),
    st.builds(
        lambda r, k: {"sample": {"rate": r, "key": k}},
        st.sampled_from([0, 0.3, 0.7, 1]),
        st.lists(name, max_size=2),
    ),
    st.builds(
        lambda old, new: {"rename": {old: new}},
        name,
        st.sampled_from(["other", "size", "env", "agent", "user", "bytes", "a.b"]),
    ),
    st.builds(lambda f, v: {"add": {f: v}}, st.sampled_from(["env", "size", "agent", "user", "a.b"]), value),
    st.builds(lambda f: {"remove": [f]}, name),
    st.builds(
        lambda f, p: {"redact": {"fields": f, "patterns": [p]}},
        st.lists(name, max_size=2),
        st.sampled_from(["email", "ipv4"]),
    ),
    st.builds(lambda f: {"redact": {"fields": f, "regex": ["[a-b]+", "E"]}}, st.lists(name, max_size=1)),
    st.builds(lambda f: {"hash": {"fields": [f], "key": "12345678", "length": 8}}, name),
    st.builds(lambda f, n: {"truncate": {f: n}}, name, st.sampled_from([1, 3, 50])),
    st.builds(lambda f, h: {"clean_url": {"fields": [f], "host": h}}, name, st.sampled_from(["", "e.org"])),
    st.sampled_from([{"drop_static_assets": True}, {"drop_bots": True}, {"drop_bots": "tag"}]),
)
token = st.text(
    st.sampled_from(list('ab-/"\\[] =\t\x00\x1b\r7é😀|%{}?'))
    | st.characters(exclude_characters="\n", codec="utf-8"),
    max_size=12,
)
line = st.one_of(
    st.builds(
        '{} {} "{} {}" {} {} "{}"'.format,
        st.sampled_from(["1.2.3.4", "::1", "x" * 40]),
        st.sampled_from(["-", "bob", "a@b.example", "u" * 25]) | token,
        st.sampled_from(["GET", "GET", "POST", "BREW"]),
        st.sampled_from(["/", "/a.css", "/a?b=c", "/%zz|{}", "*", "http://e.org/x"]) | token,
        st.sampled_from(["200", "404", "007", "1000"]),
        st.sampled_from(["0", "123", "-", "00"]),
        st.sampled_from(["-", "", "curl/8", "Mozilla/5.0", "mail me@x.example now", 'a\\"b']) | token,
    ),
    st.builds(
        "short {} {} {}".format, st.sampled_from(["1.2.3.4", "x"]), st.sampled_from(["/", "/b.js"]), token
    ),
    token,
)
kinds = st.sampled_from(["none", "user", "page_view", "page_view_only", "struct"])


def kind_of(which, prefix):
    user = UserConfig(uid=f"{prefix}user", ip=f"{prefix}client")
    path = tuple(prefix.split(".")[:-1])
    roles = Roles(
        target=(*path, "path"),
        method=(*path, "method"),
        referrer=(*path, "agent"),
        user_agent=(*path, "agent"),
    )
    if which == "user":
        return self_describing(user)
    if which.startswith("page_view"):
        others = "drop" if which.endswith("only") else "self_describing"
        return page_view(PageViewConfig(host="shop.example.com", others=others), roles, user)
    if which == "struct":
        config = StructConfig.model_validate(
            {"category": "web", "action": {"field": f"{prefix}user"}, "value": {"field": f"{prefix}bytes"}}
        )
        return struct(config, None)
    return None


@settings(max_examples=600, deadline=None)
@given(
    lines=st.lists(line, min_size=1, max_size=40),
    steps=st.lists(step, max_size=4),
    which=st.sampled_from(sorted(PARSERS)),
    kind=kinds,
    known=st.booleans(),
    unmatched=st.sampled_from(["event", "dead_letter", "drop"]),
)
def test_fast_path_equals_slow_path_with_filters(lines, steps, which, kind, known, unmatched):
    prefix = "fields." if which == "nested" else ""
    web = WebFields((*prefix.split(".")[:-1], "path"), (*prefix.split(".")[:-1], "agent"))
    configs = [FilterConfig.model_validate(one) for one in steps]
    chain = FilterChain.of(configs, web, SHAPES if known else None)
    chunk = chunk_of([one.replace("\n", " ") for one in lines], start=77)
    fast, slow = (
        SourceRenderer(
            frame=EventFrame(source="web", host="h"),
            parser=PARSERS[which],
            unmatched=unmatched,
            columns=columns,
            filters=chain,
            kind=kind_of(kind, prefix),
        )
        for columns in (True, False)
    )
    made, wanted = fast.render(chunk), slow.render(chunk)
    assert fast.fell_back == 0
    assert made.events == wanted.events
    assert made.tally == wanted.tally
    assert made.dead == wanted.dead
    assert made.tally.imbalance == 0


ODD_STEPS = [
    {"remove": ["status"]},
    {"remove": ["bytes"]},
    {"rename": {"user": "agent"}},
    {"rename": {"agent": "user"}},
    {"rename": {"bytes": "size"}},
    {"rename": {"user": "env"}},
    {"rename": {"bytes": "small"}},
    {"rename": {"user": "level"}},
    {"rename": {"bytes": "other"}},
    {"add": {"agent": "x" * 40}},
    {"add": {"status": 7}},
]
ODD_LINES = [
    f'1.2.3.4 {user} "GET /" {status} {size} "{agent}"'
    for user in ("-", "bob", "u" * 25)
    for status in ("200", "1000")
    for size in ("-", "7", "9" * 19)
    for agent in ("-", "curl/8")
]


@pytest.mark.parametrize("step", ODD_STEPS, ids=str)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("which", sorted(PARSERS))
def test_steps_whose_result_depends_on_the_line(step, known, which):
    chain = FilterChain.of([FilterConfig.model_validate(step)], WebFields(), SHAPES if known else None)
    frame = EventFrame(source="web", host="h")
    fast, slow = (
        SourceRenderer(frame=frame, parser=PARSERS[which], columns=columns, filters=chain)
        for columns in (True, False)
    )
    made, wanted = fast.render(chunk_of(ODD_LINES)), slow.render(chunk_of(ODD_LINES))
    assert fast.fell_back == 0
    assert made.events == wanted.events
    assert made.tally == wanted.tally


@pytest.mark.parametrize(
    "step",
    [
        {"drop_if": {"field": "status", "ge": 400}},
        {"keep_if": {"any": [{"field": "method", "eq": "GET"}, {"field": "status", "lt": 300}]}},
        {"sample": {"rate": 0.5}},
        {"sample": {"rate": 0.5, "key": ["client", "user"]}},
        {"rename": {"user": "other"}},
        {"add": {"env": "x"}},
        {"remove": ["agent", "bytes"]},
        {"redact": {"patterns": ["email"]}},
        {"hash": {"fields": ["client"], "key": "12345678"}},
        {"truncate": {"path": 5}},
        {"clean_url": {"fields": ["path"], "host": "e.org"}},
        {"drop_static_assets": True},
        {"drop_bots": "tag"},
    ],
    ids=lambda one: next(iter(one)),
)
@pytest.mark.parametrize("kind", ["none", "user", "page_view", "struct"])
def test_every_step_has_a_block_form(step, kind):
    chain = FilterChain.of([FilterConfig.model_validate(step)], WebFields(("path",), ("agent",)), SHAPES)
    made = SourceRenderer(
        frame=EventFrame(source="web", host="h"), parser=PARSERS["one"], filters=chain, kind=kind_of(kind, "")
    )
    assert made.has_columns
