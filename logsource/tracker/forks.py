"""What becomes of trackers in a child process.

After a fork the child has copies of locks that nobody will release, of threads that do not run, of a lock on the outbox
that it does not hold, and of SQLite's memory in the middle of something. So it forgets all of it, at once, and starts
anew when it first tracks: by handing over to its parent, or as the owner when the parent is gone.
"""

from __future__ import annotations

import atexit
import ctypes
import os
from functools import cache
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """Something that must know of a fork, and of the end of the process."""

    def after_fork(self) -> None:
        """Forget what is the parent's; in the child, with one thread. Must not wait for any lock."""
        ...

    def at_exit(self) -> None:
        """The interpreter ends."""
        ...


_ALIVE: WeakSet[Forked] = WeakSet()


def remember(one: Forked) -> None:
    """Tell this one of forks and of the end, for as long as it lives."""
    _register()
    _ALIVE.add(one)


def never_collected(value: object) -> None:
    """Give an object a reference that is never taken back.

    SQLite's connection would be closed when it is collected, and closing it in a child writes into files that the
    parent has open (https://www.sqlite.org/howtocorrupt.html, 2.6).
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


def _in_child() -> None:
    for one in list(_ALIVE):
        one.after_fork()


def _at_exit() -> None:
    for one in list(_ALIVE):
        one.at_exit()


@cache
def _register() -> None:
    """With the first tracker, and not when this is imported."""
    os.register_at_fork(after_in_child=_in_child)
    atexit.register(_at_exit)
