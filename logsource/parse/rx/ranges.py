"""Sets of code points as sorted, disjoint, inclusive ranges: the algebra of bracket expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.parse.rx.nodes import MAX_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

EVERYTHING: Ranges = ((0, MAX_CODE),)


def normal(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort, and join what touches or overlaps."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def union(*sets: Ranges) -> Ranges:
    """Members of any."""
    return normal(pair for one in sets for pair in one)


def complement(ranges: Ranges) -> Ranges:
    """All other code points."""
    result: list[tuple[int, int]] = []
    following = 0
    for low, high in ranges:
        if low > following:
            result.append((following, low - 1))
        following = high + 1
    if following <= MAX_CODE:
        result.append((following, MAX_CODE))
    return tuple(result)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """Members of both."""
    return complement(union(complement(left), complement(right)))


def without(ranges: Ranges, code: int) -> Ranges:
    """The set without one code point."""
    return intersection(ranges, complement(((code, code),)))


def contains(ranges: Ranges, code: int) -> bool:
    """Membership of one code point."""
    return any(low <= code <= high for low, high in ranges)
