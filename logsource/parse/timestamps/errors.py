"""The one exception of this package."""

from __future__ import annotations


class BadTimestampError(ValueError):
    """A text that is not a time we accept.

    `reason` is fit for a metric label: bad_timestamp (no format fits, or no such date), missing_year (the
    text states none and nothing else tells it), unknown_zone, future_timestamp, ancient_timestamp.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
