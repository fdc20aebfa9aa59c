"""Patterns that match in one way only, and pairs of which no text begins with both: every text is asked."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.parse.rx.apart import nameless, refers, starts_apart
from logsource.parse.rx.oneway import never_both, one_way
from logsource.parse.rx.python import read_python
from logsource.parse.rx.write import write

part = st.sampled_from(
    ["a", "b", " ", "[ab]", "[^ ]", "[^a]+", "[ab]+", "[^ b]+", "b+", "(?:ab|b)", "(?:ab|a)", "(?:x|yb)", "[ab]{2}",
     "(a)", "([^ ]+)", "a?", "a*", ".", ".+", "(?: a)", "a{2,3}"]
)  # fmt: skip
pattern = st.lists(part, max_size=5).map("".join)
text = st.text(st.sampled_from("abxy "), max_size=8)


def beginnings(source, of):
    return [of[:end] for end in range(len(of) + 1) if re.fullmatch(source, of[:end])]


@settings(max_examples=600, deadline=None)
@given(source=pattern, of=text)
def test_one_way_is_one_way(source, of):
    if one_way(read_python(source)):
        assert len(beginnings(source, of)) <= 1


@settings(max_examples=600, deadline=None)
@given(one=pattern, other=pattern, of=text)
def test_never_both_is_never_both(one, other, of):
    trees = read_python(one), read_python(other)
    if all(map(one_way, trees)) and never_both(*trees):
        assert not (beginnings(one, of) and beginnings(other, of))


@pytest.mark.parametrize(
    "source",
    [
        r"(?P<time>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}) (?P<host>[^ \n]+) (?P<program>[^ :\[\n]+)\[(?P<pid>[0-9]+)\]: ",
        r"([0-9]{4}-[^ \n]+) (?P<stream>stdout|stderr) ([FP]) ",
    ],
)
def test_headers_of_logs_are_one_way(source):
    assert one_way(read_python(source))


@pytest.mark.parametrize(
    "source", [r"(?P<a>.*): ", r"(?:<[0-9]+>)?a ", r"[^ ]+", r"(?:ab|a)b?c", r"(?i:a)+A", r"\w+\d "]
)
def test_what_may_match_in_another_way_is_not(source):
    assert not one_way(read_python(source))


def test_a_process_id_tells_two_headers_apart():
    with_pid, without = (read_python(rf"[^ ]+ [^ :\[]+{end} ") for end in (r"\[[0-9]+\]:", ":"))
    assert never_both(with_pid, without)
    assert never_both(without, with_pid)
    assert not never_both(without, without)
    assert not never_both(read_python("[^ ]+ a"), read_python("[^ ]+ ab"))


@pytest.mark.parametrize(
    ("source", "before", "apart"),
    [
        ("abc", "", True),
        (r"\bfoo", " ", True),
        (r"\bfoo", "x", False),
        (r"\bfoo", "", False),
        (r"a|^b", " ", False),
        (r"\Ba", " ", False),
        (r"(?<![0-9])5", " ", True),
        (r"(?<![0-9])5", "7", False),
        (r"(?<![^ ])5", " ", True),
        (r"(?<![^ ])5", "x", False),
        (r"(?<=x)a", "x", False),
        (r"(?!<a)(?=b)b", "", True),
        (r"x(?:y(?:(?<!q)z|\b))", " ", True),
    ],
)
def test_what_a_pattern_could_see_before_it(source, before, apart):
    assert starts_apart(read_python(source), before) is apart


@settings(max_examples=300, deadline=None)
@given(before=st.sampled_from(list(" x7:")), of=text, source=st.sampled_from(
    [r"\bab", r"(?<![a-z])a.*", r"(?<!\d)[ab]+", r".*\b", r"(?:(?<! )a|b)+.*", r"a?(?<![xy])b*.*"]))  # fmt: skip
def test_apart_means_that_it_matches_as_at_the_start(before, of, source):
    if starts_apart(read_python(source), before):
        alone, behind = re.fullmatch(source, of), re.compile(source).fullmatch(before + of, 1)
        assert (alone is None) is (behind is None)
        assert alone is None or alone.span() == (0, behind.end() - 1)


def test_names_are_left_out_and_references_found():
    tree = read_python(r"(?P<a>x(?P<b>[0-9]+)?)|(?>(?P<c>y))(?=(?P<d>z))")
    assert write(nameless(tree)) == r"(x([0-9]+)?)|(?>(y))(?=(z))"
    assert refers(read_python(r"(a)\1"))
    assert not refers(tree)
