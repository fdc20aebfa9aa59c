"""How far a pattern gets, and which parser fits."""

import pytest

from logsource.model import Line
from logsource.parse.detect import Candidate, candidates, rank
from logsource.parse.explain import reach
from logsource.parse.fields import FieldSpec
from logsource.parse.packs import PackIndex
from logsource.parse.pattern import PatternParser, PatternSpec


def spec(regex: str, *names: str, search: bool = False) -> PatternSpec:
    fields = tuple(FieldSpec(name=(name,), group=group) for group, name in enumerate(names, 1))
    return PatternSpec(
        name="p", regex=regex, fields=fields, schema="iglu:a/b/jsonschema/1-0-0", search=search
    )


@pytest.mark.parametrize(
    ("regex", "text", "reached", "element", "field"),
    [
        (r"([a-z]+) ([0-9]+)", "abc x", 4, "[0-9]+", "b"),
        (r"([a-z]+) ([0-9]+)", "abc", 3, " ", ""),
        (r"([a-z]+)", "abc!", 3, "", ""),
        (r"HTTP/([0-9])", "HTTQ/1", 0, "HTTP/", ""),
        (r"(?:(a)|(b))c", "bd", 1, "c", ""),
        (r"([a-z])\1x", "aay", 2, "", ""),
        (r"([0-9]{4}-[0-9]{2}) (x)", "2026-xx", 5, "[0-9]{2}", "a"),
    ],
)
def test_where_a_pattern_stops(regex, text, reached, element, field):
    found = reach(spec(regex, "a", "b"), text)
    assert not found.matched
    if r"\1" not in regex:
        assert (found.characters, found.element, found.field) == (reached, element, field)


def test_a_pattern_that_matches():
    assert reach(spec("(a+)", "a"), "aaa").matched
    assert reach(spec("(a+)", "a", search=True), "xaax").matched


def test_a_pattern_that_would_take_for_ever_says_where():
    found = reach(spec("((?:x+x+)+y)", "a"), "x" * 5000)
    assert not found.matched


def lines(*texts: str) -> list[Line]:
    return [Line(text=text, offset=0) for text in texts]


def parser(name: str, regex: str) -> PatternParser:
    names = "ab"[: regex.count("(") - regex.count("(?:")]
    return PatternParser(name, [spec(regex, *names)], vetted=True)


def names_of(found) -> list[str]:
    return [match.name for match in found]


def test_a_notation_that_only_the_regex_module_knows_is_explained_by_length():
    found = reach(spec(r"(\h+a)=", "a"), "  ab=")
    assert (found.matched, found.characters) == (False, 3)
    assert Candidate("x", PatternParser("x", [spec(r"(\h+)", "a")], vetted=False)).literals == 0


def test_more_matched_lines_win():
    among = [Candidate("some", parser("some", "(x)")), Candidate("all", parser("all", "([a-z])"))]
    assert names_of(rank(lines("x", "y"), among)) == ["all", "some"]


def test_specific_beats_general_until_it_misses_too_much():
    among = [
        Candidate("envelope", parser("envelope", "([a-z])"), generality=1),
        Candidate("exact", parser("exact", "(x)")),
    ]
    assert names_of(rank(lines(*"xxxxxxxxxxx", "y"), among)) == ["exact", "envelope"]
    assert names_of(rank(lines(*"xxx", "y"), among)) == ["envelope", "exact"]


def test_the_path_decides_between_twins_then_hints_then_what_is_taken_apart():
    twins = [
        Candidate("one", parser("one", "([a-z])([a-z])"), paths=("**/one/*.log",), hints=("^q",)),
        Candidate("two", parser("two", "([a-z]+)"), paths=("**/two/*",), hints=("z$",)),
    ]
    assert names_of(rank(lines("xz"), twins, path="/var/log/one/a.log"))[0] == "one"
    assert names_of(rank(lines("xz"), twins, path="/var/log/two/a.log"))[0] == "two"
    assert names_of(rank(lines("xz"), twins))[0] == "two"
    assert names_of(rank(lines("xy"), twins))[0] == "one"


def test_plain_is_last_whatever_it_matches():
    found = rank(lines('{"a": 1}', "odd", "odd", "odd", "odd"), candidates([]))
    assert names_of(found) == ["json_lines", "plain"]
    assert [match.matched for match in found] == [0.2, 1.0]


def test_empty_lines_say_nothing():
    assert rank(lines("", "  "), candidates([])) == []
    assert rank(lines("", '{"a": 1}'), candidates([]))[0].matched == 1.0


@pytest.mark.parametrize("text", ['ts=1 level=info msg="a b"', "a=1", 'a="x \\" y" b='])
def test_lines_of_pairs_are_logfmt(text):
    assert names_of(rank(lines(text), candidates([]))) == ["logfmt", "plain"]


@pytest.mark.parametrize("text", ["GET /a?b=c HTTP/1.1", "x = 1", 'a="never closed', "words"])
def test_lines_with_an_equals_sign_are_not(text):
    assert names_of(rank(lines(text), candidates([]))) == ["plain"]


def test_nginx_and_apache_are_told_apart():
    packs = candidates([PackIndex().load("nginx_access"), PackIndex().load("apache_access")])
    start = '203.0.113.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" '
    nginx = rank(lines(start + '200 12 "-" "curl"', start + '304 0 "-" "curl"'), packs)
    apache = rank(lines(start + '200 12 "-" "curl"', start + '304 - "-" "curl"'), packs)
    debian = rank(lines(start + '200 12 "-" "curl"', start + '304 180 "-" "curl"'), packs)
    assert (nginx[0].name, apache[0].name, debian[0].name) == (
        "nginx_access",
        "apache_access",
        "apache_access",
    )
    same = lines(start + '200 12 "-" "curl"')
    assert rank(same, packs)[0].name == "nginx_access", "its format spells out what Apache's leaves open"
    assert rank(same, packs, path="/var/log/apache2/access.log")[0].name == "apache_access"
    assert rank(same, packs, path="/var/log/nginx/access.log")[0].name == "nginx_access"
