"""The durable outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from logsource.errors import StoreUnreadable
from logsource.store import layout
from logsource.store.disk_rows import DiskRows
from logsource.store.guard import Visit, open_cache
from logsource.store.lock import StateLock
from logsource.store.outbox import Outbox
from logsource.store.sql import translated

if TYPE_CHECKING:
    from pathlib import Path

    from logsource.clock import Clock
    from logsource.store.guard import Database


class DiskStore(Outbox):
    """`Storage` in an SQLite database, through diskcache.

    The agent `open`s it and is then alone in taking batches. Other processes may `attach` meanwhile to
    look, and to replay or purge dead letters: SQLite serialises the transactions, and the agent notices
    their rows in its next commit or `flush`.
    """

    _lock: StateLock | None = None

    @classmethod
    def open(cls, state_dir: Path, *, capacity: int, sync: Literal["normal", "full"], clock: Clock) -> Self:
        """Take the state directory and open (or make) its outbox; `capacity` in stored bytes.

        Raises StoreLocked, StoreUnreadable (newer, damaged or foreign; left byte for byte as it is) or
        StoreUnavailable.
        """
        layout.prepare(state_dir)
        lock = StateLock(state_dir / "lock")
        try:
            outbox = state_dir / "outbox"
            if outbox.exists():
                layout.check(outbox)
            else:
                layout.create(state_dir)
            with translated(str(outbox)):
                database = open_cache(outbox, sync)
            store = cls._over(database, capacity=capacity, clock=clock)
        except BaseException:
            lock.release()
            raise
        store._lock = lock  # noqa: SLF001 - our own instance
        return store

    @classmethod
    def attach(cls, state_dir: Path, *, clock: Clock) -> Self:
        """Look into an outbox that an agent may be using. For status and dead letters: do not commit or take.

        Raises StoreUnreadable also when there is no outbox.
        """
        outbox = state_dir / "outbox"
        try:
            if not outbox.is_dir():
                raise StoreUnreadable(
                    f"{outbox}: there is no outbox; no agent has run with this agent.state_dir yet, or it is another one"
                )
            layout.check_header(outbox)
        except PermissionError as error:
            raise StoreUnreadable(
                f"{outbox}: belongs to another user; run this as the agent's user, or as root"
            ) from error
        with translated(str(outbox)):
            database = Visit(outbox)
        return cls._over(database, capacity=0, clock=clock)

    @classmethod
    def _over(cls, database: Database, *, capacity: int, clock: Clock) -> Self:
        try:
            return cls(DiskRows(database), capacity=capacity, clock=clock)
        except BaseException:
            database.close()
            raise

    def lost(self) -> str | None:
        """Why it has to be opened anew: its file system is read-only or broken, or another one is in its place."""
        return None if self._lock is None else self._lock.lost()

    def let_go_in_child(self) -> None:
        """In a child, after a fork: give its copy of the lock's descriptor back, which the parent keeps locked.

        The child must not use or close the database, nor collect it: SQLite's state was copied as it was in the middle
        of whatever the parent's threads did.
        """
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        """Flush, close the database, let go of the state directory; idempotent."""
        try:
            super().close()
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None
