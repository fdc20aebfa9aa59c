"""Invariant: fast path ≡ slow path also for parsers that need each line by itself."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.filters import FilterConfig
from logsource.event.payload import EventFrame
from logsource.model import Checkpoint, Chunk, Record, Reject
from logsource.parse.resolve import resolve_parser
from logsource.render.filters.chain import FilterChain
from logsource.render.filters.steps import WebFields
from logsource.render.records import LARGE
from logsource.render.source import SourceRenderer


class Moody:
    """A plugin that gives everything a parser may give, and raises."""

    name = "moody"

    def parse(self, line):
        first = line.text[:1]
        if first == "d":
            return None
        if first == "r":
            return Reject("no_match", line.text)
        if first == "x":
            raise ValueError(line.text)
        if first == "n":
            return Record("iglu:a/b/jsonschema/1-0-0", {"not": 2**70})
        if first == "s":
            return Record("iglu:a/b/jsonschema/1-0-0", {"surrogate": "\ud800"})
        if first == "b":
            return Record("iglu:a/b/jsonschema/1-0-0", {"text": line.text}, 2**70)
        if first == "t":
            return Record("iglu:a/d/jsonschema/1-0-0", {"text": line.text})
        if first == "l":
            return Record("iglu:a/c/jsonschema/2-0-0", {"large": line.text * (LARGE // 2)}, 5)
        return Record(
            "iglu:a/b/jsonschema/1-0-0", {"text": line.text, "n": [1, 1.5, None, {"a": True}]}, 1000
        )


PARSERS = [Moody(), *(resolve_parser(name) for name in ("json_lines", "logfmt", "docker_json", "pino"))]
text = st.text(
    st.characters(exclude_characters="\n", codec="utf-8") | st.sampled_from(list('"\\\t\x00{}=')), max_size=20
)
value = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
line = st.one_of(
    st.dictionaries(st.sampled_from(["time", "level", "msg", "log", "stream"]) | text, value, max_size=5).map(
        json.dumps
    ),
    st.builds(
        '{{"log":{},"stream":"stdout","time":"2026-01-02T03:04:05.{}Z"}}'.format,
        text.map(json.dumps),
        st.integers(0, 999),
    ),
    st.builds("level=info msg={} n={}".format, text.map(json.dumps), st.integers()),
    st.builds("{}{}".format, st.sampled_from(list("drxnslobt")), text),
    text,
)
STEPS = [
    {"drop_if": {"field": "level", "eq": "info"}},
    {"keep_if": {"not": {"field": "fields.msg", "contains": "a"}}},
    {"sample": {"rate": 0.5, "key": ["message"]}},
    {"rename": {"message": "other"}},
    {"add": {"env": "prod", "é": "ü"}},
    {"redact": {"patterns": ["email", "ipv4"]}},
    {"hash": {"fields": ["text"], "key": "12345678"}},
    {"truncate": {"message": 3}},
    {"drop_bots": "tag"},
]
chains = st.lists(st.sampled_from(STEPS), max_size=3).map(
    lambda steps: (
        FilterChain.of([FilterConfig.model_validate(one) for one in steps], WebFields((), ("message",)))
        if steps
        else None
    )
)


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(line, min_size=1, max_size=30),
    which=st.sampled_from(range(len(PARSERS))),
    unmatched=st.sampled_from(["event", "dead_letter", "drop"]),
    filters=chains,
)
def test_records_give_the_same_bytes_by_columns_and_by_rows(lines, which, unmatched, filters):
    data = "".join(one + "\n" for one in lines).encode("utf-8", "surrogatepass")
    chunk = Chunk(
        source="s",
        path='/p"\\',
        file_id="0" * 32,
        epoch=1,
        start=77,
        end=77 + len(data),
        data=data,
        read_ms=1_790_000_000_000,
        mtime_ms=1_790_000_000_000,
        checkpoint=Checkpoint(file_id="0" * 32, source="s", offset=77 + len(data), state={}),
    )
    frame = EventFrame(source="s", host="h", app_id='a"b')
    fast, slow = (
        SourceRenderer(
            frame=frame, parser=PARSERS[which], unmatched=unmatched, columns=columns, filters=filters
        )
        for columns in (True, False)
    )
    one, other = fast.render(chunk), slow.render(chunk)
    assert one.events == other.events
    assert one.tally == other.tally
    assert one.dead == other.dead
    assert one.tally.imbalance == 0
    assert fast.fell_back == 0
