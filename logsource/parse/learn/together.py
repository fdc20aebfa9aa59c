"""Lines that belong together: what follows a line that begins with the time, or is nothing but the time, and has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logsource.parse.learn.timeforms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOCK = r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9](?:[.,][0-9]{1,9})?(?![0-9])"
"""The time of day, where a program thinks that the date is known."""
_AROUND = r"[^\w\s]{0,4}\s{0,2}"
"""Of a time that stands alone: `=== 2026-01-02 03:04:05 ===`."""
_LEAST = 5
"""Records."""
_LEAST_SHARE = 0.1
"""Of the lines that are nothing but a time; else they are an oddity of a log with a record on each line."""
_ALONE = 0.05
"""Most of such lines with nothing behind them; else they are records themselves."""
_BEGINNING = 0.2
"""Of the lines that begin with the time; else the others are more than what belongs to these."""
_MORE = 0.02
"""Of the lines that belong to the one before; fewer are odd lines."""
_CONTINUED = re.compile(r"\s+\S|Caused by: |Traceback |Suppressed: |\.\.\. ")
_CONTINUING = 0.5
"""Of the lines without a time that look as if they went on; else they are records of another form."""


def together(lines: Sequence[str]) -> tuple[list[str], str] | None:
    """The records, and the regular expression that begins one (`multiline.start`); None for a record on each line.

    Lines before the first beginning are left out: what they belong to is not there.
    """
    for time in (*(form.regex for form in FORMS), _CLOCK):
        start = rf"^{_AROUND}{time}\s{{0,2}}[^\w\s]{{0,4}}$"
        begins = re.compile(start).match
        heads = [index for index, line in enumerate(lines) if begins(line)]
        if len(heads) >= max(_LEAST, _LEAST_SHARE * len(lines)):
            alone = sum(end - head == 1 for head, end in _records(heads, len(lines)))
            return (_joined(lines, heads), start) if alone <= _ALONE * len(heads) else None
        start = rf"^\[?{time}"
        begins = re.compile(start).match
        heads = [index for index, line in enumerate(lines) if begins(line)]
        if len(heads) >= max(_LEAST, _BEGINNING * len(lines)):
            return (_joined(lines, heads), start) if _go_on(lines, heads) else None
    return None


def _go_on(lines: Sequence[str], heads: Sequence[int]) -> bool:
    """Whether the lines that do not begin a record look like the rest of one."""
    rest = sorted(set(range(heads[0], len(lines))) - set(heads))
    if len(rest) < max(2, _MORE * len(lines)):
        return False
    return sum(_CONTINUED.match(lines[index]) is not None for index in rest) >= _CONTINUING * len(rest)


def _records(heads: Sequence[int], total: int) -> list[tuple[int, int]]:
    """Where each record begins and ends."""
    return list(zip(heads, [*heads[1:], total], strict=True))


def _joined(lines: Sequence[str], heads: Sequence[int]) -> list[str]:
    return ["\n".join(lines[head:end]) for head, end in _records(heads, len(lines))]
