"""Batches out of the store, to the output, and what became of them back into the store.

`step` does one batch; worker threads merely call it. Oldest first, nothing is ever dropped: a batch
leaves the outbox because it was delivered, because it was replaced by its parts, or because single
events of it moved to the dead letters.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from logsource.emit.api import NoHooks
from logsource.emit.backoff import Backoff
from logsource.emit.gate import Gate
from logsource.emit.hand import Debts, Hand
from logsource.emit.split import events_of, halves, parts
from logsource.emit.suspects import Suspects, Verdict
from logsource.errors import StoreError
from logsource.log import Limited, kv
from logsource.model import Action, DeadLetter, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from logsource.clock import Clock, Waker
    from logsource.config.model import RetryConfig
    from logsource.emit.api import Delivery, Hooks, Output
    from logsource.emit.gate import Ticket
    from logsource.model import Batch
    from logsource.store.api import Storage

log = logging.getLogger("logsource.emit")

REPEAT_SECONDS = 10.0
"""Least time between two log lines about the same thing."""
IDLE_SECONDS = 1.0
"""Longest sleep of an idle worker; also how soon another process's `dead replay` is noticed."""
FLUSH_SECONDS = 0.25
"""Idle time after which acknowledgements are written without waiting for the next commit."""
BLOCKED_AFTER = 3
"""Failures in a row before we say that nothing is being delivered; one 503 is everyday life."""
RESETS_BEFORE_HALVING = 5
"""Some servers reset the connection where they should answer 413; halving harms nothing."""


class Emitter:
    """Delivers the outbox of one store through one output. Thread-safe: any number of workers may call `step`."""

    def __init__(
        self,
        *,
        store: Storage,
        output: Output,
        clock: Clock,
        random: Random,
        waker: Waker,
        retry: RetryConfig,
        hooks: Hooks | None = None,
        name: str = "collector",
    ) -> None:
        self._store = store
        self._output = output
        self._clock = clock
        self._waker = waker
        self._hooks: Hooks = hooks or NoHooks()
        self._name = name
        self._random = random
        self._backoff = Backoff(retry, random)
        self._gate = Gate()
        self._suspects = Suspects()
        self._debts = Debts(store)
        self._said = Limited(log, every=REPEAT_SECONDS, clock=clock)
        self._busy_until = clock.monotonic()
        self._flushed = self._busy_until
        self._flushing = threading.Lock()
        self._blocked: str | None = None
        self._last: Outcome | None = None
        store.on_commit(waker.wake)

    @property
    def blocked(self) -> str | None:
        """Why nothing is being delivered, for people; None when delivery goes on (or there is nothing to deliver)."""
        return self._blocked

    @property
    def last_outcome(self) -> Outcome | None:
        """The newest outcome."""
        return self._last

    @property
    def drained(self) -> bool:
        """Whether everything was delivered (or buried)."""
        return self._store.stats().batches == 0

    def step(self) -> bool:
        """Send the oldest batch, if there is one and sending makes sense now. False: wait `wait_hint` seconds."""
        ticket = self._gate.enter(self._clock.monotonic())
        if ticket is None:
            self._idle()
            return False
        hand: Hand | None = None
        try:
            self._debts.pay()
            batch = self._store.take()
            if batch is None:
                self._nothing_to_take(ticket)
                self._idle()
                return False
            hand = Hand(self._store, self._debts, batch)
            started = self._clock.monotonic()
            delivery = self._output.send(batch)
            hand.delivered = delivery.delivered
            self._busy_until = self._clock.monotonic()
            self._report(batch, delivery, self._busy_until - started)
            self._settle(hand, delivery, ticket)
        except StoreError as error:
            self._give_up(hand, ticket)
            if self._gate.failures >= BLOCKED_AFTER:
                self._blocked = f"the outbox cannot be read or written ({error})"
            self._say(logging.ERROR, "store_trouble", detail=error)
            return False
        except Exception as error:  # a bug of ours; the batch is kept, and so is the thread
            self._give_up(hand, ticket)
            if self._gate.failures >= BLOCKED_AFTER:
                self._blocked = f"an error in logsource itself ({error!r}); its log has the place"
            log.exception("event=unexpected_error")
            return False
        return True

    def wait_hint(self) -> float:
        """Seconds to wait (unless woken) after `step` returned False."""
        longest = IDLE_SECONDS if self._flushed > self._busy_until else FLUSH_SECONDS
        return self._gate.wait_hint(self._clock.monotonic(), longest)

    def use(self, output: Output, retry: RetryConfig) -> None:
        """Send through another output from the next batch on; what is under way ends through the old one."""
        self._backoff = Backoff(retry, self._random)
        self._output = output
        self._waker.wake()

    def flush(self) -> None:
        """Write acknowledgements now; what cannot be written is sent once more after a restart, with the same ids."""
        try:
            self._debts.pay()
            self._store.flush()
        except StoreError as error:
            self._say(logging.ERROR, "store_trouble", detail=error)

    def release_held(self) -> None:
        """Give back what is held under suspicion; at shutdown."""
        for batch in self._suspects.give_back():
            self._store.release(batch)

    # -- outcomes ------------------------------------------------------------------------------

    def _settle(self, hand: Hand, delivery: Delivery, ticket: Ticket) -> None:
        outcome = delivery.outcome
        if delivery.delivered:
            self._hooks.on_sent(delivery.delivered)
            self._accepted(hand.batch, ticket)
        if outcome.action is Action.DELIVERED:
            hand.acknowledge()
        elif outcome.action is Action.RETRY:
            self._keep(hand, delivery)
            self._shut(ticket, outcome, lambda failures: self._backoff.wait(failures, outcome.retry_after))
        elif outcome.action is Action.RETRY_SLOWLY:
            self._keep(hand, delivery)
            self._shut(ticket, outcome, lambda _: self._backoff.slow(outcome.retry_after), at_once=True)
        else:
            self._narrow_down(hand, delivery, ticket)

    def _accepted(self, batch: Batch, ticket: Ticket) -> None:
        if self._gate.succeed(ticket) or self._blocked is not None:
            if self._blocked is not None:
                log.info("event=delivering_again output=%s", self._name)
            self._blocked = None
            self._waker.wake()  # the others are waiting for the gate
        for held in self._suspects.accepted(batch):
            self._store.release(held)

    def _keep(self, hand: Hand, delivery: Delivery) -> None:
        """Put back what is still to be sent."""
        self._hooks.on_retry()
        batch = hand.batch
        if delivery.delivered:
            hand.replace(parts(events_of(batch)[delivery.delivered :]))
        elif (
            delivery.outcome.code == "reset"
            and batch.events > 1
            and batch.attempts + 1 >= RESETS_BEFORE_HALVING
        ):
            hand.replace(halves(batch))
        else:
            hand.release()

    def _narrow_down(self, hand: Hand, delivery: Delivery, ticket: Ticket) -> None:
        """SPLIT and BISECT: cut until the outcome speaks of one event, then that one goes to the dead letters."""
        outcome = delivery.outcome
        events = events_of(hand.batch)[delivery.delivered :]
        judged, rest = events[: delivery.judged], events[delivery.judged :]
        if len(judged) > 1:
            middle = len(judged) // 2
            hand.replace(parts(judged[:middle], judged[middle:], rest))
        elif outcome.action is Action.SPLIT:
            self._bury(hand, judged[0], rest, "too_large", outcome)
        elif rest or delivery.delivered:
            # Alone in its row it can be held without holding the others.
            hand.replace(parts(judged, rest))
        else:
            self._rejected(hand, judged[0], outcome, ticket)
        self._gate.leave(
            ticket
        )  # not before the parts can be taken: whoever finds nothing sees that this is under way
        self._waker.wake()

    def _rejected(self, hand: Hand, event: bytes, outcome: Outcome, ticket: Ticket) -> None:
        verdict = self._suspects.rejected(hand.batch)
        if verdict is Verdict.BURY:
            self._bury(hand, event, [], f"rejected_{outcome.code}", outcome)
            return
        hand.let_go()
        self._hooks.on_retry()
        for held in self._suspects.give_back(only_if_many=True):
            self._store.release(held)
        if verdict is Verdict.HOLD_SLOWLY:
            # Exponential, not slow from the start: the good event that ends this may be the next one.
            self._shut(ticket, outcome, self._backoff.wait, at_once=True)

    def _bury(self, hand: Hand, event: bytes, rest: list[bytes], reason: str, outcome: Outcome) -> None:
        detail = f"{outcome.code}: {outcome.detail}" if outcome.detail else outcome.code
        letter = DeadLetter(
            event=event, reason=reason, detail=detail, at_ms=self._clock.now_ms(), output=self._name
        )
        hand.replace(parts(rest), (letter,))
        self._hooks.on_dead(reason, 1)
        self._say(logging.WARNING, "dead_letter", reason=reason, detail=detail)

    def _shut(
        self, ticket: Ticket, outcome: Outcome, wait: Callable[[int], float], *, at_once: bool = False
    ) -> None:
        seconds = self._gate.fail(ticket, self._clock.monotonic(), wait)
        if at_once or self._gate.failures >= BLOCKED_AFTER:
            self._blocked = self._explain(outcome)
        if seconds is not None:
            self._say(
                logging.ERROR if at_once else logging.WARNING,
                "retry_slowly" if at_once else "retry",
                output=self._name,
                code=outcome.code,
                wait=f"{seconds:.1f}",
                failures=self._gate.failures,
                detail=outcome.detail,
            )

    def _explain(self, outcome: Outcome) -> str:
        answer = f"{outcome.code} {outcome.detail}".strip()
        if self._suspects.rejecting:
            return (
                f"the collector rejects every event ({answer}); nothing more is moved to the dead letters until it "
                "accepts one: check collector.url, collector.path and proxies on the way"
            )
        if outcome.action is Action.RETRY_SLOWLY:
            return f"the collector's address or something on the way refuses ({answer}); check collector.url"
        return f"the collector cannot be reached or is overloaded ({answer})"

    # -- when there is nothing to do -----------------------------------------------------------

    def _nothing_to_take(self, ticket: Ticket) -> None:
        # What another worker holds may come back in parts, and one of them may be accepted: no reason to wait yet.
        held = self._suspects.give_back() if self._gate.alone(ticket) else []
        for batch in held:
            self._store.release(batch)
        if held:  # only suspects are left: try those again, slowly
            self._gate.fail(ticket, self._clock.monotonic(), lambda _: self._backoff.slow())
        else:
            self._gate.leave(ticket)

    def _say(self, level: int, event: str, **fields: object) -> None:
        """Log, but not the same news a thousand times."""
        self._said.log(level, event, kv(event=event, **fields))

    def _idle(self) -> None:
        """Write acknowledgements that no commit took along; one worker is enough."""
        self._said.tick()
        now = self._clock.monotonic()
        if now - max(self._busy_until, self._flushed) < FLUSH_SECONDS:
            return
        if self._flushing.acquire(blocking=False):
            try:
                self.flush()
                self._flushed = now
            finally:
                self._flushing.release()

    def _give_up(self, hand: Hand | None, ticket: Ticket) -> None:
        if hand is not None:
            hand.give_up()
        self._gate.fail(ticket, self._clock.monotonic(), self._backoff.wait)

    def _report(self, batch: Batch, delivery: Delivery, seconds: float) -> None:
        self._last = delivery.outcome
        for request in delivery.requests:
            self._hooks.on_request(request.code, request.seconds)
        self._hooks.on_outcome(batch, delivery.outcome, seconds)
