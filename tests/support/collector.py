"""A collector that is well unless told otherwise, with a ledger of numbered lines and what else came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import orjson

from tests.support.ledger import Ledger
from tests.support.sink import OK, Answer, Sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.sink import SinkRequest


class LedgerCollector:
    """Writes every event into a ledger; answers what `answer` says."""

    def __init__(self, answer: Callable[[SinkRequest], Answer] = lambda request: OK) -> None:
        self.ledger = Ledger()
        self.down = False
        """Answers 503 while this is true."""
        self._answer_of = answer
        self.sink = Sink(self._answer, record=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sink.close()

    def _answer(self, request: SinkRequest) -> Answer:
        ids = self.ledger.arrived(request)
        answer = Answer(503) if self.down else self._answer_of(request)
        if answer.status == 200:
            self.ledger.accept(ids)
        return answer

    @property
    def url(self) -> str:
        return self.sink.url

    def wait_for(self, events: int, timeout: float = 60.0) -> None:
        """Wait until so many different events were accepted."""
        self.sink.wait_for(lambda: self.ledger.delivered >= events, timeout)


def record_of(event: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Name of the schema and data of a self-describing event."""
    inner = orjson.loads(event["ue_pr"])["data"]
    return inner["schema"].split("/")[1], inner["data"]


def source_of(event: dict[str, str]) -> dict[str, Any]:
    """The log_source entity of an event."""
    entities = orjson.loads(event["co"])["data"]
    return next(one["data"] for one in entities if "/log_source/" in one["schema"])
