"""The pattern library: every pattern, with lines that must and must not match, in both naming modes."""

import json
import sys
from functools import lru_cache
from pathlib import Path

import pytest
import regex

from logsource.parse.grok import GrokLibrary, compile_grok, raw_match

sys.path.insert(0, str(Path(__file__).parent))
from lines import WORDS

MODES = ("legacy", "ecs")


def rows_of(name):
    return [
        json.loads(row) for row in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    ]


FORMATS = rows_of("formats.jsonl")
PARTS = rows_of("parts.jsonl")
"""The patterns that formats are made of: what each must match, and lines close to it that it must not."""

CAPTURES = rows_of("captures.jsonl")
"""Every name of Logstash's library (its files of both modes), and the captures it fills there."""

ADDED_CAPTURES = {
    ("BACULA_LOG_WROTE_LABEL", "legacy"): {"device"},  # ECS mode has it, and so do the other labels
    ("CISCOFW106100", "ecs"): {"cisco.asa.interval:int"},  # as its sister 106100_2_3 has it there
    ("BRO_CONN", "legacy"): {"local_resp", "oric_cc", "resp_cc", "sensorname"},  # columns of later versions
}
"""Where ours fill more than Logstash's do, and why. They never fill less."""


OPEN_START = {"RPROCESSING", "S3_REQUEST_LINE", "ELB_REQUEST_LINE", "JAVASTACKTRACEPART"}
"""They take anything (or any white space) in front, by definition."""

ANYTHING = {"DATA", "GREEDYDATA", "JAVALOGMESSAGE", "CISCO_SRCIF", "CISCO_DSTIF", "NAGIOS_MESSAGE", "NAGIOS_COMMENT",
            "HAPROXYCAPTUREDREQUESTHEADERS", "HAPROXYCAPTUREDRESPONSEHEADERS"}  # fmt: skip
"""They match every text, so there is no line that they must not match."""

RAW_REQUESTS = {("S3_REQUEST_LINE", "legacy"), ("ELB_REQUEST_LINE", "legacy")}
"""Their legacy forms take a request of any text as `rawrequest`."""

IN_CONTEXT = {"MONGO_QUERY": "MONGO_SLOWQUERY"}
"""It looks at what follows, so it has no line of its own; the format it belongs to has."""


def library(mode):
    return GrokLibrary.builtin(mode == "ecs")


@lru_cache(maxsize=2000)
def whole(name, mode):
    return compile_grok(rf"\A%{{{name}}}\z", library=library(mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WORDS)
def test_words_match_as_a_whole_or_not_at_all(name, mode):
    matching, others = WORDS[name]
    for text in matching:
        assert raw_match(whole(name, mode), text) is not None, text
    for text in others:
        assert raw_match(whole(name, mode), text) is None, text


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "row", FORMATS, ids=[f"{number}-{row['pattern']}" for number, row in enumerate(FORMATS)]
)
def test_formats_give_the_fields_their_users_know(row, mode):
    if mode not in row:
        return
    compiled = whole(row["pattern"], mode)
    assert raw_match(compiled, row["line"]) == row[mode]
    if row["pattern"] not in OPEN_START:
        assert raw_match(compiled, "\x00" + row["line"]) is None
    elif (row["pattern"], mode) not in RAW_REQUESTS:
        assert raw_match(compiled, row["line"][:3]) is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", CAPTURES, ids=[row["pattern"] for row in CAPTURES])
def test_every_name_of_logstash_is_there_and_fills_the_fields_it_fills_there(row, mode):
    if mode not in row:
        return
    compiled = compile_grok(f"%{{{row['pattern']}}}", library=library(mode))
    ours = {".".join(one.path) + (f":{one.coerce}" if one.coerce else "") for one in compiled.captures}
    assert ours == set(row[mode]) | ADDED_CAPTURES.get((row["pattern"], mode), set())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", PARTS, ids=[row["pattern"] for row in PARTS])
def test_parts_match_their_own_line_and_no_line_close_to_it(row, mode):
    if mode not in row:
        return
    compiled = whole(row["pattern"], mode)
    assert raw_match(compiled, row["line"]) == row[mode]
    for text in row["others"]:
        assert raw_match(compiled, text) is None, text


@pytest.mark.parametrize("mode", MODES)
def test_every_pattern_of_the_library_has_lines_that_it_must_and_must_not_match(mode):
    patterns = set(library(mode).patterns)
    must = {name for name, (matching, _) in WORDS.items() if matching}
    must |= {row["pattern"] for row in FORMATS + PARTS if mode in row}
    must_not = {name for name, (_, others) in WORDS.items() if others}
    must_not |= {row["pattern"] for row in PARTS if mode in row and row["others"]}
    must_not |= {
        row["pattern"] for row in FORMATS if mode in row and (row["pattern"], mode) not in RAW_REQUESTS
    }
    anything = ANYTHING | {name for name, which in RAW_REQUESTS if which == mode}
    assert patterns - must == set(IN_CONTEXT)
    assert patterns - must_not == set(IN_CONTEXT) | anything
    assert all(whole_format in must for whole_format in IN_CONTEXT.values())


@pytest.mark.parametrize("mode", MODES)
def test_both_engines_agree_on_every_line(mode):
    import re

    for row in FORMATS:
        if mode in row:
            compiled = whole(row["pattern"], mode)
            ours = re.compile(compiled.regex).search(row["line"])
            theirs = regex.compile(compiled.regex).search(row["line"])
            assert ours.groups() == theirs.groups()


def test_legacy_and_ecs_are_the_same_set_of_names_but_for_the_newer_formats():
    only_ecs = set(library("ecs").patterns) - set(library("legacy").patterns)
    assert set(library("legacy").patterns) <= set(library("ecs").patterns)
    assert all(name.startswith("ZEEK_") or name in {"ELB_V1_HTTP_LOG", "HAPROXYURI"} for name in only_ecs)


HOSTILE = ["a", "1", " ", "-", ":", ".", "/", "\\", '"', "a.", "1.", "a ", "1 ", "a:", "::", "/a", "a=b ", '\\"',
           "\t", "1\t", "(", ")", "[", "]", "%", ";", "<", "10.0.0.1 ", "1::", "x y ", "\n", "é", "a-", ", "]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_no_hostile_line_takes_a_pattern_more_than_its_time(mode):
    # A timeout of the engine, not of the clock of the test: an exponential or cubic pattern runs into it on
    # any machine, a linear or quadratic one on none.
    slow = []
    for name in library(mode).patterns:
        compiled = regex.compile(whole(name, mode).regex)
        for unit in HOSTILE:
            try:
                compiled.search(unit * (2000 // len(unit)) + "\x00", timeout=2.0)
            except TimeoutError:
                slow.append((name, unit))
    assert slow == []


@pytest.mark.parametrize("mode", MODES)
def test_no_broken_line_of_a_format_takes_more_than_its_time(mode):
    slow = []
    for row in FORMATS:
        if mode not in row:
            continue
        compiled = regex.compile(whole(row["pattern"], mode).regex)
        line = row["line"]
        for cut in range(len(line) // 4, len(line), max(1, len(line) // 8)):
            for unit in ("a", "1", " ", "a ", "1.", "-", '"', ".a", ":"):
                try:
                    compiled.search(line[:cut] + unit * (800 // len(unit)) + line[cut:] + "\x00", timeout=2.0)
                except TimeoutError:
                    slow.append((row["pattern"], cut, unit))
    assert slow == []
