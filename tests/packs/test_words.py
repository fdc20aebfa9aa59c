"""Captured texts that stand for a value: the same event line by line and in blocks, and mistakes have a place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.model import Line
from logsource.parse.packs import load_pack
from tests.support.packs import make_pack
from tests.support.rendering import same_both_ways

SCHEMA = "iglu:com.acme/acme/jsonschema/1-0-0"
PROPERTIES = {
    "level": {"type": "string", "enum": ["error", "warning", "W"], "description": "l"},
    "known": {"type": ["boolean", "null"], "description": "k"},
    "state": {"type": ["string", "null"], "enum": ["on", "off", None], "description": "s"},
    "text": {"type": ["string", "null"], "maxLength": 100, "description": "t"},
}
YAML = r"""
title: Acme
description: Words.
schema: SCHEMA
patterns:
  - name: line
    regex: '(?P<level>[A-Z]) (?P<known>(?:new )?)(?:<(?P<state>[^>]*)>)?(?P<text>.*)'
fields:
  level: {words: {E: error, X: warning}}
  known: {words: {"": "true", "new ": "false"}}
  state: {nulls: ["-"], words: {"1": "on", "0": "off", "-": "on"}}
""".replace("SCHEMA", SCHEMA)


def acme(folder, yaml=YAML):
    doubled = yaml.replace("{", "{{").replace("}", "}}")  # make_pack formats it
    return load_pack(make_pack(folder, yaml=doubled, properties=PROPERTIES))


@pytest.fixture(scope="module")
def parser(tmp_path_factory):
    return acme(tmp_path_factory.mktemp("packs")).parser


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("E started", {"level": "error", "known": True, "text": "started"}),
        ("X new <1>x", {"level": "warning", "known": False, "state": "on", "text": "x"}),
        ("W <off>x", {"level": "W", "known": True, "state": "off", "text": "x"}),
        ("E <->x", {"level": "error", "known": True, "text": "x"}),
    ],
)
def test_words_become_values_and_other_texts_stand_for_themselves(parser, line, data):
    assert parser.parse(Line(text=line, offset=0)).data == data


@pytest.mark.parametrize("line", ["Q started", "E <maybe>x"])
def test_a_text_that_stands_for_nothing_is_a_bad_value(parser, line):
    assert parser.parse(Line(text=line, offset=0)).reason == "bad_value"


line = st.builds(
    "{} {}{}{}".format,
    st.sampled_from("EXWQ"),
    st.sampled_from(["", "new "]),
    st.sampled_from(["", "<1>", "<0>", "<->", "<>", "<on>", "<maybe>", '<">']),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=5),
)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(line, min_size=1, max_size=40))
def test_blocks_and_lines_give_the_same_bytes(parser, lines):
    same_both_ways(parser, lines)


def test_words_need_values_to_stand_for(tmp_path):
    with pytest.raises(PackError, match="level: 'wrong' is not one of the values of the schema"):
        _ = acme(tmp_path / "a", YAML.replace("E: error", "E: wrong")).parser
    free = YAML.replace("  level: {", "  text: {words: {a: b}}\n  level: {")
    with pytest.raises(
        PackError, match=r"text is neither a boolean nor an enum \(list its values in the schema\)"
    ):
        _ = acme(tmp_path / "b", free).parser


def test_engines_know_no_words(tmp_path):
    yaml = f"title: A\ndescription: A.\nschema: {SCHEMA}\njson: {{}}\nfields: {{level: {{words: {{E: error}}}}}}\n"
    with pytest.raises(PackError, match="must not have fields with words: only patterns know them"):
        acme(tmp_path, yaml)
