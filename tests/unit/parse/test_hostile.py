"""Lines made to hurt: patterns that take more than linear time are found, and packs of ours have none."""

from __future__ import annotations

import time

import pytest

from logsource.model import Line, Reject
from logsource.parse.blocksafe import one_line
from logsource.parse.hostile import slow_patterns
from logsource.parse.pattern import PatternParser, PatternSpec
from logsource.parse.resolve import resolve_parser

MAX_LINE = 262_144
"""Bytes of a record, unless the source says otherwise."""
MOST = 0.25
"""Seconds of CPU for all patterns of a pack; quadratic time is several seconds."""
PAM = "Nov 22 00:51:26 web-01 {}: pam_unix({}:auth): authentication failure; logname= uid=0 euid=0 {}"


def parser(*patterns):
    specs = [
        PatternSpec(name=str(number), regex=one, fields=(), schema="io.logsource/a/1-0-0")
        for number, one in enumerate(patterns)
    ]
    return PatternParser("hurt", specs, vetted=True)


def parsed_in_time(pack, text):
    begun = time.process_time()
    result = resolve_parser(pack).parse(Line(text=text, offset=0, reference_ms=1_790_000_000_000))
    assert time.process_time() - begun < MOST
    return result


def test_a_token_many_times_is_tried():
    sample = "failure; uid=0 tty=ssh rhost=192.0.2.1"
    slow = parser(r"failure; [^\n]*tty=([^ \n]*) rhost=([^ \n]*)")
    (finding,) = slow_patterns(slow, [sample])
    assert "pattern 0 takes more than" in finding
    assert not list(slow_patterns(parser(r"failure;[^\n]* tty=([^ \n]*) rhost=([^ \n]*)"), [sample]))


@pytest.mark.parametrize(
    ("program", "tokens"),
    [
        ("login[99]", "tty="),
        ("sshd[99]", "rhost="),
        ("sudo", "tty="),
    ],
)
def test_a_failed_login_that_repeats_what_comes_last(program, tokens):
    name = program.partition("[")[0]
    pack = {"login": "auth"}.get(name, name)
    text = PAM.format(program, name, tokens * ((MAX_LINE - 200) // len(tokens)) + " x")
    parsed_in_time(pack, text)


def test_a_record_of_several_lines_is_nothing_for_patterns_of_one():
    """A pattern may come to the newline in as many ways as it likes; none of them is tried."""
    line = (
        '2026/11/22 00:32:30 [error] 1#1: *9 message, client: 192.0.2.1, server: s, request: "GET / HTTP/1.1"'
    )
    result = parsed_in_time("nginx_error", line * (MAX_LINE // len(line)) + "\nnext")
    assert isinstance(result, Reject)
    assert result.reason == "no_match"


@pytest.mark.parametrize(
    ("regex", "expected"),
    [
        (r"[^\n]*", True),
        (r".*", True),
        (r"(?P<a>[a-z]+) (?>[0-9]+)(?: x)?", True),
        (r"[^ ]*", False),
        (r"(?s:.*)", False),
        (r"a\nb", False),
        (r"\s", False),
        (r"a(?=\n)", False),
        (r"a$", False),
        (r"a\B", False),
        (r"(unclosed", False),
    ],
)
def test_which_patterns_are_of_one_line(regex, expected):
    assert one_line(regex) is expected


def test_patterns_of_several_lines_are_tried_on_them():
    both = parser("a", r"(?s:a.b)")
    assert both.attempt(Line(text="a\nb", offset=0))[0] == "1"
