"""Both paths of rendering give the same bytes, column by column."""

import json

import pytest

from logsource.event.payload import EventFrame
from logsource.model import Checkpoint, Chunk, Line
from logsource.parse.fields import FieldSpec
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.render.columns import decimals, escape_twice, hex_offsets
from logsource.render.source import SourceRenderer

SCHEMA = "iglu:com.acme/thing/jsonschema/1-0-0"


def chunk_of(data: bytes, start: int = 0) -> Chunk:
    return Chunk(
        source="web",
        path="/var/log/web.log",
        file_id="0123456789abcdef0123456789abcdef",
        epoch=0,
        start=start,
        end=start + len(data),
        data=data,
        read_ms=1_700_000_000_000,
        mtime_ms=1_700_000_000_000,
        checkpoint=Checkpoint(file_id="0", source="web", offset=start + len(data), state={}),
    )


def field(name: str, group: int, **options) -> FieldSpec:
    return FieldSpec(name=(name,), group=group, **options)


def both(pattern: str, fields: tuple[FieldSpec, ...], data: bytes, **options):
    spec = PatternSpec(name="only", regex=pattern, fields=fields, schema=SCHEMA)
    parser = PatternParser("web", [spec], vetted=True)
    frame = EventFrame(source="web", host="h1", namespace="logsource", app_id="shop")
    fast = SourceRenderer(frame=frame, parser=parser, **options)
    slow = SourceRenderer(frame=frame, parser=parser, columns=False, **options)
    assert fast.has_columns
    assert not slow.has_columns
    rendered = fast.render(chunk_of(data)), slow.render(chunk_of(data))
    assert fast.fell_back == 0
    return rendered


def events_of(rendered) -> list[dict]:
    return json.loads(b"[" + rendered.events + b"]")


def data_of(event: dict) -> dict:
    return json.loads(event["ue_pr"])["data"]["data"]


VALUES = [
    (
        "string",
        {},
        ["plain", "", 'say "hi"', "back\\slash", "tab\there", "bell\x07", "ünïcødé", "\U0001f600", "\x7f"],
    ),
    ("string", {"nulls": frozenset({"-"})}, ["-", "x", "--", "-"]),
    ("string", {"max_length": 3}, ["abc", "abcd", "äöüß", '""""']),
    ("string", {"enum": frozenset({"a", "b"})}, ["a", "b", "c"]),
    ("integer", {}, ["0", "7", "007", "-3", "+5", "", "x", "999999999999999999", "1234567890123456789", "٣"]),
    ("integer", {"minimum": 100, "maximum": 599}, ["99", "100", "599", "600", "0"]),
    ("integer", {"minimum": 0, "maximum": 255}, ["0", "255", "256", "00", "1_0"]),
    (
        "number",
        {},
        ["0", "1.5", "1.50", "-2", ".5", "5.", "1e3", "nan", "inf", "1.2.3", "", "0.1", "12345678.125"],
    ),
    ("number", {"minimum": 0, "maximum": 10}, ["0.5", "10", "10.5", "-1"]),
    ("boolean", {}, ["true", "FALSE", "yes", ""]),
    ("to_i", {}, ["0", "7", "007", "-3", "12abc", "", "x", "9" * 25, "1_000", "5.9"]),
    ("to_f", {}, ["0", "1.50", "1e3", "x", "", ".5", "5.", "1.2.3", "9" * 400]),
]


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize(("kind", "options", "texts"), VALUES)
def test_a_column_gives_what_one_text_gives(kind, options, texts, required):
    fields = (
        field("id", 1, type="integer", required=True),
        field("value", 2, type=kind, required=required, **options),
    )
    for chosen in ([text] for text in texts), [texts], [texts[:1] * 3]:
        for lines in chosen:
            data = "".join(f"{at} {text}\n" for at, text in enumerate(lines)).encode()
            fast, slow = both(r"([0-9]+) ([^\n]*)", fields, data)
            assert fast == slow


def test_an_optional_first_field_keeps_the_commas_right():
    fields = (field("a", 1, nulls=frozenset({"-"})), field("b", 2, nulls=frozenset({"-"})))
    fast, slow = both(r"([^ ]+) ([^ ]+)", fields, b"1 2\n- 2\n1 -\n- -\n")
    assert fast == slow
    assert [data_of(event) for event in events_of(fast)] == [{"a": "1", "b": "2"}, {"b": "2"}, {"a": "1"}, {}]


def test_groups_that_took_no_part_are_left_out():
    fields = (field("a", 1, required=True), field("b", 2))
    fast, slow = both(r"([^ ]+)(?: ([^ ]+))?", fields, b"1\n1 2\n1 2 3\n")
    assert fast == slow
    assert data_of(events_of(fast)[0]) == {"a": "1"}


def test_a_loose_match_that_runs_over_lines_is_matched_again():
    fields = (field("a", 1, required=True), field("b", 2, required=True))
    pattern = r'([^ ]+) "([^"]*)"'
    odd = b'x "unclosed\n' + b'ok "1"\n' * 40 + b'no quotes\nok "2"\n' + b'y "open\nz "open\nok "3"\n'
    fast, slow = both(pattern, fields, odd)
    assert fast == slow
    assert fast.tally.read == 46
    assert fast.tally.events.total() == 46
    assert fast.tally.unparsed.total() == 4


def test_odd_lines_take_their_own_places():
    data = b"".join(b"odd line\n" if n % 10 == 3 else b"%d\n" % n for n in range(200))
    fast, slow = both(r"([0-9]+)", (field("n", 1, type="integer", required=True),), data)
    assert fast == slow
    kinds = ["message" in data_of(event) for event in events_of(fast)]
    assert [at for at, odd in enumerate(kinds) if odd] == list(range(3, 200, 10))


def test_crlf_belongs_to_the_delimiter_and_offsets_count_raw_bytes():
    fast, slow = both(r"([^\n]*)", (field("m", 1, required=True),), "é one\r\ntwo\r\nlone\rcr\n".encode())
    assert fast == slow
    events = events_of(fast)
    assert [data_of(event)["m"] for event in events] == ["é one", "two", "lone\rcr"]
    contexts = [json.loads(event["co"])["data"][0]["data"]["offset"] for event in events]
    assert contexts == [0, 8, 13]
    assert [int(event["eid"][-12:], 16) for event in events] == contexts


def test_invalid_utf8_is_replaced_and_does_not_move_offsets():
    fast, slow = both(r"([^\n]*)", (field("m", 1, required=True),), b"\xff\xfe\xe2\x82\nnext\n")
    assert fast == slow
    assert [data_of(event)["m"] for event in events_of(fast)] == ["\ufffd\ufffd\ufffd", "next"]
    assert events_of(fast)[1]["eid"].endswith("000000000005")


@pytest.mark.parametrize("unmatched", ["event", "dead_letter", "drop"])
def test_unmatched_lines_are_accounted_for(unmatched):
    fast, slow = both(
        r"([0-9]+)",
        (field("n", 1, type="integer", required=True),),
        b"1\nx\n\n2\ny\n",
        unmatched=unmatched,
    )
    assert (fast.events, fast.tally, fast.dead) == (slow.events, slow.tally, slow.dead)
    tally = fast.tally
    assert tally.read == 5
    assert tally.imbalance == 0
    assert tally.dropped["empty"] == 1
    assert tally.unparsed["no_match"] == 2
    assert len(fast.dead) == (2 if unmatched == "dead_letter" else 0)


def test_lines_given_one_by_one_carry_their_flags():
    spec = PatternSpec(name="only", regex=r"(?s:(.*))", fields=(field("m", 1, required=True),), schema=SCHEMA)
    renderer = SourceRenderer(
        frame=EventFrame(source="web", host="h1"), parser=PatternParser("web", [spec], vetted=True)
    )
    chunk = chunk_of(b"")
    line = Line(text="two\nlines", offset=77, flags=frozenset({"truncated"}))
    chunk = type(chunk)(**{name: getattr(chunk, name) for name in chunk.__slots__} | {"lines": (line,)})
    (event,) = events_of(renderer.render(chunk))
    assert data_of(event) == {"m": "two\nlines"}
    entity = json.loads(event["co"])["data"][0]["data"]
    assert entity["flags"] == ["truncated"]
    assert entity["offset"] == 77


def test_base64_says_the_same():
    spec = PatternSpec(name="only", regex=r"([^\n]*)", fields=(field("m", 1, required=True),), schema=SCHEMA)
    parser = PatternParser("web", [spec], vetted=True)
    plain = SourceRenderer(frame=EventFrame(source="web", host="h"), parser=parser).render(chunk_of(b'a"b\n'))
    coded = SourceRenderer(frame=EventFrame(source="web", host="h", base64=True), parser=parser).render(
        chunk_of(b'a"b\n')
    )
    from base64 import urlsafe_b64decode

    (one,), (other,) = events_of(plain), events_of(coded)
    assert urlsafe_b64decode(other["ue_px"]).decode() == one["ue_pr"]
    assert urlsafe_b64decode(other["cx"]).decode() == one["co"]
    assert one["eid"] == other["eid"]


def test_escaping_twice_is_json_twice():
    texts = ['"', "\\", '\\"', "\x00\x01\x1f\t\r\b\f", "ä\u2028", "\x7f"]
    assert escape_twice(texts) == [
        json.dumps(json.dumps(t, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1] for t in texts
    ]


def test_offsets_as_text():
    numbers = [0, 1, 255, 2**32, 2**48 - 1]
    assert hex_offsets(numbers) == [f"{n:012x}" for n in numbers]
    assert decimals(numbers) == [str(n) for n in numbers]
