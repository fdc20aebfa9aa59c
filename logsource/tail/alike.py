"""Whether a source reads the same records as before, so that a reload leaves its files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logsource.config.model import SourceConfig

RENDERED = frozenset(
    {
        "parser",
        "skip_empty",
        "unmatched",
        "event",
        "page_view",
        "application_error",
        "struct",
        "user",
        "context",
        "filters",
    }
)
"""Keys of a source that say what becomes of its records, and nothing about reading them."""


def read_alike(one: SourceConfig, other: SourceConfig) -> bool:
    """Whether two configurations of a source read the same records; what becomes of them is not our business."""
    return one.model_dump(exclude=set(RENDERED)) == other.model_dump(exclude=set(RENDERED))
