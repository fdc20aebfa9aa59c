"""Invariant: fast path ≡ slow path, byte for byte, whatever the lines are."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.event.payload import EventFrame
from logsource.model import BODY_OVERHEAD, BODY_PREFIX, BODY_SUFFIX, Checkpoint, Chunk
from logsource.parse.fields import FieldSpec
from logsource.parse.pattern import PatternParser, PatternSpec, TimestampSlot
from logsource.render.cut import cut
from logsource.render.source import SourceRenderer
from tests.support.rendering import block_of

SCHEMA = "iglu:com.acme/access/jsonschema/1-0-0"
DASH = frozenset({"-"})


class SecondsReader:
    """Reads whole seconds; refuses 13, as a reader that meets an impossible date."""

    def read(self, text: str, reference_ms: int) -> int:
        if not text.isascii() or not text.isdigit() or text == "13":
            raise ValueError(text)
        return int(text) * 1000


def field(name, group, **options):
    return FieldSpec(name=(name,), group=group, **options)


ACCESS = PatternSpec(
    name="access",
    regex=r'([^ ]+) ([^ ]+) \[([^\]]*)\] "([A-Z]+) ([^ "]+)" ([0-9]{1,4}) (-|[0-9]+) "([^"]*)" ([0-9.]+)',
    fields=(
        field("user", 2, nulls=DASH, max_length=20),
        field("client", 1, required=True, max_length=30),
        field("method", 4, required=True, enum=frozenset({"GET", "POST", "PUT"})),
        field("path", 5, required=True),
        field("status", 6, type="integer", required=True, minimum=0, maximum=999),
        field("bytes", 7, type="integer", nulls=DASH, minimum=0),
        field("agent", 8, nulls=DASH),
        field("seconds", 9, type="number", minimum=0, maximum=100),
    ),
    schema=SCHEMA,
    timestamp=TimestampSlot(3, SecondsReader()),
)
PAIR = PatternSpec(
    name="pair",
    regex=r"(?P<key>[a-z]+)=(?P<value>.*)",
    fields=(field("key", 1, required=True), field("value", 2)),
    schema="iglu:com.acme/pair/jsonschema/1-0-0",
)
PARSERS = {
    name: [PatternParser(name, patterns, vetted=vetted) for vetted in (True, False)]
    for name, patterns in {"both": [ACCESS, PAIR], "one": [ACCESS], "pair": [PAIR]}.items()
}

token = st.text(
    st.sampled_from(list('ab-/"\\[] =\t\x00\x1b\r7é😀\u2028'))
    | st.characters(exclude_characters="\n", codec="utf-8"),
    max_size=12,
)
access_line = st.builds(
    '{} {} [{}] "{} {}" {} {} "{}" {}'.format,
    st.sampled_from(["1.2.3.4", "::1", "x" * 40]) | token,
    st.sampled_from(["-", "bob", "u" * 25]) | token,
    st.sampled_from(["12", "13", "14", "99999999999999999", ""]) | token,
    st.sampled_from(["GET", "POST", "BREW"]),
    st.sampled_from(["/", "/a?b=c", "/%zz|{}"]) | token,
    st.sampled_from(["200", "404", "007", "1000", "0"]),
    st.sampled_from(["0", "00", "123", "-", "9" * 19]),
    st.sampled_from(["-", "", "curl/8", 'a\\"b', "\x07"]) | token,
    st.sampled_from(["0.1", "1.50", "1e3", "1.2.3", ".", "101", "5"]),
)
line = st.one_of(
    access_line.map(str.encode),
    st.builds("{}={}".format, st.sampled_from(["k", "key", "K"]), token).map(str.encode),
    st.sampled_from(
        [b"", b"\r", b" ", b"\x00" * 5, b"\xff\xfe", b"\xe2\x82", b'"' * 7, b"\\" * 5, b"x" * 3000]
    ),
    token.map(str.encode),
    st.sampled_from(["日本 k=v", 'k=✓ "quoted" \\', "😀"]).map(str.encode),
    st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b" ")),
)
ending = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.tuples(line, ending), min_size=1, max_size=60),
    start=st.integers(0, 2**47),
    which=st.sampled_from(sorted(PARSERS)),
    vetted=st.booleans(),
    unmatched=st.sampled_from(["event", "dead_letter", "drop"]),
    skip_empty=st.booleans(),
)
def test_fast_path_equals_slow_path(lines, start, which, vetted, unmatched, skip_empty):
    parser = PARSERS[which][0 if vetted else 1]
    frame = EventFrame(source="web", host="h", namespace='n"s', app_id="ä")
    both_ways(lines, start, '/var/log/a b"\\é.log', frame, parser, unmatched=unmatched, skip_empty=skip_empty)


good_line = st.builds(
    '{} {} [{}] "GET {}" {} {} "{}" {}'.format,
    st.sampled_from(["1.2.3.4", "::1"]),
    st.sampled_from(["-", "bob"]),
    st.sampled_from(["12", "14"]),
    st.sampled_from(["/", "/a?b=c"]),
    st.sampled_from(["200", "404"]),
    st.sampled_from(["1", "123", "-"]),
    st.sampled_from(["-", "curl/8", "a\tb", "c\\x22"]),
    st.sampled_from(["0.1", "5"]),
).map(str.encode)


@settings(max_examples=200, deadline=None)
@given(
    good=st.lists(good_line, min_size=20, max_size=50),
    odd=st.lists(st.tuples(st.integers(0, 50), line), max_size=18),
    ends=st.sampled_from([b"\n", b"\r\n"]),
    path=st.sampled_from(["/var/log/a.log", "/var/log/é.log"]),
    skip_empty=st.booleans(),
)
def test_few_odd_lines_among_many_good_ones(good, odd, ends, path, skip_empty):
    for place, text in odd:
        good.insert(place, text)
    frame = EventFrame(source="web", host="h")
    parser = PARSERS["both"][0]
    lines = [(text, ends) for text in good]
    both_ways(lines, 0, path, frame, parser, unmatched="event", skip_empty=skip_empty)


@settings(max_examples=60, deadline=None)
@given(odd=st.lists(st.sampled_from([b"\x01=1", b"\xc3\xa9=2", b"a\\=3", b"\x01"]), max_size=30))
def test_lines_taken_out_of_a_block_that_the_first_pattern_does_not_know(odd):
    number = PatternSpec(
        name="number",
        regex=r"(?P<key>[^ ]*)=(?P<value>[0-9]*)",
        fields=(field("key", 1, required=True), field("value", 2)),
        schema="iglu:com.acme/number/jsonschema/1-0-0",
    )
    anything = PatternSpec(
        name="anything",
        regex=r"(?P<text>.*)",
        fields=(field("text", 1),),
        schema="iglu:com.acme/text/jsonschema/1-0-0",
    )
    parser = PatternParser("two", [number, anything], vetted=True)
    lines = [(b"no number here", b"\n")] * 120
    lines[3:3] = [(text, b"\n") for text in odd]
    frame = EventFrame(source="web", host="h")
    both_ways(lines, 0, "/p", frame, parser, unmatched="event", skip_empty=True)


def both_ways(lines, start, path, frame, parser, *, unmatched, skip_empty):
    data = b"".join(text + end for text, end in lines)
    chunk = Chunk(
        source="web",
        path=path,
        file_id="f" * 32,
        epoch=3,
        start=start,
        end=start + len(data),
        data=data,
        read_ms=1_700_000_000_000,
        mtime_ms=1_700_000_000_000,
        checkpoint=Checkpoint(file_id="f" * 32, source="web", offset=start + len(data), state={}),
    )
    renderers = [
        SourceRenderer(
            frame=frame, parser=parser, unmatched=unmatched, skip_empty=skip_empty, columns=columns
        )
        for columns in (True, False)
    ]
    fast, slow = (renderer.render(chunk) for renderer in renderers)
    assert renderers[0].has_columns
    assert renderers[0].fell_back == 0
    assert fast.events == slow.events
    assert fast.tally == slow.tally
    assert fast.offsets == slow.offsets
    assert fast.dead == slow.dead
    assert fast.tally.imbalance == 0
    assert fast.tally.read == len(lines)
    assert fast.tally.bytes == len(data)


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 900), min_size=1, max_size=60),
    byte_limit=st.integers(1024, 6000),
    send_limit=st.integers(1, 20),
)
def test_bodies_are_complete_in_order_and_within_the_limits(sizes, byte_limit, send_limit):
    lines = b"".join(b"k=" + b'",{\\"' * (size // 5) + b"\n" for size in sizes)
    chunk = block_of(lines)
    renderer = SourceRenderer(frame=EventFrame(source="web", host="h"), parser=PARSERS["pair"][0])
    rendered = renderer.render(chunk)
    events = rendered.events
    batches = list(cut(events, byte_limit=byte_limit, send_limit=send_limit))
    assert len(rendered.offsets) == len(sizes)
    assert batches == list(
        cut(events, byte_limit=byte_limit, send_limit=send_limit, offsets=rendered.offsets)
    )
    assert b",".join(batch.body[len(BODY_PREFIX) : -len(BODY_SUFFIX)] for batch in batches) == events
    for batch in batches:
        parsed = json.loads(batch.body)["data"]
        assert len(parsed) == batch.events <= send_limit
        assert len(batch.body) <= byte_limit or batch.events == 1
        inside = batch.body[len(BODY_PREFIX) : -len(BODY_SUFFIX)]
        assert len(batch.body) == BODY_OVERHEAD + len(inside)
    eids = [event["eid"] for batch in batches for event in json.loads(batch.body)["data"]]
    assert len(set(eids)) == len(sizes)
