"""The inside of a worker process: take jobs, give rendered steps, until the agent hangs up."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.render.poolwire import (
    HEADER,
    Buffers,
    Frame,
    Kind,
    body_length,
    decode,
    decode_job,
    encode,
    encode_step,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from logsource.model import JSONValue
    from logsource.render.stage import Stage

_PR_SET_PDEATHSIG = 1
EXPENDABLE = 300
"""Added to our oom_score_adj (proc(5)), in thousandths of the memory there is."""
MANY = 64
"""Buffers written at once; far below IOV_MAX."""


def serve(arguments: list[str], build: Callable[[JSONValue], Stage]) -> None:
    """Be a worker. `arguments` are what `WorkerChild` gives; `build` makes the stage from what HELLO describes.

    Returns when the agent has hung up. What rendering raises is not caught: the agent sees the process end and
    finds out which record it was.
    """
    read_fd, write_fd, parent = map(int, arguments)
    belong_to(parent)
    for fd in (read_fd, write_fd):
        os.set_inheritable(fd, False)  # a plugin may start processes of its own
    try:
        hello = _read(read_fd)
        if hello is None:
            return
        stage = build(hello.about)
        _write(write_fd, encode(Kind.READY, None))
        while (frame := _read(read_fd)) is not None:
            _write(write_fd, encode_step(stage.render(decode_job(frame))))
    except BrokenPipeError:
        return  # the agent is gone


def belong_to(parent: int) -> None:
    """Leave starting and stopping to the agent, and do not outlive it even in the middle of a match."""
    _be_expendable()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return  # not Linux: the end of the pipe is noticed after the job
    if os.getppid() != parent:  # it went before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def _be_expendable() -> None:
    """Ask the kernel to end us before the agent when memory is short: we are replaced, it has the outbox open."""
    path = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError, ValueError):  # not Linux, or hidden from us
        path.write_text(str(min(int(path.read_text()) + EXPENDABLE, 1000)))


def _read(fd: int) -> Frame | None:
    """The next frame; None when the agent has hung up, even in the middle of one."""
    header = bytearray(HEADER.size)
    if not _fill(fd, memoryview(header)):
        return None
    body = bytearray(body_length(header))
    return decode(header, memoryview(body)) if _fill(fd, memoryview(body)) else None


def _fill(fd: int, space: memoryview) -> bool:
    while space:
        size = os.readv(fd, [space])
        if not size:
            return False
        space = space[size:]
    return True


def _write(fd: int, buffers: Buffers) -> None:
    views = [memoryview(one) for one in buffers if one]
    while views:
        written = os.writev(fd, views[:MANY])
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if written:
            views[0] = views[0][written:]
