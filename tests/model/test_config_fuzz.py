"""Whatever a file holds, the loader answers with a configuration or with problems, never with a traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsource.config.load import load_config
from logsource.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = (Path(__file__).parents[2] / "config" / "reference.yaml").read_text(encoding="utf-8")
SWITCHED_ON = re.sub(r"(?m)^(\s*)#((?:- )?\w)", r"\1\2", REFERENCE)
ENV = {"TOKEN": "s3cret-from-env"}
PROBLEM = re.compile(r"[^\n]*logsource\.yaml:(\d+:\d+: )?[^\n]+")

FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def answer(tmp_path: Path) -> Callable[[bytes], list[str]]:
    path = tmp_path / "logsource.yaml"

    def problems(data: bytes) -> list[str]:
        path.write_bytes(data)
        found: list[str] = []
        try:
            load_config(path, env=ENV, known_parsers=lambda _: ["nginx_access"])
        except ConfigError as error:
            found = error.problems or ["no reason given"]
        for problem in found:
            assert PROBLEM.fullmatch(problem), problem
            assert "s3cret" not in problem
        return found

    return problems


@FUZZ
@given(data=st.binary(max_size=200))
def test_any_bytes(answer, data: bytes):
    answer(data)


@FUZZ
@given(text=st.text(alphabet="ab:-{}[]&*!|>'\"%@`#?,$ \n\t<~0", max_size=60))
def test_any_text_that_looks_like_yaml(answer, text: str):
    answer(text.encode())


@FUZZ
@given(st.data())
def test_a_slip_of_the_finger(answer, data: st.DataObject):
    text = data.draw(st.sampled_from([REFERENCE, SWITCHED_ON]))
    at = data.draw(st.integers(0, len(text) - 1))
    cut = data.draw(st.integers(0, 3))
    typed = data.draw(st.text(alphabet="ab:-{}[]&*!|>'\"%@`#?,$ \n\t<~01é\x07", max_size=3))
    answer((text[:at] + typed + text[at + cut :]).encode())


VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "${TOKEN}", "a${TOKEN}", "(", "/x", "5s", "1KiB", "iglu:a/b/jsonschema/1-0-0", "é" * 70]
    )
    | st.text(max_size=8).filter(str.isprintable),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="ab[]key-", max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path] + [found for key, value in children for found in paths(value, (*path, key))]


FULL = yaml.safe_load(SWITCHED_ON)
PLACES = paths(FULL)


@FUZZ
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_in_any_place(answer, place: tuple[Any, ...], value: Any):
    tree = yaml.safe_load(SWITCHED_ON)
    if place:
        inner = tree
        for part in place[:-1]:
            inner = inner[part]
        inner[place[-1]] = value
    else:
        tree = value
    written = yaml.safe_dump(tree, allow_unicode=True)
    answer(written.encode())
    answer(re.sub(r"'([0-9e]+s?)'", r"\1", written).encode())  # the long numbers without their quotes
