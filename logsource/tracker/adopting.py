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
        self._clock = clock
        self._seen: _Seen = ()

    def look(self) -> int:
        """How many events were moved now. An outbox that did not change since it was empty is not opened."""
        seen = self._signature()
        if not seen or seen == self._seen:
            return 0
        try:
            store = DiskStore.open(self._from, capacity=1, sync="normal", clock=self._clock)
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
        """Events moved, and whether nothing is left. A crash in between moves one batch twice, with the same ids."""
        moved = 0
        while (batch := store.take()) is not None:
            try:
                self._into.commit(batches=[Batch(body=batch.body, events=batch.events)])
            except StoreFull:
                return moved, False
            store.acknowledge(batch)
            moved += batch.events
            self._on_move(batch.events)
        for key in list(store.dead_keys()):
            try:
                self._into.commit(batches=(), dead=list(store.dead_letters([key])))
            except StoreFull:
                return moved, False
            store.purge([key])
        return moved, True

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
