"""Waiting: bounds, jitter, cap, Retry-After."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.config.model import RetryConfig
from logsource.emit.backoff import RETRY_AFTER_MAX, SLOW_SECONDS, Backoff, parse_retry_after


class Highest(random.Random):
    def uniform(self, a, b):
        return b


class Lowest(random.Random):
    def uniform(self, a, b):
        return a


RETRY = RetryConfig(initial=0.5, max=60.0)


def test_the_bound_doubles_up_to_the_cap():
    waits = [Backoff(RETRY, Highest()).wait(n) for n in range(1, 12)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert Backoff(RETRY, Highest()).wait(10**9) == 60


def test_the_jitter_is_full():
    backoff = Backoff(RETRY, random.Random(1))
    waits = [backoff.wait(5) for _ in range(2000)]
    assert min(waits) < 0.1
    assert max(waits) > 7.9
    assert 3.7 < sum(waits) / len(waits) < 4.3


@given(failures=st.integers(1, 10**6), asked=st.floats(0, 10**7), seed=st.integers(0, 99))
def test_never_sooner_than_asked_and_never_for_ever(failures, asked, seed):
    wait = Backoff(RETRY, random.Random(seed)).wait(failures, asked)
    assert min(asked, RETRY_AFTER_MAX) <= wait <= RETRY_AFTER_MAX + RETRY.initial


def test_slow_is_slow_even_with_a_small_cap():
    small = RetryConfig(initial=0.1, max=1.0)
    assert Backoff(small, Lowest()).slow() == 0.75 * SLOW_SECONDS
    assert Backoff(RETRY, Highest()).slow() == 60
    assert Backoff(RETRY, Highest()).slow(120) == 120
    assert Backoff(RETRY, Highest()).slow(10**9) == RETRY_AFTER_MAX


NOW = 1_700_000_000_000  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60.0),
        ("Tue Nov 14 22:14:20 2023", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("99999999999999999999", 999999999.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Tue, 99 Nov 2023 22:14:20 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_in_all_its_spellings(text, seconds):
    assert parse_retry_after(text, NOW) == seconds


@given(st.text())
def test_any_header_is_a_number_or_none(text):
    value = parse_retry_after(text, NOW)
    assert value is None or value >= 0
