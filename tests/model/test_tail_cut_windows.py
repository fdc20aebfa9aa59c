"""Records that are longer than they may be are cut at the same places, flagged and counted, whatever was there when one looked.

A file is offered in windows: as it grows, as far as a read goes, and from the committed offset with nothing in memory but what
the file's row holds. All of these give the same records, flags and counts as the whole file at once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.model import MultilineConfig
from logsource.tail.containers import Piece
from logsource.tail.encoding import delimiting
from logsource.tail.framing import TRUNCATED, Window, skip
from logsource.tail.multiline import RecordFramer, joiner_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.tail.framing import Continues

RULES = [
    None,
    {"start": "^A"},
    {"continue": "^ "},
    {"end": ";$"},
    {"start": "^A", "end": ";$"},
    {"join_next": r"\\$"},
    {"count": 3},
    {"json": True},
    {"preset": "indent"},
    {"preset": "java"},
    {"preset": "python"},
    {"preset": "rust"},
]
LINES = [
    "A",
    " x",
    "",
    "b;",
    "c\\",
    "{",
    ' "a": [',
    " 1,",
    "2",
    "]",
    "}",
    '{"d": 1}',
    "INFO e",
    "2026-01-02 ERROR f",
    "java.lang.Error: g",
    "\tat a.B.c(D.java:1)",
    "Caused by: h",
    "Traceback (most recent call last):",
    '  File "i"',
    "ValueError: j",
    "thread 'k' panicked at l:1:1:",
    "m" * 50,
    " " + "n" * 75,
    "o" * 90,
]


def unwrap(raw: bytes) -> Piece:
    """As CRI, in few bytes: the stream, whether it is a part, the text."""
    return Piece(raw[2:], chr(raw[0]), raw[1:2] == b"P") if raw[1:2] in (b"P", b"F") else Piece(raw)


def lines() -> st.SearchStrategy[list[str]]:
    plain = st.sampled_from(LINES)
    return st.lists(plain, max_size=40) | st.lists(
        st.builds("{}{}{}".format, st.sampled_from("oooe"), st.sampled_from("FFP"), plain),
        max_size=40,
    )


Told = tuple[list[tuple[int, str, bool]], Counter[str]]


def told(framer: RecordFramer, raw: bytes, ends: Sequence[int], reach: Callable[[], int]) -> Told:
    """What is made of a file that is read whenever it ends at one of these places, each time as far as `reach` says."""
    records: list[tuple[int, str, bool]] = []
    cuts: Counter[str] = Counter()
    row: Continues | None = None
    done, skipping = 0, False
    for end in [*ends, len(raw)]:
        final = end == len(raw)
        while done < end:
            want = reach()
            while True:
                size = min(done + want, end)
                window = Window(
                    data=raw[done:size], start=0, offset=done, final=final and size == end, continues=row
                )
                framed = skip(window, framer.rule) if skipping else framer.frame(window)
                if framed.used or size == end or want >= framer.limit:
                    break
                want = min(want * 2, framer.limit)
            if not framed.used:
                assert not final
                break
            records += [(one.offset, one.text, one.flags >= TRUNCATED) for one in framed.lines or ()]
            cuts.update(framed.cuts or {})
            done, skipping = done + framed.used, framed.cut
            row = None if framed.continues is None else orjson.loads(orjson.dumps(framed.continues))
    return records, cuts


@settings(deadline=None)
@given(
    lines=lines(),
    rule=st.sampled_from(RULES),
    max_lines=st.integers(1, 5),
    max_size=st.sampled_from([60, 100, 200]),
    data=st.data(),
)
def test_whatever_was_there_when_one_looked(lines, rule, max_lines, max_size, data):
    framer = RecordFramer(
        delimiting("utf-8", "\n"),
        max_line=80,
        max_lines=max_lines,
        max_size=max_size,
        joiner=joiner_of(None if rule is None else MultilineConfig(**rule)),
        unwrap=unwrap,
    )
    raw = "".join(one + "\n" for one in lines).encode()
    if any(unwrap(one).stream for one in raw.split(b"\n")):
        # What is open in one stream holds up the other, for so many bytes at most: that depends on what one reads at once.
        raw = raw[: raw.rfind(b"\n", 0, framer.limit) + 1]
    ends = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12), label="ends"))
    sizes = st.sampled_from([64, 200, framer.limit, 10_000])
    records, cuts = told(framer, raw, ends, lambda: data.draw(sizes, label="window"))
    assert (records, cuts) == told(framer, raw, [], lambda: 10_000)
    assert sum(flagged for _, _, flagged in records) >= bool(cuts), "what is counted is seen"
    assert bool(cuts) == any(flagged for _, _, flagged in records), "what is flagged is counted"
