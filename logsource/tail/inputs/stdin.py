"""Standard input as a stream.

What was read from a pipe exists nowhere else: a crash between the read and the commit loses it, at most the
source's `buffer` and one block. Nothing is read while the outbox is full, so the writer waits.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from logsource.tail.inputs.inbox import Message
from logsource.tail.inputs.receiver import ReceiveError, Receiver

if TYPE_CHECKING:
    from logsource.tail.inputs.inbox import Inbox

READ_SIZE = 262_144


class StdinReceiver(Receiver):
    """Reads a descriptor to its end."""

    def __init__(self, descriptor: int | None) -> None:
        """None: standard input is closed. Its number may belong to another file by now, so nobody may ask it."""
        super().__init__("stdin")
        self._descriptor = descriptor
        self._registered = False
        self._failure = ""
        self.inbox: Inbox | None = None

    def _open(self) -> None:
        if self._failure:
            raise ReceiveError(self._failure)
        if self.inbox is None or self.inbox.closed:
            return
        if self._descriptor is None:
            self._fail("standard input is closed")
        self._register(self._descriptor, self._ready)
        self._registered = True

    def _shut(self) -> None:
        if self._registered:
            self._registered = False
            self._unregister(self._descriptor)

    def _ready(self) -> None:
        assert self.inbox is not None
        assert self._descriptor is not None
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except OSError as error:
            self._fail(error.strerror or str(error))
        if data:
            self.inbox.put([Message(data)])
        else:
            self._shut()
            self.inbox.close()

    def _fail(self, why: str) -> NoReturn:
        """Nothing can be expected of it any more: `run --once` ends, and says that it was not complete."""
        assert self.inbox is not None
        self._failure = why
        self.inbox.close()
        raise ReceiveError(why)
