"""How much a regular expression grows when it is compiled; said before it is tried.

The `regex` module writes a group that must be there more than once (`(…)+`, `(…){3}`) out as often as that, and one
time more. Groups within groups multiply: twenty nested `(…)+` are a million pieces, ten seconds and gigabytes. The
text of the pattern tells it in one pass, whatever syntax it uses.
"""

from __future__ import annotations

import re

LARGEST = 100_000
"""Pieces; about a tenth of a second. The largest pattern of the grok library has 6,000."""
HINT = "groups that repeat inside of groups that repeat multiply; write one of them as *, or less deep"
_COMMENT = re.compile(r"\(\?#[^)]*\)")
_SKIP = re.compile(r"\\(?:[pP]\{[^}]*\}|[kg]<[^>]*>|.)|\[\^?\]?(?:\[:[^\]]*:\]|\\.|[^\]\\])*\]", re.DOTALL)
"""What is one piece: escapes, sets."""
_OPENING = re.compile(r"\((?:\?(?:P?<[A-Za-z_]\w*>|<?[=!]|[:>|]|[A-Za-z-]*:)?)?")
_COUNT = re.compile(r"(?:[*?]|(\+)|\{([0-9]*)(?:,[0-9]*)?\})[?+]?")


def pieces(pattern: str) -> int:
    """Pieces that a pattern becomes. Takes linear time; a pattern with mistakes gives some number."""
    sizes = [0]
    at, last, single = 0, 0, True
    while at < len(pattern):
        skipped = _SKIP.match(pattern, at)
        count = None if skipped is not None or not last else _COUNT.match(pattern, at)
        if skipped is not None:
            at, last, single = skipped.end(), 1, True
        elif count is not None:
            least = 1 if count[1] else int((count[2] or "0")[:6])
            last = 0 if single else last * least  # beside the one that is counted already
            sizes[-1] += last
            at, last = count.end(), 0
            continue
        elif pattern[at] == "(":
            comment = _COMMENT.match(pattern, at)
            if comment is not None:
                at = comment.end()
                continue
            opening = _OPENING.match(pattern, at)
            at, last = (opening.end() if opening is not None else at + 1), 0
            sizes.append(0)
            continue
        elif pattern[at] == ")" and len(sizes) > 1:
            at, last, single = at + 1, max(sizes.pop(), 1), False
        else:
            at, last, single = at + 1, 1, True
        sizes[-1] += last
    return sum(sizes)


def too_large(pattern: str) -> str:
    """What to say of a pattern that would take too long to compile; empty when it is good."""
    size = pieces(pattern)
    if size <= LARGEST:
        return ""
    shown = f"{size:,}" if size < 10**9 else "over a billion"
    return f"becomes {shown} pieces when it is compiled, and {LARGEST:,} are allowed"
