"""The receiving half of an input: one thread that fills inboxes, and stops reading while one is full."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import threading
import time
from typing import TYPE_CHECKING, Any

from logsource.errors import LogsourceError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("logsource.tail")

IDLE_LOOK = 1.0
"""Seconds between looks when nothing comes: what is not open is tried again, what was lost is counted."""
SWEEP_FOR = 2.0
"""Seconds for which what the kernel holds is still taken at the end, at most."""
JOIN_FOR = 10.0
RETRY_FIRST = 0.5
RETRY_MAX = 30.0


class ReceiveError(LogsourceError):
    """An input cannot be opened now; it is tried again."""


class Receiver:
    """Runs a selector on a thread of its own.

    A subclass says what to open (`_open`), what to let go of (`_shut`), and registers descriptors with a
    function to call when they are ready. What goes wrong is told by `trouble`, shown in the status, and tried
    again after a wait that doubles from `RETRY_FIRST` to `RETRY_MAX` seconds.
    """

    def __init__(self, name: str) -> None:
        self.trouble = ""
        """Why nothing is received; empty while all is well."""
        self.full: Callable[[], bool] = lambda: False
        """Whether to stop reading for now."""
        self.on_trouble: Callable[[str], None] = lambda _: None
        """Told of a new trouble, and of its end (empty); on the receiving thread."""
        # Not epoll: it refuses regular files, and standard input may be one.
        self._selector = selectors.PollSelector()
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        self._selector.register(self._read_end, selectors.EVENT_READ, self._forget_nudges)
        self._stopping = threading.Event()
        self._sweeping = False
        self._thread = threading.Thread(target=self._run, name=f"receive-{name}", daemon=True)
        self._started = self._closed = False
        self._opened = False
        self._retry_at = 0.0
        self._wait = RETRY_FIRST

    # What the pipeline's thread calls

    def start(self) -> None:
        """Begin; once."""
        if not self._started:
            self._started = True
            self._thread.start()

    def nudge(self) -> None:
        """Make the thread look again: there is room, or it has to stop."""
        if self._closed:
            return
        with contextlib.suppress(BlockingIOError):  # it has not even read the nudges before
            os.write(self._write_end, b".")

    def close(self, *, sweep: bool = False) -> None:
        """Stop and let go; idempotent. With `sweep`, what the kernel holds for us is taken first."""
        if self._closed:
            return
        self._sweeping = sweep
        self._stopping.set()
        if self._started:
            self.nudge()
            self._thread.join(JOIN_FOR)
        self._closed = True
        self._selector.close()
        os.close(self._read_end)
        os.close(self._write_end)

    # What a subclass says

    def _open(self) -> None:
        """Open what is not open. Raises ReceiveError or OSError."""
        raise NotImplementedError

    def _shut(self) -> None:
        """Let go of everything that was opened; idempotent."""
        raise NotImplementedError

    def _look(self) -> None:
        """Called about once a second."""

    # The thread

    def _register(self, descriptor: Any, ready: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, ready)

    def _wait_for(self, descriptor: Any, events: int) -> None:
        self._selector.modify(descriptor, events, self._selector.get_key(descriptor).data)

    def _unregister(self, descriptor: Any) -> None:
        self._selector.unregister(descriptor)

    def _reopen(self, why: str) -> None:
        """Let go and open again after a wait."""
        self._shut()
        self._opened = False
        self._retry_at = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, RETRY_MAX)
        self._say(why)

    def _received(self) -> None:
        """Something came, so that the next failure is a new one."""
        self._wait = RETRY_FIRST

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self.on_trouble(trouble)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except (OSError, ReceiveError) as error:
                    self._reopen(_words(error))
                except Exception as error:  # a bug of ours must not stop the input for good
                    log.exception("event=receiver_failed thread=%s", self._thread.name)
                    self._reopen(f"internal error: {error}")
            if self._sweeping and self._opened:
                self._sweep()
        except Exception:
            log.exception("event=receiver_failed thread=%s", self._thread.name)
        finally:
            self._shut()

    def _turn(self) -> None:
        now = time.monotonic()
        if self.full():
            self._look()
            self._wait_for_nudge(IDLE_LOOK)
            return
        if not self._opened:
            if now < self._retry_at:
                self._wait_for_nudge(self._retry_at - now)
                return
            self._open()
            self._opened = True
            self._say("")
        self._look()
        for key, _ in self._selector.select(IDLE_LOOK):
            if self._is_current(key):
                key.data()

    def _is_current(self, key: selectors.SelectorKey) -> bool:
        """Whether a descriptor is still ours: what was ready before it may have closed it, or put another in its place."""
        try:
            return self._selector.get_key(key.fileobj) is key
        except (KeyError, ValueError):
            return False

    def _wait_for_nudge(self, seconds: float) -> None:
        with selectors.PollSelector() as only:
            only.register(self._read_end, selectors.EVENT_READ)
            if only.select(seconds):
                self._forget_nudges()

    def _forget_nudges(self) -> None:
        try:
            while os.read(self._read_end, 4096):
                pass
        except BlockingIOError:
            pass

    def _sweep(self) -> None:
        """Take what is there, and wait for nothing."""
        until = time.monotonic() + SWEEP_FOR
        self._forget_nudges()
        while time.monotonic() < until and self._opened:
            ready = [key for key, _ in self._selector.select(0) if key.fd != self._read_end]
            if not ready or self.full():
                return
            for key in filter(self._is_current, ready):
                key.data()


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": {error.filename}" if error.filename else "")
    return str(error)
