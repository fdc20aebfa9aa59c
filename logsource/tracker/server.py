"""The owner's side: takes events over from other processes of the same user, and says so once they are committed."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Literal

from logsource.config.show import mask_url
from logsource.errors import StoreError, StoreFull
from logsource.store.sockets import listen_in, share_with
from logsource.tracker.handover import MOST_WAIT, SOCKET, Answer, Garbled, Request, read_request
from logsource.tracker.taken import taken_over

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from logsource.clock import Clock
    from logsource.model import Tally
    from logsource.store.api import Storage

log = logging.getLogger("logsource.tracker")

MOST_CONNECTIONS = 32
"""Served at once; others wait in the backlog."""
MOST_WAITERS = 128
"""Those who wait for delivery keep nobody from committing."""
BACKLOG = 128
READ_SECONDS = 10.0
"""Longest wait for a piece of a request: a process that was stopped in the middle must not keep its place."""
LAST_WORD = 5.0
"""Seconds at the end for those whose events are committed to be told so. Who is not told tracks them elsewhere as well."""
POLL = 0.02
"""Seconds between two looks while somebody waits for delivery."""


class HandoverServer:
    """Listens on `track.sock` in a state directory that this process has locked."""

    def __init__(
        self,
        *,
        who: Literal["agent", "tracker"],
        clock: Clock,
        trouble: Callable[[], str | None] = lambda: None,
        on_commit: Callable[[Tally], None] | None = None,
    ) -> None:
        """`trouble`: why nothing is delivered. `on_commit` is told what was taken over; must not raise."""
        self._who: Literal["agent", "tracker"] = who
        self._clock = clock
        self._trouble = trouble
        self._on_commit = on_commit
        self._listener: socket.socket | None = None
        self._path: Path | None = None
        self._closing = threading.Event()
        self._places = threading.Semaphore(MOST_CONNECTIONS)
        self._waiters = threading.Semaphore(MOST_WAITERS)
        self._committing = threading.Lock()
        self._told = threading.Condition()
        self._untold: set[int] = set()
        """Threads that have committed, and have not said so."""
        self._open: set[socket.socket] = set()

    def open(self, state_dir: Path, store: Storage, *, sends_to: str, group: str = "") -> None:
        """Listen; `sends_to`: address of the collector. Who cannot listen works without: others have to wait then.

        `group`: whose members may hand over, too. What is wrong with it is said; then they may not.
        """
        try:
            listener = listen_in(state_dir, SOCKET, backlog=BACKLOG)
        except OSError as error:
            log.warning("event=no_handover path=%s detail=%s", state_dir / SOCKET, error)
            return
        if group:
            self._share(group, state_dir)
        self._listener, self._path = listener, state_dir / SOCKET
        self._store = store
        self.use(sends_to)
        threading.Thread(target=self._accept, args=(listener,), name="handover", daemon=True).start()

    def _share(self, group: str, state_dir: Path) -> None:
        try:
            share_with(group, state_dir, SOCKET)
        except (OSError, KeyError) as error:
            why = "there is no such group" if isinstance(error, KeyError) else error.strerror
            log.warning("event=not_shared group=%s path=%s detail=%r", group, state_dir / SOCKET, why)

    def use(self, sends_to: str) -> None:
        """What is taken over from now on goes to this collector."""
        self._sends_to = mask_url(sends_to).rstrip("/")

    def close(self) -> None:
        """Take nothing more. What was said to be committed is; idempotent."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._closing.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        with self._committing:  # nobody is between the commit and the next question whether we are closing
            pass
        with self._told:
            self._told.wait_for(lambda: not self._untold, LAST_WORD)

    def let_go_in_child(self) -> None:
        """In a child, after a fork: a copy of the listener would make others wait for an answer that nobody gives."""
        listener, self._listener = self._listener, None
        for one in (*self._open, *(() if listener is None else (listener,))):
            one.close()  # gives the child's descriptor back; the connection is the parent's as before

    # -- threads -------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            self._places.acquire()
            try:
                connection, _ = listener.accept()
            except OSError:  # closed, or out of descriptors, which passes
                self._places.release()
                self._closing.wait(1.0)
                continue
            threading.Thread(
                target=self._serve, args=(connection,), name="handover-connection", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            connection.settimeout(READ_SECONDS)
            with contextlib.suppress(OSError):  # went away: whoever did not hear our word will ask again
                answer = self._answer(connection)
                if answer is not None:
                    connection.sendall(answer.line())
        except Exception:
            log.exception("event=handover_failed")
        finally:
            with self._told:
                self._untold.discard(threading.get_ident())
                self._told.notify_all()
            self._open.discard(connection)
            connection.close()
            self._places.release()

    def _answer(self, connection: socket.socket) -> Answer | None:
        try:
            request = read_request(connection)
            if request is None:
                return None
            if request.op == "commit":
                return self._commit(request)
            return self._drain(request) if request.op == "drain" else self._how()
        except Garbled as error:
            return self._says(ok=False, reason="refused", detail=str(error))

    def _commit(self, request: Request) -> Answer:
        if request.sends_to and request.sends_to != self._sends_to:
            what = f"this {self._who} sends to {self._sends_to}, not to {request.sends_to}"
            return self._says(ok=False, reason="other_collector", detail=what)
        batches, tally = taken_over(request.bodies)
        try:
            with self._committing:
                if self._closing.is_set():
                    return self._says(ok=False, reason="closing")
                self._store.commit(batches=batches)
                self._untold.add(threading.get_ident())
        except StoreFull as error:
            return self._says(ok=False, reason="full", detail=str(error))
        except StoreError as error:
            return self._says(ok=False, reason="unavailable", detail=str(error))
        if self._on_commit is not None:
            self._on_commit(tally)
        return self._says(ok=True, events=tally.read)

    def _drain(self, request: Request) -> Answer:
        """Wait until what is committed now has left the outbox."""
        if not self._waiters.acquire(blocking=False):
            return self._says(ok=True, drained=False)
        self._places.release()
        try:
            return self._drained(request)
        finally:
            self._waiters.release()
            self._places.acquire()

    def _drained(self, request: Request) -> Answer:
        span, dead = self._store.undelivered(), self._store.stats().dead
        until = self._clock.monotonic() + min(request.seconds, MOST_WAIT)
        while span is not None and not self._closing.is_set():
            now = self._store.undelivered()
            if now is None or now[0] > span[1]:
                break
            if self._clock.monotonic() >= until:
                return self._says(ok=True, drained=False, dead=self._new_dead(dead))
            self._closing.wait(POLL)
        return self._says(ok=True, drained=not self._closing.is_set(), dead=self._new_dead(dead))

    def _new_dead(self, before: int) -> int:
        return max(0, self._store.stats().dead - before)

    def _how(self) -> Answer:
        stats = self._store.stats()
        return self._says(ok=True, events=stats.events, dead=stats.dead)

    def _says(
        self,
        *,
        ok: bool,
        reason: str = "",
        detail: str = "",
        events: int = 0,
        drained: bool = False,
        dead: int = 0,
    ) -> Answer:
        return Answer(
            ok=ok,
            reason=reason,
            detail=detail,
            who=self._who,
            pid=os.getpid(),
            sends_to=self._sends_to,
            events=events,
            drained=drained,
            dead=dead,
            trouble=self._trouble() or "",
        )
