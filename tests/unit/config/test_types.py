from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.config.types import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("1.5s", 1.5),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 604800),
        (" 1 s ", 1),
        (0, 0),
        ("0s", 0),
    ],
)
def test_durations(text: object, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["5", 5, True, "5 sec", "-1s", "", None, "1s 2m", "1e3s", [], "١s", "9" * 400 + "s", float("inf")]
)
def test_what_is_no_duration(text: object):
    with pytest.raises(ValueError, match="must be a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("128KiB", 131072),
        ("1GiB", 1024**3),
        ("2MB", 2_000_000),
        ("1.5KiB", 1536),
        ("7B", 7),
        (7, 7),
        ("7", 7),
        (0, 0),
    ],
)
def test_sizes(text: object, size: int):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["1kb", "1K", -1, "-1B", 1.5, True, "", None, "1 GiB 2", "9" * 30])
def test_what_is_no_size(text: object):
    with pytest.raises(ValueError, match="must be a size"):
        parse_size(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_durations_survive_being_written(milliseconds: int):
    assert parse_duration(format_duration(milliseconds / 1000)) == pytest.approx(
        milliseconds / 1000, abs=1e-9
    )


@given(st.integers(min_value=0, max_value=2**62))
def test_sizes_survive_being_written(size: int):
    assert parse_size(format_size(size)) == size
