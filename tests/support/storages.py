"""What storages are tried with: small events and letters with numbers, and all that is in an outbox."""

from __future__ import annotations

from logsource.model import BODY_PREFIX, BODY_SUFFIX, Batch, DeadLetter

CAPACITY = 2**20


def event(number: int, padding: int = 0) -> bytes:
    return b'{"e":"ue","eid":"%d","x":"%s","stm":"0000000000000"}' % (number, b"x" * padding)


def batch(*numbers: int, padding: int = 0) -> Batch:
    events = b",".join(event(n, padding) for n in numbers)
    return Batch(body=BODY_PREFIX + events + BODY_SUFFIX, events=len(numbers))


def letter(number: int, reason: str = "rejected_400") -> DeadLetter:
    return DeadLetter(event=event(number), reason=reason, detail="no", at_ms=5)


def drain(store) -> list[bytes]:
    bodies = []
    while (taken := store.take()) is not None:
        bodies.append(taken.body)
        store.acknowledge(taken)
    return bodies
