"""How long to wait: exponential, full jitter, capped; and what Retry-After says."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from logsource.config.model import RetryConfig

RETRY_AFTER_MAX = 900.0
"""Seconds of Retry-After that are believed; a proxy's slip of a day must not stop delivery for a day."""
SLOW_SECONDS = 30.0
"""Least pause after an answer that a person has to do something about."""


class Backoff:
    """Waits for one output. Full jitter (uniform between 0 and the bound) keeps many agents from coming back at once."""

    def __init__(self, retry: RetryConfig, random: Random) -> None:
        self._initial = retry.initial
        self._max = retry.max
        self._slow = max(retry.max, SLOW_SECONDS)
        self._random = random

    def wait(self, failures: int, retry_after: float | None = None) -> float:
        """Seconds after the n-th failure in a row (n from 1). Never less than the collector asked for."""
        # 2**62 is beyond any cap and still a float; without the bound a year of failures overflows.
        bound = min(self._max, self._initial * 2.0 ** min(failures - 1, 62))
        wait = self._random.uniform(0, bound)
        if retry_after is not None:
            # On top of what was asked: everybody was told the same second.
            wait = min(retry_after, RETRY_AFTER_MAX) + self._random.uniform(0, min(bound, self._initial))
        return wait

    def slow(self, retry_after: float | None = None) -> float:
        """Seconds after an answer that will not change by itself soon."""
        wait = self._slow * self._random.uniform(0.75, 1.0)
        return wait if retry_after is None else max(wait, min(retry_after, RETRY_AFTER_MAX))


def parse_retry_after(text: str | None, now_ms: int) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3): a number of seconds or an HTTP date; None if neither."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, date.timestamp() - now_ms / 1000)
