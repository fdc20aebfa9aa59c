"""A shop that tracks its orders: python track.py http://127.0.0.1:9090 /tmp/shop-track."""  # noqa: INP001 - a program

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from logsource.tracker import Collector, Event, EventInvalid, SelfDescribing, StoreError, Subject, Tracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.tracker import Failure

log = logging.getLogger("shop")

ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
ORDERS = UUID("0d8f3c1e-7c5b-4a39-9b43-9f3f6f6f0c11")


def refused(failures: Sequence[Failure]) -> None:
    """Tell of events that the collector will not take; `logsource dead` shows them."""
    for one in failures:
        log.warning("event %s was refused: %s", one.event_id, one.detail)


def order(number: int, customer: str, at: datetime) -> Event:
    """An order. Id and time are its own, so that tracking it again doubles nothing in the warehouse."""
    return Event(
        body=SelfDescribing(ORDER, {"id": number, "currency": "EUR"}),
        subject=Subject(user_id=customer),
        true_timestamp=at,
        created=at,
        event_id=uuid5(ORDERS, str(number)),
    )


def main(url: str, state_dir: str) -> None:
    """Track three orders; what is not delivered when this ends is sent by the next process with this directory."""
    collector = Collector(url=url, timeout=5, drain_timeout=5)
    with Tracker(collector, app_id="shop", state_dir=state_dir, when_full=1.0, on_failed=refused) as tracker:
        for number in range(1, 4):
            try:
                event_id = tracker.track(
                    order(number, f"customer-{number}", datetime(2026, 1, number, tzinfo=UTC))
                )
            except EventInvalid as error:  # a mistake in this program; all of it is told
                for problem in error.problems:
                    log.error("order %d: %s", number, problem)  # noqa: TRY400 - the place is known
            except StoreError:  # no room, no disk: not accepted, so keep it elsewhere or try again
                log.exception("order %d was not accepted", number)
            else:
                log.info("order %d is event %s", number, event_id)
        if not tracker.flush(5):
            log.warning("%d events wait: %s", tracker.status().waiting, tracker.status().trouble)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(*sys.argv[1:])
