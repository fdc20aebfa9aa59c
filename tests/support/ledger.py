"""What a collector remembers of numbered lines, so that a test can say: nothing missing, nothing under two ids."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from tests.support.sink import SinkRequest

NUMBER = re.compile(rb"/n/([a-z]+)/(\d+)")
"""How numbered lines (tests.support.writer) carry their log and number in the path of the request."""


class Ledger:
    """Every event of every request, whatever was answered; memory stays at a few hundred bytes an event."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.arrivals: Counter[str] = Counter()
        """Event id → in how many requests it came."""
        self.accepted: Counter[str] = Counter()
        """Event id → in how many requests that were answered 2xx."""
        self._payloads: dict[str, bytes] = {}
        self._lines: dict[str, tuple[str, int]] = {}
        self.changed: dict[str, set[bytes]] = {}
        """Event ids that came with more than one payload; must stay empty."""
        self.strange: list[bytes] = []
        """Events without a number; must stay empty."""

    def arrived(self, request: SinkRequest) -> list[str]:
        """Write down what a request holds; its event ids."""
        ids = []
        for event in orjson.loads(request.body)["data"]:
            stm = event.pop("stm")
            assert stm.isdecimal(), stm
            ids.append(self._event(event["eid"], orjson.dumps(event, option=orjson.OPT_SORT_KEYS)))
        return ids

    def accept(self, ids: list[str]) -> None:
        """The request that held these was answered 2xx."""
        with self._lock:
            self.accepted.update(ids)

    def _event(self, eid: str, payload: bytes) -> str:
        digest = hashlib.blake2b(payload, digest_size=16).digest()
        with self._lock:
            self.arrivals[eid] += 1
            known = self._payloads.setdefault(eid, digest)
            if known != digest:
                self.changed.setdefault(eid, {known}).add(payload)
            if eid not in self._lines:
                found = NUMBER.search(payload)
                if found is None:
                    self.strange.append(payload)
                else:
                    self._lines[eid] = (found[1].decode(), int(found[2]))
        return eid

    def lines(self) -> set[tuple[str, int]]:
        """(log, number) of every line that was accepted at least once."""
        with self._lock:
            return {self._lines[eid] for eid in self.accepted if eid in self._lines}

    @property
    def delivered(self) -> int:
        """How many different events were accepted."""
        with self._lock:
            return len(self.accepted)

    def under_two_ids(self) -> dict[tuple[str, int], int]:
        """Lines that came under more than one event id; must stay empty."""
        with self._lock:
            ids = Counter(self._lines.values())
        return {line: count for line, count in ids.items() if count > 1}

    def resent(self) -> int:
        """How many events came in more than one request."""
        with self._lock:
            return sum(count > 1 for count in self.arrivals.values())


def number_of(event: bytes) -> tuple[str, int]:
    """(log, number) of an event's JSON."""
    found = NUMBER.search(json.dumps(json.loads(event)).encode())
    assert found is not None, event
    return found[1].decode(), int(found[2])
