"""A time limit on code that is not ours: an exception raised inside of it by another thread.

CPython delivers such an exception between two bytecodes of the thread it is meant for (PyThreadState_SetAsyncExc),
so Python code can be ended wherever it loops. What waits in the kernel (`time.sleep`, a socket, a child) is woken by a
signal whose handler does nothing: it is such a bytecode. Python runs handlers in the main thread only, which is where a
worker process parses. A call into C that does not come back cannot be ended by any thread: against that, plugins run in a
worker process (`agent.workers`), which can be killed.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
import weakref
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVar("A")
R = TypeVar("R")


NUDGE = signal.SIGVTALRM
"""Used by nobody in our processes; a plugin that has a handler of its own for it is not woken."""


class PluginTimeoutError(BaseException):
    """Raised in the middle of a plugin. No `Exception`, so that an `except Exception` in its loop does not end it."""


class Watch:
    """Bounds the time of calls; for one thread at a time. Keeps one sleeping thread."""

    def __init__(self, seconds: float) -> None:
        """`seconds` of wall-clock time for each call."""
        self._desk = _Desk(seconds)
        weakref.finalize(self, self._desk.close)

    def run(self, function: Callable[[A], R], argument: A) -> R:
        """Call a function; raises PluginTimeoutError when it takes too long, and never lets that arrive later."""
        desk = self._desk
        try:
            try:
                desk.enter()
                return function(argument)
            finally:
                desk.leave()
        except PluginTimeoutError:
            desk.leave()  # it may have arrived at the very first bytecode of the other one
            raise


class _Desk:
    """What both threads look at. The watching one knows only this, so that it ends with its Watch."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._inside = 0
        """Ident of the thread that is in a call; 0: none."""
        self._known = 0
        self._nudges = False
        """A signal wakes that thread."""
        self._due = 0.0
        self._fired = False
        self._entries = 0

    def enter(self) -> None:
        """The call begins."""
        with self._lock:
            self._inside = threading.get_ident()
            if self._inside != self._known:
                self._known, self._nudges = self._inside, _can_be_nudged()
            self._due = time.monotonic() + self._seconds
            self._fired = False
            self._entries += 1
            if not self._wake.is_set():
                self._wake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="plugin-watch", daemon=True)
                self._thread.start()

    def leave(self) -> None:
        """The call ended; an exception that was raised and has not arrived arrives here, and goes no further.

        To take it back (PyThreadState_SetAsyncExc with NULL) would leave CPython's notice of it standing: from then on each
        bytecode that looks for such notices finds one, and up to 3.11 a thread that is profiled or traced hangs at it.
        """
        while True:
            try:
                with self._lock:
                    self._inside = 0
                    fired, self._fired = self._fired, False
                if fired:
                    _be_bytecodes()
            except PluginTimeoutError:
                continue  # it arrived; the lock was released, and nothing can be fired a second time
            return

    def close(self) -> None:
        """Let the watching thread end."""
        self._closed = True
        self._wake.set()

    def _watch(self) -> None:
        seen = -1
        while not self._closed:
            self._wake.wait()
            time.sleep(self._seconds / 4)
            with self._lock:
                now = time.monotonic()
                if self._inside and now >= self._due:
                    self._fired = True
                    self._due = now + self._seconds  # should it swallow everything, it is told again
                    _raise_in(self._inside, PluginTimeoutError)
                    if self._nudges and signal.getsignal(NUDGE) is _nudged:
                        signal.pthread_kill(self._inside, NUDGE)
                elif not self._inside and seen == self._entries:
                    self._wake.clear()  # nothing happens: sleep without a limit
                seen = self._entries


def _can_be_nudged() -> bool:
    """Whether the calling thread runs handlers of signals, and ours is in place."""
    if threading.current_thread() is not threading.main_thread():
        return False
    if signal.getsignal(NUDGE) is signal.SIG_DFL:
        signal.signal(NUDGE, _nudged)
    return True


def _nudged(_signum: int, _frame: object) -> None:
    """Be a bytecode."""


def _be_bytecodes() -> None:
    """A jump backward is where CPython looks for exceptions of other threads."""
    for _ in range(2):
        pass


def _raise_in(thread: int, exception: type[BaseException]) -> None:
    """Raise an exception in a thread at its next bytecode that looks for one."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))
