"""One worker process, seen from the agent: started, fed and heard without ever blocking."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from logsource.render.poolreader import FrameReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.render.poolwire import Buffers, Frame

PIPE_BYTES = 1 << 20
"""Room of a pipe, if the kernel allows it: a whole job, and most of a rendered one, fit without a second turn."""
MANY = 64
"""Buffers written at once; far below IOV_MAX."""


class WorkerDied(Exception):
    """The process is gone; the text says how."""


class WorkerChild:
    """A process that answers frames with frames, in order."""

    def __init__(self, command: Sequence[str], hello: Buffers) -> None:
        """Start `command`, to which the numbers of its two pipes and our process id are added, and say hello.

        Raises OSError when there is no memory, process or descriptor left.
        """
        with contextlib.ExitStack() as undo:
            theirs_in, self._write_fd = _pipe(undo)
            self._read_fd, theirs_out = _pipe(undo)
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*command, str(theirs_in), str(theirs_out), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs_in, theirs_out),
                start_new_session=True,  # Ctrl-C is for the agent, which then ends us in order
            )
            undo.pop_all()
        # Only the child may hold these ends: their closing is how each side learns that the other is gone.
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(self._write_fd, False)
        os.set_blocking(self._read_fd, False)
        self._outgoing: deque[memoryview] = deque()
        self._frames = FrameReader(self._read_fd)
        self.send(hello)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def read_fd(self) -> int:
        """To poll for answers."""
        return self._read_fd

    @property
    def write_fd(self) -> int:
        """To poll for room while `sending`."""
        return self._write_fd

    @property
    def sending(self) -> bool:
        """Whether something waits for room in the pipe."""
        return bool(self._outgoing)

    def send(self, buffers: Buffers) -> None:
        """Put a frame in line."""
        self._outgoing.extend(memoryview(one) for one in buffers if one)

    def write(self) -> None:
        """Write what there is room for."""
        while self._outgoing:
            views = [self._outgoing[at] for at in range(min(len(self._outgoing), MANY))]
            try:
                written = os.writev(self._write_fd, views)
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._outgoing.clear()  # reading tells the rest
                return
            while self._outgoing and written >= len(self._outgoing[0]):
                written -= len(self._outgoing.popleft())
            if written:
                self._outgoing[0] = self._outgoing[0][written:]

    def receive(self) -> list[Frame]:
        """Answers that are complete. Raises WorkerDied behind the last one, ValueError for what is no answer."""
        try:
            return self._frames.read()
        except EOFError:
            raise WorkerDied(self._how()) from None

    def kill(self) -> None:
        """End it at once and wait for it; idempotent."""
        self._process.kill()
        self.dismiss(None)

    def hang_up(self) -> None:
        """Tell it that there is nothing more to do; it ends by itself. Idempotent."""
        self._outgoing.clear()
        if self._write_fd >= 0:
            os.close(self._write_fd)
            self._write_fd = -1

    def dismiss(self, timeout: float | None) -> None:
        """Hang up, wait for its end for up to `timeout` seconds, then kill it; idempotent."""
        self.hang_up()
        if self._read_fd >= 0:
            os.close(self._read_fd)
            self._read_fd = -1
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _how(self) -> str:
        self._process.kill()  # it closed its end: whatever it is doing, it is of no use any more
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"status {code}"


def _pipe(undo: contextlib.ExitStack) -> tuple[int, int]:
    """Reading and writing end, closed again if what follows fails."""
    read_fd, write_fd = os.pipe()
    undo.callback(os.close, read_fd)
    undo.callback(os.close, write_fd)
    with contextlib.suppress(OSError, AttributeError):  # over the user's quota, or not Linux
        fcntl.fcntl(write_fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return read_fd, write_fd
