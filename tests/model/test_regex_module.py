r"""The `regex` module finds what the standard library finds, in patterns of which parts ignore case.

See `config.regexcompile`: without what it does, the first two examples lose matches, and one line in a thousand of the
random ones does.
"""

import re

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.config.regexcompile import compile_regex
from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import raw_match

SETS = st.builds("[^{}]".format, st.text(st.sampled_from("abxB1"), min_size=1, max_size=3))
ATOMS = st.sampled_from([*"abxXcBk1", r"\w", r"\S", "."]) | SETS
PIECES = st.builds("{}{}".format, ATOMS, st.sampled_from(["", "", "?", "+", "??", "{0,2}"]))
WORDS = st.lists(PIECES, min_size=1, max_size=3).map("".join)
GROUPS = st.builds("(?i:{}){}".format, WORDS, st.sampled_from(["", "?", "??", "+"]))
PATTERNS = st.lists(GROUPS | WORDS, min_size=1, max_size=3).map("".join)
TEXTS = st.text(st.sampled_from("aabbxXcBkK1 -"), max_size=8)


@settings(max_examples=1500, deadline=None)
@given(pattern=PATTERNS, text=TEXTS)
@example("(?i:x)?[^ab]+", "aB")
@example("[^Bax]?(?i:c)", "bca")
def test_the_same_as_the_standard_library(pattern, text):
    ours, theirs = compile_regex(pattern), re.compile(pattern)
    for method in ("search", "match", "fullmatch"):
        found, expected = getattr(ours, method)(text), getattr(theirs, method)(text)
        assert (found and found.span()) == (expected and expected.span()), method


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        ("(?i)x?[^ab]", "aX", (1, 2)),
        ("(?x) (?i:x)? [^ab]+  # the rest", "aB", (1, 2)),
        ("(?i:x)?[^ab]+|b", "b", (0, 1)),
        (r"(?i:x)?\P{Lu}", "B", None),
    ],
)
def test_other_notations_mean_what_they_did(pattern, text, span):
    found = compile_regex(pattern).search(text)
    assert (found and found.span()) == span


def test_a_mistake_has_its_place():
    with pytest.raises(regex.error) as caught:
        compile_regex("(?i:x)?[^ab]+)")
    assert caught.value.pos == 13


def test_groups_keep_their_numbers_and_names():
    found = compile_regex("(?P<a>(?i:x))?([^ab]+)").fullmatch("XB")
    assert found.groups() == ("X", "B")
    assert found["a"] == "X"


def test_grok_finds_it_too():
    library = GrokLibrary.builtin(ecs=False)
    assert raw_match(compile_grok("(?i:x)?(?<rest>[^ab]+)", library=library), "aB") == {"rest": "B"}
