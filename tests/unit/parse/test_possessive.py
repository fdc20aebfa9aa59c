r"""Patterns of ours that are right in every Python 3.11.

Before 3.11.5 `re` did not give back what a possessive *group* had taken when it failed half-way: `(?:ab?c)*+` matched
the `a` of `aca` (https://github.com/python/cpython/issues/106052). Repeated single characters (`[^"]*+`) and atomic
groups (`(?>(?:ab?c)*)`) were right all along, so groups are written in that way.
"""

import ast
import re
from pathlib import Path

import pytest

import logsource

SOURCES = sorted(Path(logsource.__file__).parent.rglob("*.py"))
PACKS = sorted(Path(logsource.__file__).parents[1].glob("parsers/*/pack.yaml"))
_SETS = re.compile(r"\[\^?\]?(?:\\.|\{[a-z]+\}|[^\]\\])*\]", re.DOTALL)
_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+")
ALLOWED = {("write.py", "(?:a(?=b))*+")}
"""The question whether this Python is right."""


def possessive_groups(text: str) -> list[str]:
    without = _SETS.sub("x", text.replace("'()*+,;=", ""))  # the characters that URLs may hold, for a set
    return _GROUP.findall(without)


def test_the_scan_finds_what_it_looks_for():
    assert possessive_groups(r'"(?:[^"\\]++|\\.)*+"')
    assert possessive_groups("(a|b){2,3}+")
    assert not possessive_groups(r"[^)*+]*+\)*+x++")


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_no_group_of_ours_is_repeated_possessively(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if possessive_groups(node.value) and (file.name, node.value) not in ALLOWED
    ]
    assert found == []


@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.parent.name)
def test_no_group_of_a_pack_is_repeated_possessively(file):
    assert possessive_groups(file.read_text(encoding="utf-8")) == []
