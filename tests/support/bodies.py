"""Batches to send."""

from __future__ import annotations

from logsource.model import BODY_PREFIX, BODY_SUFFIX, Batch


def event(number: int, *, padding: int = 0) -> bytes:
    filler = b'"pad":"%s",' % (b"x" * padding) if padding else b""
    return b'{"e":"ue","eid":"%d",%s"stm":"0000000000000"}' % (number, filler)


def batch(*numbers: int, padding: int = 0) -> Batch:
    joined = b",".join(event(number, padding=padding) for number in numbers)
    return Batch(body=BODY_PREFIX + joined + BODY_SUFFIX, events=len(numbers))


def ids(events: list[dict[str, str]]) -> list[int]:
    return [int(one["eid"]) for one in events]
