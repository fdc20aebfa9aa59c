"""What programs tracked while no agent ran, and could not send before they ended: the agent takes it over.

Such events are in `tracker` below the agent's state directory (`Tracker.from_config`). A program that runs holds its
lock and sends for itself; when it is gone, and no other one comes, its events would lie there.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from logsource.errors import StoreError, StoreFull, StoreLocked
from logsource.model import Batch
from logsource.store.disk import DiskStore
from logsource.tracker.adopted import Adopted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from logsource.clock import Clock
    from logsource.store.api import Storage

log = logging.getLogger("logsource.tracker")

DIRECTORY = "tracker"
"""Below the agent's state directory."""
LOOK_EVERY = 10.0
"""Seconds between two looks."""
AT_ONCE, AT_ONCE_BYTES = 256, 2**20
"""Rows, and bytes of their bodies, that are moved in one transaction."""

_Seen = tuple[tuple[int, int], ...]


class Adopter:
    """Moves events, and dead letters, of an outbox that nobody owns into another."""

    def __init__(
        self,
        state_dir: Path,
        into: Storage,
        clock: Clock,
        *,
        on_move: Callable[[int], None] = lambda _events: None,
    ) -> None:
        """`on_move` is told how many events were moved, body by body; must not raise."""
        self._on_move = on_move
        self._from = state_dir / DIRECTORY
        self._into = into
        self._adopted = Adopted(into)
        self._clock = clock
        self._seen: _Seen = ()

    def look(self) -> int:
        """How many events were moved now. An outbox that did not change since it was empty is not opened."""
        seen = self._signature()
        if not seen or seen == self._seen:
            return 0
        try:
            # "full": what was moved is gone for good before the row that names it is written over.
            store = DiskStore.open(self._from, capacity=1, sync="full", clock=self._clock)
        except StoreLocked:
            return 0  # its owner lives
        except StoreError as error:
            log.warning("event=not_adopted path=%s detail=%s", self._from, error)
            self._seen = seen  # again when somebody changed it
            return 0
        moved, whole = 0, False
        try:
            moved, whole = self._move(store)
        except StoreError as error:
            log.warning("event=not_adopted path=%s detail=%s", self._from, error)
        finally:
            store.close()
        if moved:
            log.info("event=adopted path=%s events=%d", self._from, moved)
        self._seen = self._signature() if whole else ()
        return moved

    def _move(self, store: DiskStore) -> tuple[int, bool]:
        """Events moved, and whether nothing is left. Wherever it is cut off, the next look goes on there (`adopted.py`)."""
        moved = 0
        try:
            while rows := self._next_rows(store):
                here = [row for row in rows if self._adopted.knows(row)]
                if not here:
                    bodies = [Batch(body=row.body, events=row.events) for row in rows]
                    self._adopted.commit(rows, bodies, ())
                    for row in rows:
                        moved += row.events
                        self._on_move(row.events)
                # What was there already is gone from here before anything else is said to be there.
                gone = here or rows
                self._adopted.settle()
                for row in rows:
                    (store.acknowledge if row in gone else store.release)(row)
                store.flush()
            self._move_letters(store)
        except StoreFull:
            return moved, False
        self._adopted.forget()
        return moved, True

    def _next_rows(self, store: DiskStore) -> list[Batch]:
        """Rows for one transaction: what there is room for, but one at least."""
        stats = self._into.stats()
        room = min(AT_ONCE_BYTES, stats.capacity_bytes - stats.bytes)
        rows: list[Batch] = []
        while len(rows) < AT_ONCE and (row := store.take()) is not None:
            room -= len(row.body)
            if rows and room < 0:
                store.release(row)
                break
            rows.append(row)
        return rows

    def _move_letters(self, store: DiskStore) -> None:
        for key in list(store.dead_keys()):
            letters = list(store.dead_letters([key]))
            if not all(map(self._adopted.knows, letters)):
                self._adopted.commit((), (), letters)
            self._adopted.settle()
            store.purge([key])

    def _signature(self) -> _Seen:
        """When the database was last written to, and its size; nothing when there is none."""
        found = []
        for name in ("cache.db", "cache.db-wal"):
            try:
                status = (self._from / "outbox" / name).stat()
            except OSError:
                continue
            found.append((status.st_mtime_ns, status.st_size))
        return tuple(found)


class Adopting:
    """A thread that looks from time to time."""

    def __init__(self, adopter: Adopter, *, every: float = LOOK_EVERY) -> None:
        self._look: Callable[[], int] = adopter.look
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="adopt", daemon=True)

    def start(self) -> None:
        """Begin with a look at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way; idempotent."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(10.0)

    def _work(self) -> None:
        while True:
            try:
                self._look()
            except Exception:
                log.exception("event=unexpected_error")
            if self._over.wait(self._every):
                return
