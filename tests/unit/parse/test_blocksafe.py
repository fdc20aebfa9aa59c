"""A block-safe pattern finds in a block of lines exactly what the pattern finds on each line alone."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logsource.parse.blocksafe import block_safe

ATOMS = [
    "a", "b", " ", '"', "\\n", "\n", "\\r", ".", "(?s:.)", "\\s", "\\S", "\\w", "\\W", "\\d", "\\D",
    "[ab]", "[^ab]", '[^"]', "[^ ]", "[^\\n]", "[\\n]", "[\\s.]", "[^\\s]", "[\\W_]", "[^\\W]", "[\\s\\S]",
    "[^a-]", "[]a]", "[^]a]", "[\\x00-\\x20]", "^", "$", "\\A", "\\Z", "\\b", "(?m:^)", "(?m:$)", "é",
]  # fmt: skip
SUFFIXES = ["", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "*+", "++", "?+"]
WRAPS = ["(%s)", "(?:%s)", "(?=%s)", "(?!%s)", "(?>%s)", "(?i:%s)", "(?a:%s)", "(?s:%s)", "(%s)?", "(?:%s)*"]


def regexes():
    atom = st.builds(
        lambda a, s: a if a in "^$\\A\\Z\\b(?m:^)(?m:$)" else a + s,
        st.sampled_from(ATOMS),
        st.sampled_from(SUFFIXES),
    )

    def grow(children):
        return st.one_of(
            st.lists(children, min_size=1, max_size=4).map("".join),
            st.lists(children, min_size=2, max_size=3).map("|".join),
            st.builds(lambda w, c: w % c, st.sampled_from(WRAPS), children),
            st.sampled_from(["(?<=%s)", "(?<!%s)"]).flatmap(
                lambda w: st.sampled_from(["a", "\\s", "\\W", "[^a]", "^", "$", ".", "\\n"]).map(
                    lambda a: w % a
                )
            ),
        )

    return st.recursive(atom, grow, max_leaves=8)


lines = st.lists(st.text(alphabet='ab AB"_.é\r\t1', max_size=6), min_size=1, max_size=4)


def found_alone(regex, texts):
    return [(n, m.span(), m.groups()) for n, text in enumerate(texts) for m in regex.finditer(text)]


def found_in_block(regex, texts):
    block = "".join(text + "\n" for text in texts)
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 1)
    result = []
    for m in regex.finditer(block):
        if m.start() == len(block):
            continue  # the place behind the last newline belongs to no line
        number = max(n for n, start in enumerate(starts) if start <= m.start())
        result.append((number, (m.start() - starts[number], m.end() - starts[number]), m.groups()))
    return result


@given(regexes(), lines)
@settings(max_examples=600, deadline=None)
@example("[\\s.]+", ["a .", " "])
@example("a$", ["a", "a"])
@example("(?<!\\S)a", ["b", "a"])
def test_search_in_a_block_is_search_on_each_line(source, texts):
    try:
        alone = re.compile(source)
    except re.error:
        return
    safe = block_safe(source)
    assert safe is not None
    assert found_in_block(re.compile(safe), texts) == found_alone(alone, texts)
    # The block is also safe under re.MULTILINE, which the column engine sets.
    assert found_in_block(re.compile(safe, re.MULTILINE), texts) == found_alone(alone, texts)


@given(regexes(), lines)
@settings(max_examples=400, deadline=None)
def test_on_a_line_without_newline_nothing_changes(source, texts):
    try:
        alone = re.compile(source)
    except re.error:
        return
    safe = re.compile(block_safe(source))
    assert found_alone(safe, texts) == found_alone(alone, texts)


@pytest.mark.parametrize(
    ("source", "safe"),
    [
        (r"^(\S+)$", r"(?m:^)(\S+)(?m:$)"),
        (r'"([^"]*)"', r'"([^\n"]*)"'),
        (r"\s+", r"[^\n\S]+"),
        (r"\A.*\Z", r"(?m:^).*(?m:$)"),
        (r"(?s).", "."),
        (r"(?i)GET", "(?i:GET)"),
        (r"(?P<x>a)(?P=x)1", r"(?P<x>a)(?:\1)1"),
        (r"[\s\S]*", ".*"),
        (r"(?x) a  b # both", "ab"),
        (r"a\n", "a(?!)"),
    ],
)
def test_what_it_writes(source, safe):
    assert block_safe(source) == safe


@pytest.mark.parametrize(
    "source",
    [
        r"\Ba",
        r"(",
        r"a**",
        r"\p{L}",
        r"(?<name>a)",
        r"[b-a]",
        r"(?L)a",
        r"\K",
        r"(?R)",
        r"a{2,1}",
        r"\1(a)",
        "(" * 500,
    ],
)
def test_what_it_does_not_understand_it_refuses(source):
    assert block_safe(source) is None


@given(st.text(alphabet="ab()[]{}*+?|^$\\.sSwWdDnAZ<=!>:P-12,ix #\n", max_size=14))
@settings(max_examples=800, deadline=None)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_any_text_gives_a_pattern_that_means_the_same_or_none(source):
    safe = block_safe(source)
    if safe is None:
        return
    texts = ["ab", " a-b ", "", "1,2 <a>"]
    assert found_alone(re.compile(safe), texts) == found_alone(re.compile(source), texts)
