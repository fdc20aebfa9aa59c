"""What logrotate is told, and how programs take it."""

from __future__ import annotations

from dataclasses import dataclass, replace

KEPT = 40
"""Generations: more than any program makes, so that nothing is deleted unless `Mode.keep` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What logrotate is told, and how the program takes it."""

    move: str = "rename"
    """rename, renamecopy, copytruncate, or copy (the log is never cut)."""
    compress: str = ""
    """now, later (delaycompress), or not at all."""
    create: bool = False
    dated: bool = False
    olddir: bool = False
    manner: str = "reopens"
    """With copytruncate: keeps (and stands still meanwhile), no_append (too), or heedless (goes on writing)."""
    keep: int = KEPT
    same: bool = False
    """The program says the same in each generation, as a job does every night."""
    interrupted: bool = False
    """logrotate is killed now and then, in the middle of its work; the next run finds what it left."""
    stamped: bool = False
    """Its lines say when they were written."""
    unseen: bool = False
    """It is killed up to twice, and runs again, though nobody looked at what it left: the agent is down, or killed, too."""


MODES = {
    "rename": Mode(),
    "create": Mode(create=True),
    "compress": Mode(compress="now"),
    "delaycompress": Mode(compress="later", create=True),
    "dateext": Mode(dated=True),
    "dateext_delaycompress": Mode(dated=True, compress="later"),
    "olddir": Mode(olddir=True),
    "olddir_delaycompress": Mode(olddir=True, compress="later"),
    "keep_two": Mode(keep=2),
    "same": Mode(same=True, create=True),
    "same_compress": Mode(same=True, compress="now"),
    "same_delaycompress": Mode(same=True, compress="later", create=True),
    "same_dateext": Mode(same=True, dated=True),
    "same_olddir": Mode(same=True, olddir=True, compress="later"),
    "copytruncate": Mode(move="copytruncate", manner="keeps"),
    "copytruncate_delaycompress": Mode(move="copytruncate", compress="later", manner="keeps"),
    "copytruncate_compress": Mode(move="copytruncate", compress="now", manner="keeps"),
    "copytruncate_olddir": Mode(move="copytruncate", olddir=True, manner="keeps"),
    "copytruncate_no_append": Mode(move="copytruncate", compress="later", manner="no_append"),
    "heedless": Mode(move="copytruncate", manner="heedless"),
    "heedless_dateext_compress": Mode(move="copytruncate", compress="now", dated=True, manner="heedless"),
    "heedless_delaycompress": Mode(move="copytruncate", compress="later", manner="heedless"),
    "renamecopy": Mode(move="renamecopy", create=True),
    "renamecopy_compress": Mode(move="renamecopy", compress="now"),
    "renamecopy_delaycompress": Mode(move="renamecopy", compress="later", create=True),
    "renamecopy_dateext": Mode(move="renamecopy", dated=True),
    "renamecopy_olddir": Mode(move="renamecopy", olddir=True),
    "renamecopy_interrupted": Mode(move="renamecopy", create=True, interrupted=True),
    "renamecopy_interrupted_olddir": Mode(move="renamecopy", compress="later", olddir=True, interrupted=True),
    "renamecopy_interrupted_compress": Mode(move="renamecopy", compress="later", interrupted=True),
    "interrupted": Mode(create=True, interrupted=True),
    "interrupted_compress": Mode(compress="now", create=True, interrupted=True),
    "interrupted_delaycompress": Mode(compress="later", create=True, interrupted=True),
    "interrupted_dateext_compress": Mode(compress="now", dated=True, interrupted=True),
    "copytruncate_interrupted": Mode(move="copytruncate", manner="keeps", interrupted=True),
    "copytruncate_interrupted_compress": Mode(
        move="copytruncate", compress="now", manner="keeps", interrupted=True
    ),
    "copytruncate_interrupted_delaycompress": Mode(
        move="copytruncate", compress="later", manner="keeps", interrupted=True
    ),
    "copytruncate_interrupted_dateext": Mode(
        move="copytruncate", dated=True, manner="keeps", interrupted=True
    ),
    "copy": Mode(move="copy", manner="keeps"),
    "copy_compress": Mode(move="copy", compress="now", manner="keeps"),
    "copy_delaycompress": Mode(move="copy", compress="later", dated=True, manner="keeps"),
    "copy_olddir": Mode(move="copy", olddir=True, manner="keeps"),
}

_PACKED = {"": "", "_compress": "now", "_delaycompress": "later"}
KILLED_TWICE = {
    f"{name}{packed}": replace(mode, compress=compress, interrupted=True, unseen=True)
    for name, mode in {
        "create": Mode(create=True),
        "renamecopy": Mode(move="renamecopy", create=True, stamped=True),
        "copytruncate": Mode(move="copytruncate", manner="keeps", stamped=True),
        "heedless": Mode(move="copytruncate", manner="heedless", stamped=True),
    }.items()
    for packed, compress in _PACKED.items()
}
"""Lines that do not say when they were written may come twice: of a copy that was left nobody knows what it is then."""
