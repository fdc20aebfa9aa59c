"""Engines on text that nobody wrote for them: they never raise, and take linear work."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.model import Line, Reject
from logsource.parse.builtin import JsonLines
from logsource.parse.engines import (
    CsvEngine,
    DissectEngine,
    JsonEngine,
    LogfmtEngine,
    SyslogEngine,
)


def no_match(engine, text):
    result = engine.fields(text)
    assert isinstance(result, Reject), result
    return result.reason == "no_match" and result.detail


def all_engines():
    return [
        JsonEngine(flatten=True),
        LogfmtEngine(),
        LogfmtEngine(separator=";", assign=":", bare=False),
        CsvEngine(columns=["a", "b", "c"]),
        CsvEngine(header=True),
        CsvEngine(w3c=True, delimiter=" ", quote=""),
        SyslogEngine(),
        DissectEngine(["%{a->} %{b}=%{+b/2};%{*k}:%{&k}", "%{a} %{[b][c]} %{?x}"]),
    ]


TEXTS = st.text(st.characters(codec=None), max_size=40) | st.text(
    alphabet='{}[]<>"\\=:;,. #Fields-0123456789abOct\t\n', max_size=60
)


@given(TEXTS)
@settings(max_examples=600, deadline=None)
def test_no_text_makes_an_engine_raise(text):
    for engine in all_engines():
        result = engine.fields(text)
        assert isinstance(result, Reject) or all(isinstance(name, str) for name in result)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_.]{0,8}", fullmatch=True),
        st.text(st.characters(codec="utf-8"), max_size=20),
        min_size=1,
    )
)
@settings(max_examples=200, deadline=None)
def test_logfmt_reads_back_what_a_quoting_writer_wrote(pairs):
    text = " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in pairs.items())
    assert LogfmtEngine().fields(text) == pairs


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=10), min_size=2, max_size=5))
@settings(max_examples=200, deadline=None)
def test_csv_reads_back_what_a_quoting_writer_wrote(values):
    names = [f"c{index}" for index in range(len(values))]
    text = ",".join('"' + value.replace('"', '""') + '"' for value in values)
    assert CsvEngine(columns=names, keep_empty=True).fields(text) == dict(zip(names, values, strict=True))


@pytest.mark.parametrize(
    "unit", ['a="', 'a="\\"', "a=1 ", '"', '""', '[a b="', "x: ", "=", "{", "\\", "[[", "a b ", ";:", " "]
)
def test_long_hostile_records_take_linear_work(unit):
    # Quadratic work on a megabyte would run into the time limit of the test by orders of magnitude.
    text = unit * (1_000_000 // len(unit))
    for prefix in ("", "<13>1 2003-10-11T22:14:15Z h p - - ", "Oct 11 22:14:15 "):
        for engine in all_engines():
            engine.fields(prefix + text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"cut \ud83d"', "cut \ufffd"),
        (r'"\uDE00 low first \uD83D"', "\ufffd low first \ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud83d is no escape, \\\ud83d is one"', "\\ud83d is no escape, \\\ufffd is one"),
        (r'"\ud83d\n\u0041"', "\ufffd\nA"),
    ],
)
def test_half_a_surrogate_pair_in_json_is_a_replacement_character(written, read):
    assert JsonEngine().fields(f'{{"a": {written}, {written}: 1}}') == {"a": read, read: 1}
    assert JsonLines().parse(Line(text=f'{{"a": {written}}}', offset=0)).data == {"fields": {"a": read}}


def test_half_a_surrogate_pair_does_not_make_json_of_what_is_none():
    assert "line 1 column 17" in no_match(JsonEngine(), r'{"a": "\ud83d", oops}')
