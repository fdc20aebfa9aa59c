"""The newest bodies, kept as they were committed, so that sending them needs neither a read nor a decompression.

Bodies that came compressed are kept as their rows, which saves the read.
"""

from __future__ import annotations

BODY_CACHE_BYTES = 4 * 2**20


class BodyCache:
    """At most `limit` bytes of bodies by key; what does not fit is simply not kept.

    Nothing is evicted: rows leave in the order in which they came, so the bodies that are here are
    always wanted before the ones that found no room. Not thread-safe: its owner locks.
    """

    def __init__(self, limit: int = BODY_CACHE_BYTES) -> None:
        self._limit = limit
        self._bodies: dict[int, bytes] = {}
        self._size = 0

    def put(self, key: int, body: bytes) -> None:
        """Keep a body if there is room."""
        if self._size + len(body) <= self._limit:
            self._bodies[key] = body
            self._size += len(body)

    def get(self, key: int) -> bytes | None:
        """The body, if kept."""
        return self._bodies.get(key)

    def drop(self, key: int) -> None:
        """Forget a body."""
        body = self._bodies.pop(key, None)
        if body is not None:
            self._size -= len(body)
