"""Run a command with the system calls that the unit leaves it: `python sandbox.py RULES COMMAND …`.

RULES is a JSON file: the names of the allowed calls and the address families that may be used. libseccomp applies
them as systemd does (systemd.exec(5), SystemCallFilter= and RestrictAddressFamilies=); memory that is writable and
executable is refused by the kernel's own switch, where it has one (Linux 6.3).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import json
import os
import sys
from pathlib import Path

_PR_SET_MDWE = 65
_REFUSE_EXEC_GAIN = 1
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_EQUAL = 4
_UNKNOWN_CALL = -1


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    ]


def confine(calls, families):
    """Allow these calls, and sockets of these families; all else fails with EPERM, for ever and all children."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    add = seccomp.seccomp_rule_add_array
    add.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Comparison),
    ]
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    context = seccomp.seccomp_init(_ERRNO | errno.EPERM)
    assert context
    for name in calls:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number == _UNKNOWN_CALL:
            continue  # newer than this libseccomp, or of another architecture
        if name == "socket":
            for family in families:
                comparison = _Comparison(0, _EQUAL, family, 0)
                assert add(context, _ALLOW, number, 1, ctypes.byref(comparison)) == 0
        else:
            assert add(context, _ALLOW, number, 0, None) in (0, -errno.EDOM, -errno.EFAULT), name
    assert seccomp.seccomp_load(context) == 0


def main():
    rules = json.loads(Path(sys.argv[1]).read_text())
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
        assert ctypes.get_errno() == errno.EINVAL, "a kernel without it"
    confine(rules["calls"], rules["families"])
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
