"""Seeing what is sent: every batch with the collector's answer, for whoever may read the state directory.

The tap is a Unix socket in the state directory, which belongs to the agent's user alone: what an event says
of a log must not be readable by more people than the log. It is no part of `web.listen`.

A viewer gets one line of JSON for each answer (see `frame`). Nothing waits for a viewer: whoever reads more
slowly than the agent sends is told how much was left out. Without viewers, an answer costs one test.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from logsource.model import STM_PLACEHOLDER, Action
from logsource.store.sockets import connect_in, listen_in

if TYPE_CHECKING:
    from logsource.clock import Clock
    from logsource.model import Batch, Outcome

log = logging.getLogger("logsource.agent")

SOCKET = "tap.sock"
"""Name of the socket in the state directory."""
QUEUED_BYTES = 8 * 1024 * 1024
"""Bodies that wait for one viewer, at most; what comes while it is full is left out for that viewer."""
MOST_VIEWERS = 4
ALIVE_SECONDS = 1.0
"""How soon a viewer that went away without a word is noticed while nothing is sent."""
_ANSWERS = {
    Action.DELIVERED: "delivered",
    Action.RETRY: "kept",
    Action.RETRY_SLOWLY: "kept",
    Action.SPLIT: "too_large",
    Action.BISECT: "rejected",
}


def frame(batch: Batch, outcome: Outcome, seconds: float, at_ms: int) -> bytes:
    r"""One answer as a line of JSON, with the newline.

    `at_ms` when the answer came (ms since 1970) · `seconds` it took · `answer` delivered, kept (it will be sent
    again), too_large or rejected (it is taken apart) · `code` and `detail` of the last request · `events`,
    `bytes` of the batch · `payload` the body as it was sent, but without `stm`, which is set as it leaves.
    """
    head = {
        "at_ms": at_ms,
        "seconds": round(seconds, 6),
        "answer": _ANSWERS.get(outcome.action, outcome.action.value),
        "code": outcome.code,
        "detail": outcome.detail,
        "events": batch.events,
        "bytes": len(batch.body),
    }
    # Every event ends with the placeholder, so there is a comma before it.
    body = batch.body.replace(b"," + STM_PLACEHOLDER, b"")
    return orjson.dumps(head)[:-1] + b',"payload":' + body + b"}\n"


class Tap:
    """The agent's side: told of every answer by the emitter's threads, it serves whoever looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._viewers: tuple[_Viewer, ...] = ()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener: socket.socket | None = None
        self._path = Path()

    def on_outcome(self, batch: Batch, outcome: Outcome, seconds: float) -> None:
        """Show an answer to those who look. Never blocks, never raises."""
        for viewer in self._viewers:
            viewer.offer(batch, outcome, seconds, self._clock.now_ms())

    def open(self, state_dir: Path) -> None:
        """Listen in the state directory, which this process has locked. An agent that cannot works without."""
        path = state_dir / SOCKET
        try:
            listener = listen_in(state_dir, SOCKET, backlog=MOST_VIEWERS)
        except OSError as error:
            log.warning("event=no_tap path=%s detail=%s", path, error)
            return
        self._listener, self._path = listener, path
        threading.Thread(target=self._accept, args=(listener,), name="tap", daemon=True).start()

    def close(self) -> None:
        """Send everybody home; idempotent."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._closed.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self._lock:
            viewers, self._viewers = self._viewers, ()
        for viewer in viewers:
            viewer.hang_up()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:  # closed, or out of descriptors, which passes
                self._closed.wait(ALIVE_SECONDS)
                continue
            viewer = _Viewer(connection)
            with self._lock:
                welcome = len(self._viewers) < MOST_VIEWERS and not self._closed.is_set()
                if welcome:
                    self._viewers = (*self._viewers, viewer)
            if not welcome:
                viewer.refuse(f"{MOST_VIEWERS} others are looking already")
            else:
                threading.Thread(target=self._serve, args=(viewer,), name="tap-viewer", daemon=True).start()

    def _serve(self, viewer: _Viewer) -> None:
        try:
            viewer.serve()
        finally:
            with self._lock:
                self._viewers = tuple(one for one in self._viewers if one is not viewer)


class _Viewer:
    """One connection, and what waits for it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting: deque[tuple[Batch, Outcome, float, int]] = deque()
        self._bytes = 0
        self._missed = [0, 0]
        self._over = False
        self._changed = threading.Condition()

    def offer(self, batch: Batch, outcome: Outcome, seconds: float, at_ms: int) -> None:
        with self._changed:
            if self._bytes + len(batch.body) > QUEUED_BYTES and self._waiting:
                self._missed[0] += 1
                self._missed[1] += batch.events
                return
            self._waiting.append((batch, outcome, seconds, at_ms))
            self._bytes += len(batch.body)
            self._changed.notify()

    def refuse(self, why: str) -> None:
        with contextlib.suppress(OSError):
            self._connection.sendall(orjson.dumps({"refused": why}) + b"\n")
        self._connection.close()

    def hang_up(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Write until the viewer, or the agent, goes."""
        with self._connection, contextlib.suppress(OSError):
            while not self._gone():
                with self._changed:
                    if not self._waiting and not self._over:
                        self._changed.wait(ALIVE_SECONDS)
                    if self._over:
                        return
                    answer = self._waiting.popleft() if self._waiting else None
                    missed, self._missed = self._missed, [0, 0]
                    if answer is not None:
                        self._bytes -= len(answer[0].body)
                if missed[0]:
                    self._connection.sendall(
                        orjson.dumps({"missed_batches": missed[0], "missed_events": missed[1]}) + b"\n"
                    )
                if answer is not None:
                    self._connection.sendall(frame(*answer))

    def _gone(self) -> bool:
        """Whether the viewer closed its end; it never writes."""
        try:
            return not self._connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False


def connect(state_dir: Path) -> socket.socket | None:
    """A viewer's end; None when no agent runs there. Raises PermissionError when the state belongs to another user."""
    return connect_in(state_dir, SOCKET)
