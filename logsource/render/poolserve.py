"""The inside of a worker process: take jobs, give rendered steps, until the agent hangs up."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
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
MOST_MEMORY = 512 * 1024**2
"""Bytes of its own that a worker may hold between two jobs (a healthy one has about 50 MiB): what grows beyond
that is a leak, of a plugin for example, and a fresh process has none."""
LIMIT_MEMORY = 2 * 1024**3
"""Bytes of its own beyond which a worker gets no more (MemoryError, contained as any other mistake)."""
MANY = 64
"""Buffers written at once; far below IOV_MAX."""


def serve(
    arguments: list[str], build: Callable[[JSONValue], Stage], *, most_memory: int = MOST_MEMORY
) -> None:
    """Be a worker. `arguments` are what `WorkerChild` gives; `build` makes the stage from what HELLO describes.

    Returns when the agent has hung up, or between two jobs when it holds more than `most_memory` bytes. What rendering raises is not caught: the agent sees the process end and
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
            if (size := data_bytes()) > most_memory:
                _write(write_fd, encode(Kind.LEAVING, {"bytes": size}))
                return
    except BrokenPipeError:
        return  # the agent is gone


def belong_to(parent: int) -> None:
    """Leave starting and stopping to the agent, and do not outlive it even in the middle of a match."""
    _be_expendable()
    with contextlib.suppress(OSError, ValueError):  # a lower limit was set from outside
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
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


def data_bytes() -> int:
    """Memory of our own that is in RAM (statm of proc(5): resident minus shared); 0 where nobody tells."""
    try:
        _, resident, shared, *_ = Path("/proc/self/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * resource.getpagesize()


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
