"""The pattern library: every pattern, with lines that must and must not match, in both naming modes."""

import json
import sys
from functools import lru_cache
from pathlib import Path

import pytest
import regex

from logsource.parse.grok import GrokLibrary, compile_grok, raw_match
from logsource.parse.grok.references import REFERENCE, capture_name

sys.path.insert(0, str(Path(__file__).parent))
from lines import WORDS

MODES = ("legacy", "ecs")
FORMATS = [
    json.loads(line)
    for line in (Path(__file__).parent / "formats.jsonl").read_text(encoding="utf-8").splitlines()
]


OPEN_START = {"RPROCESSING", "S3_REQUEST_LINE", "ELB_REQUEST_LINE", "JAVASTACKTRACEPART"}
"""They take anything (or any white space) in front, by definition."""


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


@pytest.mark.parametrize("mode", MODES)
def test_every_pattern_of_the_library_has_a_line(mode):
    patterns = library(mode).patterns
    reached = {name for name in WORDS if name in patterns}
    todo = [row["pattern"] for row in FORMATS if mode in row]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            text = patterns[name].text
            todo += [capture_name(match["name"]).pattern for match in REFERENCE.finditer(text)]
    assert sorted(set(patterns) - reached) == []


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
