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


def test_a_secret_from_a_file(tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    plain = expand(f"key=${{file:{tmp_path}/key}}", {})
    assert (plain.text, plain.names, plain.errors) == ("key=s3cret", (f"file:{tmp_path}/key",), ())
    systemd = expand("${file:$CREDENTIALS_DIRECTORY/key}", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert systemd.text == "s3cret"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        (b"\n", "it is empty"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"x" * 70_000, "larger than 64 KiB"),
    ],
)
def test_files_that_hold_no_secret(tmp_path, content: bytes | None, why: str):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    result = expand(f"a ${{file:{tmp_path}/key}}", {})
    ((what, hint, offset),) = result.errors
    assert why in what
    assert "readable file" in hint
    assert offset == 2
    assert result.names == ()


def test_a_file_under_a_variable_that_is_not_set():
    ((what, _, _),) = expand("${file:$CREDENTIALS_DIRECTORY/key}", {}).errors
    assert "the environment variable CREDENTIALS_DIRECTORY is not set" in what
