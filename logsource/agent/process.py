"""Settings of the process that make a difference under load."""

from __future__ import annotations

import ctypes
import logging
import os

log = logging.getLogger("logsource.agent")

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
TRIM = 64 * 1024 * 1024
MMAP = 32 * 1024 * 1024
LEAST = 19
"""Of 1024 parts of a contended core it leaves us 15."""


def tune_malloc() -> None:
    """Keep freed blocks of a few hundred kilobytes in the heap instead of giving them back to the kernel.

    Each step allocates and frees buffers of 128 KiB to 1 MiB; by default glibc maps and unmaps them, and the page
    faults cost about a tenth of the CPU time. Does nothing where there is no mallopt (musl, macOS).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        log.debug("event=no_mallopt")
        return
    mallopt(_M_MMAP_THRESHOLD, MMAP)
    mallopt(_M_TRIM_THRESHOLD, TRIM)


def yield_to_others() -> None:
    """Take CPU and disk only while nobody else wants them; call it before there are threads, they inherit it.

    Linux derives the disk's priority from the CPU's (ioprio_set(2)). It cannot be taken back.
    """
    os.nice(LEAST)
