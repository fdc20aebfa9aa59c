"""The outbox: the rules of `Storage`, over rows that somebody else keeps.

`_write` holds back other transactions (and readers of the same connection); the ledger answers what must not wait.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logsource.errors import StoreUnavailable
from logsource.model import EVENT_START, Batch, DeadLetter, PackedBatch
from logsource.store import format as fmt
from logsource.store.barrier import Barrier
from logsource.store.bodies import BODY_CACHE_BYTES
from logsource.store.index import KEY_SHIFT
from logsource.store.ledger import Ledger
from logsource.store.letters import LAST_KEY, PAGE, DeadLetters
from logsource.store.replay import DAMAGED_ROW, replay_batches
from logsource.store.rows import CHECKPOINT, COUNTERS, TALLY, Key, Put
from logsource.store.seal import RowDamaged
from logsource.store.totals import RunningTotals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from logsource.clock import Clock
    from logsource.model import Checkpoint, Tally
    from logsource.store.api import StoreStats
    from logsource.store.index import Entry
    from logsource.store.rows import Rows, Transaction

log = logging.getLogger("logsource.store")


class Outbox:
    """`Storage` over any `Rows`."""

    def __init__(
        self, rows: Rows, *, capacity: int, clock: Clock, body_cache: int = BODY_CACHE_BYTES
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._write = threading.RLock()
        self._letters = DeadLetters(rows, self._write)
        self._ledger = Ledger(capacity=capacity, body_cache=body_cache)
        self._barrier = Barrier(rows.sync)
        self._rings: list[Callable[[], None]] = []
        self._next_batch = 1
        self._next_dead = 1
        self._closed = False
        with self._write:
            self._totals = RunningTotals(rows.texts(TALLY))
            self._notice_rows(first=1)

    # -- writing -------------------------------------------------------------------------------

    def commit(
        self,
        *,
        batches: Sequence[Batch | PackedBatch],
        checkpoints: Sequence[Checkpoint] = (),
        tallies: Mapping[str, Tally] | None = None,
        dead: Sequence[DeadLetter] = (),
    ) -> None:
        """Write all of it in one transaction, or nothing; see `Storage.commit`.

        Raises StoreFull also when the commit brings dead letters and those have reached the same limit
        by themselves: they are never dropped, so somebody has to look at them.
        """
        self._ledger.check_room(batches=bool(batches), dead=bool(dead))
        now = self._clock.now_ms()
        values = [fmt.encode_batch(batch, now) for batch in batches]
        letters = [fmt.encode_dead(letter) for letter in dead]
        forgotten: list[Key] = [CHECKPOINT + c.file_id for c in checkpoints if not c.state]
        texts = [Put(CHECKPOINT + c.file_id, fmt.encode_checkpoint(c)) for c in checkpoints if c.state]
        with self._write:
            if values or letters:
                self._rows.check_space(sum(map(len, values)) + sum(map(len, letters)))
            totals = self._totals.with_more(tallies)
            texts += self._totals.rows(totals)
            with self._transaction() as (transaction, acked):
                rows = self._number(batches, values, now)
                transaction.delete(forgotten)
                transaction.put(texts)
                self._put_numbered(transaction, rows, len(rows), letters)
            self._totals.committed(totals)
            if any(one.new_ids for one in checkpoints):
                self._barrier.set(self._next_batch << KEY_SHIFT)
            bodies = [None if isinstance(batch, PackedBatch) else batch.body for batch in batches]
            self._written(acked, rows, bodies, len(rows), letters)
        if rows:
            self._ring()

    def acknowledge(self, batch: Batch) -> None:
        """Forget a delivered batch; the row goes with the next transaction."""
        if self._ledger.acknowledge(batch.key) and self._write.acquire(blocking=False):
            # If somebody else is writing, their transaction takes the deletes along.
            try:
                self._delete_acknowledged()
            except StoreUnavailable as error:  # nothing is lost: a later transaction will try again
                log.debug("event=deletes_postponed detail=%r", str(error))
            finally:
                self._write.release()

    def replace(self, batch: Batch, parts: Sequence[Batch], dead: Sequence[DeadLetter] = ()) -> None:
        """Put `parts` in the place of a taken batch and keep `dead`, in one transaction."""
        self._exchange([batch.key], parts, dead)

    def flush(self) -> None:
        """Write pending acknowledgements now; call it when idle.

        Also notices what `logsource dead replay` or `purge` of another process has done, gives free space of the file
        back, a little each time, and puts first rows of files on the disk: without, nobody looks for what was rotated.
        """
        with self._write:
            if self._closed:
                return
            if self._ledger.pending():
                while self._ledger.pending():
                    self._delete_acknowledged()
            elif self._rows.foreign():
                self._notice_others()
            else:
                self._rows.tidy()
        self._barrier.pass_by(LAST_KEY)

    def replay(self, keys: Iterable[int]) -> int:
        """Put these dead letters back as new batches; the limit does not apply, they are already stored."""
        waiting = deque(dict.fromkeys(keys))
        count = 0
        while waiting:
            count += self._replay_some(waiting)
        return count

    def purge(self, keys: Iterable[int]) -> int:
        """Delete these dead letters for good."""
        waiting = list(dict.fromkeys(keys))
        return sum(self._purge(waiting[at : at + PAGE]) for at in range(0, len(waiting), PAGE))

    # -- reading -------------------------------------------------------------------------------

    def take(self) -> Batch | None:
        """Return the oldest batch nobody has; a row that cannot be decoded becomes a dead letter on the way."""
        while (taken := self._ledger.take()) is not None:
            key, entry, *kept = taken
            body = self._body(key, entry, *kept)
            if body is not None:
                return Batch(body=body, events=entry.events, key=key, attempts=entry.attempts)
        return None

    def release(self, batch: Batch) -> None:
        """Give a taken batch back unchanged."""
        self._ledger.release(batch.key)

    def checkpoints(self) -> list[Checkpoint]:
        """All checkpoints, as last committed."""
        with self._write:
            rows = list(self._rows.texts(CHECKPOINT))
        if rows:
            self._barrier.set(0)  # what an earlier process committed may not be on the disk
        return [fmt.undamaged(fmt.decode_checkpoint, row, name) for name, row in rows]

    def tallies(self) -> dict[str, Tally]:
        """Running totals by source."""
        with self._write:
            return self._totals.copy()

    def dead_keys(self) -> Iterator[int]:
        """Keys of the dead letters that there are now, oldest first."""
        return self._letters.keys()

    def dead_letters(self, keys: Iterable[int] | None = None) -> Iterator[DeadLetter]:
        """These dead letters, or all that there are now, oldest first."""
        return self._letters.read(self.dead_keys() if keys is None else keys)

    def stats(self) -> StoreStats:
        """How full it is; from memory."""
        return self._ledger.stats()

    def lost(self) -> str | None:
        """Never, for what has no disk."""
        return None

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call `ring` whenever there is something new to take."""
        self._rings.append(ring)

    def undelivered(self) -> tuple[int, int] | None:
        """Numbers of the oldest and the newest batch."""
        return self._ledger.undelivered()

    def close(self) -> None:
        """Flush and let go; idempotent."""
        with self._write:
            if self._closed:
                return
            try:
                while self._ledger.pending():
                    self._delete_acknowledged()
            except StoreUnavailable as error:  # what was delivered is sent once more, with the same ids
                log.warning("event=acknowledgements_lost detail=%r", str(error))
            finally:
                self._closed = True
                self._rows.close()

    # -- inside --------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Transaction, set[int]]]:
        """A transaction that begins by taking over others' changes and deleting what was acknowledged."""
        if self._closed:
            raise StoreUnavailable("the outbox is closed")
        with self._rows.transaction() as transaction:
            if transaction.foreign:
                self._notice_others()
            acked = self._ledger.pending()
            transaction.delete(acked)
            yield transaction, acked

    def _exchange(self, taken: Sequence[int], parts: Sequence[Batch], dead: Sequence[DeadLetter]) -> None:
        """Put `parts` in the place of the first of some taken rows, which all go, and keep `dead`; in one transaction."""
        letters = [fmt.encode_dead(letter) for letter in dead]
        with self._write:
            keys, committed_ms = self._ledger.part_keys(taken[0], [part.events for part in parts])
            rows = [
                Put(key, fmt.encode_batch(part, committed_ms), part.events, committed_ms)
                for key, part in zip(keys, parts, strict=True)
            ]
            with self._transaction() as (transaction, acked):
                transaction.delete(taken)
                self._put_numbered(transaction, rows, 0, letters)
            self._written(acked, rows, [part.body for part in parts], 0, letters, gone=taken)

    def _delete_acknowledged(self) -> None:
        with self._transaction() as (_, acked):
            pass
        self._written(acked, (), (), 0, ())

    def _number(self, batches: Sequence[Batch | PackedBatch], values: Sequence[bytes], now: int) -> list[Put]:
        pairs = enumerate(zip(batches, values, strict=True), self._next_batch)
        return [Put(number << KEY_SHIFT, value, batch.events, now) for number, (batch, value) in pairs]

    def _put_numbered(
        self, transaction: Transaction, rows: Sequence[Put], new: int, letters: Sequence[bytes]
    ) -> None:
        """Put batch rows and dead letters; `new` of the rows use fresh numbers, which must never come again."""
        transaction.put(rows)
        transaction.put(Put(-(self._next_dead + i), value) for i, value in enumerate(letters))
        if new or letters:
            counters = {"next_batch": self._next_batch + new, "next_dead": self._next_dead + len(letters)}
            transaction.put([Put(COUNTERS, fmt.encode_counters(counters))])

    def _written(
        self,
        acked: set[int],
        rows: Sequence[Put],
        bodies: Sequence[bytes | None],
        new: int,
        letters: Sequence[bytes],
        *,
        gone: Sequence[int] = (),
    ) -> None:
        """After a transaction: memory follows."""
        self._next_batch += new
        self._next_dead += len(letters)
        self._ledger.written(acked, rows, bodies, letters, gone=gone)

    def _body(self, key: int, entry: Entry, body: bytes | None, row: bytes | None) -> bytes | None:
        """The body of a taken row, as it was kept or read, once it may be sent; None if there is none any more."""
        try:
            self._barrier.pass_by(key)
            if body is not None or row is not None:
                return fmt.decode_batch(row).body if row is not None else body
            with self._write:
                row = self._rows.get(key)
                if row is None:  # somebody deleted it in the database by hand
                    log.error("event=row_missing key=%d events=%d", key, entry.events)
                    self._ledger.forget(key)
                    return None
                try:
                    stored = fmt.decode_batch(row)
                except RowDamaged as error:
                    self._bury_row(key, entry, row, str(error))
                    return None
                if stored.events != entry.events:  # one of the two was damaged; the body has a checksum
                    self._ledger.correct(key, stored.body.count(b"," + EVENT_START) + 1)
                return stored.body
        except BaseException:
            self._ledger.release(key)
            raise

    def _bury_row(self, key: int, entry: Entry, row: bytes, why: str) -> None:
        log.error("event=row_damaged key=%d events=%d kept=dead_letter detail=%r", key, entry.events, why)
        detail = f"outbox row {key} with {entry.events} events: {why}"
        letter = DeadLetter(event=row, reason=DAMAGED_ROW, detail=detail, at_ms=self._clock.now_ms())
        batch = Batch(body=b"", events=entry.events, key=key)
        self.replace(batch, (), (letter,))

    def _replay_some(self, waiting: deque[int]) -> int:
        with self._write:
            now = self._clock.now_ms()
            with self._transaction() as (transaction, acked):
                # Read inside, so that two replays at once do not both find the same letter.
                letters = self._letters.next_to_replay(waiting)
                batches = replay_batches(letters)
                rows = self._number(batches, [fmt.encode_batch(batch, now) for batch in batches], now)
                gone = self._letters.delete(transaction, (letter.key for letter in letters))
                self._put_numbered(transaction, rows, len(rows), ())
            self._written(acked, rows, [batch.body for batch in batches], len(rows), ())
            self._ledger.dead_gone(gone)
        if rows:
            self._ring()
        return len(letters)

    def _purge(self, keys: Sequence[int]) -> int:
        with self._write:
            with self._transaction() as (transaction, acked):
                gone = self._letters.delete(transaction, keys)
            self._written(acked, (), (), 0, ())
            self._ledger.dead_gone(gone)
        return len(gone)

    def _notice_others(self) -> None:
        """Another process has written (`logsource dead replay` or `purge`): take its rows over."""
        new = self._notice_rows(first=self._next_batch)
        self._rows.noticed()  # only now: until its numbers are known, ours could be the same
        if new:
            self._ring()

    def _notice_rows(self, *, first: int) -> int:
        """Learn the rows numbered `first` and up, and the counters; how many rows were new."""
        row = self._rows.get(COUNTERS)
        counters = {} if row is None else fmt.undamaged(fmt.decode_counters, row)
        infos = list(self._rows.infos(first << KEY_SHIFT, LAST_KEY))
        last = infos[-1].key >> KEY_SHIFT if infos else 0
        self._next_batch = max(self._next_batch, counters.get("next_batch", 1), last + 1)
        self._next_dead = max(self._next_dead, counters.get("next_dead", 1))
        totals = self._letters.totals()
        self._ledger.count_dead(totals)
        self._next_dead = max(self._next_dead, 1 - totals.lowest)
        return self._ledger.notice(infos)

    def _ring(self) -> None:
        for ring in self._rings:
            ring()
