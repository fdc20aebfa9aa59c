"""Hashes with a key: which records stay in a sample, and what stands for a value that must not be seen."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

from logsource.render.filters.values import text_of

if TYPE_CHECKING:
    from logsource.model import JSONValue

_WHOLE = 2**64


class Sampler:
    """Says whether a record stays: the same values give the same answer on every machine, for ever."""

    def __init__(self, rate: float, seed: str) -> None:
        self._limit = int(rate * _WHOLE)
        self._key = blake2b(seed.encode(), digest_size=32).digest()

    def keeps(self, *values: JSONValue) -> bool:
        """Whether records with these values stay."""
        digest = blake2b(
            orjson.dumps(values), digest_size=8, key=self._key, person=b"logsource.sample"
        ).digest()
        return int.from_bytes(digest, "big") < self._limit


class Hasher:
    """Value in, hex digits out; without the key nobody can try out which value gives them."""

    def __init__(self, key: str, length: int) -> None:
        # BLAKE2b takes keys of up to 64 bytes; any text makes one of 64.
        self._key = blake2b(key.encode(), digest_size=64, person=b"logsource.hash").digest()
        self._length = length

    def __call__(self, value: JSONValue) -> str:
        """Hash of a value's text."""
        text = text_of(value).encode()
        return blake2b(text, digest_size=32, key=self._key, person=b"logsource.hash").hexdigest()[
            : self._length
        ]
