from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.config.environment import expand

ENV = {"HOST": "example.com", "EMPTY": "", "_X1": "x"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("${HOST}", "example.com"),
        ("https://${HOST}/a", "https://example.com/a"),
        ("${HOST}${_X1}", "example.comx"),
        ("${EMPTY}", ""),
        ("${EMPTY:-fallback}", "fallback"),  # as in a shell
        ("${NONE:-fallback}", "fallback"),
        ("${NONE:-}", ""),
        ("${NONE:-a:-b}", "a:-b"),
        ("$${HOST}", "${HOST}"),
        ("^a$", "^a$"),
        ("a$b", "a$b"),
        ("$$", "$"),
        ("$$$$", "$$"),
    ],
)
def test_references(text: str, expanded: str):
    result = expand(text, ENV)
    assert result.text == expanded
    assert result.errors == ()


def test_only_values_from_the_environment_are_secret():
    assert expand("${HOST} ${NONE:-x}", ENV).names == ("HOST",)
    assert expand("${NONE:-x} $$", ENV).names == ()


def test_missing_variables_are_named_with_their_place():
    result = expand("a ${NONE} ${OTHER}", ENV)
    assert [(what, offset) for what, _, offset in result.errors] == [
        ("the environment variable NONE is not set", 2),
        ("the environment variable OTHER is not set", 10),
    ]


@pytest.mark.parametrize("text", ["${", "${}", "${1}", "${A-B}", "${A", "${A:x}"])
def test_malformed_references_are_errors(text: str):
    (error,) = expand(text, ENV).errors
    assert error[2] == 0


@given(st.text())
def test_doubling_dollars_gives_the_text_back(text: str):
    assert expand(text.replace("$", "$$"), {}).text == text


@given(st.text(), st.text())
def test_a_value_is_not_expanded_again(before: str, value: str):
    assert expand(before.replace("$", "$$") + "${V}", {"V": value + "x"}).text == before + value + "x"
