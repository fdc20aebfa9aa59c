"""A collector with moods: now it delivers, now it refuses, resets, or answers when nobody listens any more."""

from __future__ import annotations

import random
import threading
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from tests.support.ledger import NUMBER, Ledger
from tests.support.sink import OK, Answer, Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.roll import Roll
    from tests.support.sink import SinkRequest

MOODS = {
    "ok": 12,
    "503": 2,
    "503 with Retry-After": 1,
    "429": 1,
    "reset": 2,
    "too late": 1,
    "lost answer": 2,
}
"""How often each mood comes. `reset` refuses; `lost answer` takes the events and resets, so that they come twice."""

BREAK_EARLY = 0.05
"""Share of requests whose connection breaks before their body was read."""


class Capricious:
    """A sink whose answers come by chance (a seeded one) until it is `healthy`."""

    def __init__(
        self,
        seed: int,
        *,
        largest: int,
        culprit: Callable[[int], bool] | None = None,
        ledger: Ledger | Roll | None = None,
        moods: Mapping[str, int] = MappingProxyType(MOODS),
    ) -> None:
        """`largest`: bodies over this many bytes get a 413 from time to time. `culprit`: lines that get a 400."""
        self.ledger: Any = Ledger() if ledger is None else ledger
        self.down = False
        """Answers 503 while this is true."""
        self.calm = False
        """Accepts everything but culprits while this is true."""
        self._moods = moods
        self.moods: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._largest = largest
        self._culprit = culprit
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._healthy = False
        self.sink = Sink(self._answer, record=False, refuse=self._refuse)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.sink.close()

    @property
    def url(self) -> str:
        return self.sink.url

    def get_well(self) -> None:
        """From now on everything but culprits is accepted."""
        with self._lock:
            self._healthy = True
        self._over.set()

    def _refuse(self) -> bool:
        with self._lock:
            early = not (self._healthy or self.calm) and self._random.random() < BREAK_EARLY
            self.moods["broken early"] += early
        return early

    def _answer(self, request: SinkRequest) -> Answer:
        ids = self.ledger.arrived(request)
        mood = self._mood(len(request.body))
        if mood in ("ok", "lost answer") and self._culprit is not None:
            numbers = (int(number) for _, number in NUMBER.findall(request.body))
            mood = "400" if any(map(self._culprit, numbers)) else mood
        with self._lock:
            self.moods[mood] += 1
        if mood in ("ok", "lost answer"):
            self.ledger.accept(ids)
        return self._answers(mood)

    def _mood(self, size: int) -> str:
        with self._lock:
            if self._healthy or self.calm:
                return "ok"
            if self.down:
                return "503"
            if size > self._largest and self._random.random() < 0.5:
                return "413"
            return self._random.choices(list(self._moods), list(self._moods.values()))[0]

    def _answers(self, mood: str) -> Answer:
        if mood in ("reset", "lost answer"):
            return Answer(reset=True)
        if mood == "too late":
            return Answer(503, hold=self._over)
        if mood == "503 with Retry-After":
            return Answer(503, headers={"Retry-After": "1"})
        return OK if mood == "ok" else Answer(int(mood), b"not now")
