"""Which alternatives of a pattern a text reaches: nothing of the meaning may change by looking."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.parse.alternatives import Alternatives
from logsource.parse.grok.library import GrokLibrary

LIBRARY = GrokLibrary.builtin(ecs=False)


def branches(pattern: str, *, grok: bool = False) -> list[str]:
    return [branch.text for branch in Alternatives(pattern, grok=LIBRARY if grok else None).branches]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a|b", ["a", "b"]),
        ("(?P<v>GET|POST) x", ["GET", "POST"]),
        ("(?:a|b(?:c|d))", ["a", "c", "d", "b(?:c|d)"]),
        ("a(?: took [0-9]+)?", ["(?: took [0-9]+)?"]),
        ("a(?:b)*c(?:d){0,3}", ["(?:b)*", "(?:d){"]),
        (r"[a|b]\|(?:x)", []),
        (r"[]|x](?:y|z)", ["y", "z"]),
        ("(?#a|b)c", []),
        ("(?!a|b)c(?=d|e)", ["d", "e"]),
        (r"(a)(?:\1|b)", []),  # numbers would change
        ("(?x) a | b", []),
        ("(?|(a)|(b))", ["(a)", "(b)"]),
        ("no alternatives", []),
    ],
)
def test_the_branches_of_a_regular_expression(pattern, found):
    assert branches(pattern) == found


def test_the_branches_of_a_grok_pattern_are_those_somebody_wrote():
    pattern = "%{IP:client} (?<verb>GET|%{WORD})(?: in %{NUMBER:took}ms)?"
    assert branches(pattern, grok=True) == ["GET", "%{WORD}", "(?: in %{NUMBER:took}ms)?"]
    found = Alternatives(pattern, grok=LIBRARY)
    assert {branch.text for branch in found.reached("10.0.0.1 GET in 5ms")} == {
        "GET",
        "(?: in %{NUMBER:took}ms)?",
    }
    assert {branch.text for branch in found.reached("10.0.0.1 POST")} == {"%{WORD}"}
    assert found.reached("nothing") == set()
    assert str(found.branches[0]) == "`GET` (character 22)"


def test_a_pattern_that_takes_for_ever_reaches_nothing():
    assert Alternatives("(?:(?:x+x+)+y|z)!", grok=None).reached("x" * 5000) == set()


PIECES = st.sampled_from(
    ["a", "b", "|", "(?:", "(", ")", ")?", "[ab|]", "\\|", "(?P<n>", "*", "(?=", ".", "(?>", "x{0,2}"]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join), st.text("abx|", max_size=8))
def test_marks_change_no_match(pattern, text):
    try:
        plain = regex.compile(pattern)
    except regex.error:
        return
    found = Alternatives(pattern, grok=None)
    if found.branches:
        match = plain.fullmatch(text, timeout=1)
        marked = found._match(text, timeout=1)
        assert (match and match.span()) == (marked and marked.span())
        assert found.reached(text) <= set(found.branches)
