"""What a scalar means, and where it stands."""

from __future__ import annotations

import pytest

from logsource.config.problem import Position
from logsource.config.yaml import MAX_VALUES, read_yaml


def read(text: str, **env: str):
    document = read_yaml(text, env)
    assert document.problems == []
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        # Dates, times and versions are text: YAML 1.1 would make a date of the first and 750 of the second.
        ("2026-01-02", "2026-01-02"),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        ("yesterday", "yesterday"),
        ("'no'", "no"),
        ('"010"', "010"),
        ("'true'", "true"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("{a: [1, {b: x}]}", {"a": [1, {"b": "x"}]}),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object):
    assert read(f"key: {text}").value == {"key": value}


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "010", "0x1F", "0o17", "1_000"])
def test_what_readers_disagree_about_is_refused(word: str):
    document = read_yaml(f"key: {word}", {})
    assert [problem.at for problem in document.problems] == [Position(1, 6)]
    assert ("key",) in document.broken


def test_keys_are_text_whatever_they_look_like():
    assert read("on: a\n010: b\n2026-01-02: c\n").value == {"on": "a", "010": "b", "2026-01-02": "c"}


def test_positions_of_keys_values_and_characters():
    document = read("a:\n  - {b: 'xyz'}\n  - c\n")
    assert document.at_key(("a",)) == Position(1, 1)
    assert document.at(("a", 0, "b")) == Position(2, 9)
    assert document.at(("a", 0, "b"), offset=1) == Position(2, 11)  # the y, behind the quote
    assert document.at(("a", 1)) == Position(3, 5)
    assert document.at(("a", 1), offset=0) == Position(3, 5)
    assert document.at(("a", 7, "nothing")) == Position(2, 3)  # nearest thing around it


def test_characters_of_a_folded_text_have_no_position():
    document = read("a: >\n  one\n  two\n")
    assert document.at(("a",), offset=5) == document.at(("a",))


def test_merge_keys_give_defaults_that_the_mapping_overrides():
    document = read("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  a: 9\n  <<: [*x, *y]\n")
    assert document.value["z"] == {"a": 9, "b": 2, "c": 4}
    assert document.at(("z", "a")) == Position(4, 6)


def test_environment_is_put_into_values_after_reading():
    document = read("a: ${X}\nb: 'say ${X}'\n'${X}': c\n", X="[1, 2]\nc: injected")
    assert document.value == {"a": "[1, 2]\nc: injected", "b": "say [1, 2]\nc: injected", "${X}": "c"}
    assert document.secret == {("a",): "${X}", ("b",): "say ${X}"}


def test_aliases_are_bounded_in_time_and_memory():
    layers = "".join(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 12))
    document = read_yaml("x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + layers, {})
    assert [problem.what for problem in document.problems] == [f"more than {MAX_VALUES} values"]


def test_without_an_environment_a_dollar_is_a_dollar():
    assert read_yaml("a: '${X}$$'", None).value == {"a": "${X}$$"}
