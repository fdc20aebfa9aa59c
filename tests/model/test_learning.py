"""Whatever the lines are, learning from them ends: with a draft whose patterns match what it says, or a PackError."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.model import Line, Record
from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.hostile import slow_patterns
from logsource.parse.learn.lines import draft_lines
from logsource.parse.learn.records import draft_records
from logsource.parse.pattern import PatternParser, PatternSpec

LIBRARY = GrokLibrary.builtin(ecs=False)
PIECES = st.sampled_from(
    [
        "2026-01-02T03:04:05Z", "2026-01-02 03:04:05,678", "[10/Oct/2000:13:55:36 -0700]", "Jan  2 03:04:05", "1767340800",
        "INFO", "WARN", "error", "10.0.0.1", "10.0.0.1:80", "[main]", "[", "]", '"GET / HTTP/1.1"', '"', '"a b"', "a=1", "b=two",
        'c="x y"', "d=", "e=[1]", "12ms", "3.5", "-", "--", "|", ";", ":", "word", "other", "/a/b?c=d", "https://x.example/",
        "%{INT:x}", "(?<a>b)", "\\", "{", "}", "é", "\t", "", "0xdeadbeef", "50%",
    ]
)  # fmt: skip
SPACED = st.lists(PIECES, max_size=8).map(" ".join)
JOINED = st.lists(PIECES, max_size=6).map("".join)
ANY = st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=["Cs"]), max_size=40)
LINE = (SPACED | JOINED | ANY).filter(str.strip)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=12), st.integers(1, 4))
@example(["a=1 b=2"], 3)
@example(['{"a": 1}', '{"a": {"b": 1}}'], 1)
def test_learning_ends(lines, times):
    lines = lines * times
    try:
        draft = draft_records(lines) or draft_lines(lines)
    except PackError:
        return
    for pattern in draft.patterns:
        compiled = re.compile(compile_grok(pattern.grok, library=LIBRARY).regex)
        assert sum(compiled.fullmatch(line) is not None for line in lines) >= pattern.lines > 0
    assert draft.notation != "patterns" or len(draft.records) == sum(one.lines for one in draft.patterns)


@st.composite
def logs(draw) -> list[str]:
    """Lines of one frame with other words in it."""
    frame = draw(st.lists(PIECES, min_size=1, max_size=5))
    words = draw(
        st.lists(
            st.sampled_from(["one", "two words", "a=1 b=2", "x - y", "12 ms", ""]), min_size=1, max_size=6
        )
    )
    return [" ".join([*frame, word]) for word in words for _ in range(3)]


@settings(max_examples=100, deadline=None)
@given(logs())
def test_patterns_take_linear_time_on_hostile_lines(lines):
    try:
        draft = draft_lines([line for line in lines if line.strip()] or ["x"])
    except PackError:
        return
    regexes = [compile_grok(one.grok, library=LIBRARY).regex for one in draft.patterns]
    specs = [PatternSpec(name=str(n), regex=one, fields=(), schema="") for n, one in enumerate(regexes)]
    parser = PatternParser("x", specs, vetted=True)
    assert any(isinstance(parser.parse(Line(text=line, offset=0)), Record) for line in lines)
    assert list(slow_patterns(parser, lines[:2])) == []
