"""A roll of numbered lines in millions: sixteen bytes a line. Nothing missing, nothing under two ids, all in order."""

from __future__ import annotations

import re
import threading
from array import array
from hashlib import blake2b
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.sink import SinkRequest

LINE = re.compile(rb"/n/([a-z]+)/(\d{8})(?!\d)")
"""Log and number of a line of tests.support.writer; a line that was torn before its number ended has none."""
OFFSET = re.compile(r'"offset":(\d+)')
MOST = 20
"""Faults of a kind that are kept; more of them say no more."""


class Page:
    """What is known of the lines of one log, by number; 0 stands for nothing."""

    def __init__(self) -> None:
        self.ids = array("Q")
        self.payloads = array("Q")
        self.accepted = bytearray()
        self.latest = -1
        """Number that came last among those that came for the first time."""

    def reach(self, number: int) -> None:
        more = number + 1 - len(self.ids)
        if more > 0:
            grown = more + 4096
            self.ids.frombytes(bytes(8 * grown))
            self.payloads.frombytes(bytes(8 * grown))
            self.accepted.extend(bytes(grown))


class Roll:
    """Has the shape of `tests.support.ledger.Ledger` that a collector needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: dict[str, Page] = {}
        self._contents: dict[str, tuple[int, int]] = {}
        self.events = 0
        """How often an event arrived."""
        self.torn: set[bytes] = set()
        """Records without a whole number."""
        self.two_ids: list[tuple[str, int]] = []
        self.changed: list[tuple[str, int]] = []
        """Lines whose event came a second time with another payload."""
        self.late: list[tuple[str, int, int]] = []
        """Lines that came first behind a later one of the same log: log, number, the later one."""
        self.crossed: list[tuple[str, int]] = []
        """Lines that stand before an earlier one in the same content, says their offset."""

    def arrived(self, request: SinkRequest) -> list[tuple[str, int]]:
        """Write down what a request holds."""
        with self._lock:
            return [line for event in orjson.loads(request.body)["data"] if (line := self._note(event))]

    def accept(self, lines: Iterable[tuple[str, int]]) -> None:
        """The request that held these was answered 2xx."""
        with self._lock:
            for log, number in lines:
                self._pages[log].accepted[number] = 1

    def _note(self, event: dict[str, str]) -> tuple[str, int] | None:
        self.events += 1
        del event["stm"]
        found = LINE.search(event["ue_pr"].encode())
        if found is None:
            self.torn.add(event["ue_pr"].encode())
            return None
        log, number = found[1].decode(), int(found[2])
        page = self._pages.setdefault(log, Page())
        page.reach(number)
        own = _digest(event["eid"].encode())
        payload = _digest(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))
        if not page.ids[number]:
            page.ids[number], page.payloads[number] = own, payload
            self._first(page, log, number, event)
        elif page.ids[number] != own:
            _keep(self.two_ids, (log, number))
        elif page.payloads[number] != payload:
            _keep(self.changed, (log, number))
        return log, number

    def _first(self, page: Page, log: str, number: int, event: dict[str, str]) -> None:
        if number < page.latest:
            _keep(self.late, (log, number, page.latest))
        page.latest = max(page.latest, number)
        # All but the last 48 bits of an id name the content, the entity says where in it the line stands.
        offset = OFFSET.search(event["co"])
        assert offset is not None, event
        content, place = event["eid"][:23], (int(offset[1]), number)
        before = self._contents.get(content, (-1, -1))
        if (place[0] < before[0]) != (number < before[1]):
            _keep(self.crossed, (log, number))
        self._contents[content] = max(place, before)

    def delivered(self, log: str) -> int:
        """How many lines of a log were accepted."""
        with self._lock:
            return sum(self._pages[log].accepted) if log in self._pages else 0

    def total(self) -> int:
        """How many lines were accepted, of all logs."""
        return sum(self.delivered(log) for log in list(self._pages))

    def missing(self, log: str, numbers: Iterable[int]) -> list[int]:
        """Those of these lines that were not accepted yet."""
        with self._lock:
            accepted = self._pages[log].accepted if log in self._pages else b""
            return [number for number in numbers if number >= len(accepted) or not accepted[number]]

    def numbers(self, log: str) -> list[int]:
        """Lines of a log that were accepted."""
        with self._lock:
            return [number for number, mark in enumerate(self._pages[log].accepted) if mark]


def _digest(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest()) | 1


def _keep(faults: list, one: object) -> None:
    if len(faults) < MOST:
        faults.append(one)
