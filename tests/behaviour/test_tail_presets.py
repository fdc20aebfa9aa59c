"""Stack traces of each language are one record, with messages of several lines, however the file was read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.model import MULTILINE_PRESETS
from logsource.tail.framers import framers_of
from logsource.tail.framing import Window
from logsource.tail.presets import PRESETS
from logsource.tail.traces import HELD
from tests.behaviour.samples_of_traces import TRACES
from tests.support.tailing import source, write

if TYPE_CHECKING:
    from logsource.tail.framing import Framer

FLUSH = 1.0
WRITTEN = {path.stem: path for path in sorted((Path(__file__).parent / "traces").glob("*.txt"))}


def written(name: str) -> list[str]:
    """Records of a log that a program wrote; see `traces/README.md`."""
    text = WRITTEN[name].read_text(encoding="utf-8")
    return text.removeprefix("%%\n").removesuffix("\n").split("\n%%\n")


def framer(preset: str, **multiline: object) -> Framer:
    config = source(Path("/srv/app.log"), multiline={"preset": preset, **multiline})
    return framers_of(config)(b"")[0]


def framed(one: Framer, data: bytes, cuts: list[int]) -> list[str]:
    """Records of a file that grows to each of these sizes, is looked at there, and ends. Nothing else is kept."""
    texts: list[str] = []
    done = 0
    for size in [*cuts, len(data)]:
        last = size == len(data)
        while True:
            found = one.frame(
                Window(data=data[:size], start=done, offset=done, idle=last and size == len(data))
            )
            if not found.used:
                break
            assert [line.offset for line in found.lines or ()] == sorted(
                line.offset for line in found.lines or ()
            )
            texts += [line.text for line in found.lines or ()]
            done += found.used
    assert done == len(data)
    return texts


def test_every_preset_has_a_sample():
    assert TRACES.keys() == PRESETS.keys() == set(MULTILINE_PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_language_presets(log, follow, preset):
    records = ["2026-01-01 INFO before"]
    for trace in TRACES[preset]:
        records += [trace, "2026-01-01 INFO between: nothing (here)"]
    write(log, records)
    assert follow(source={"multiline": {"preset": preset}}).step(3).texts() == records


@pytest.mark.parametrize("name", WRITTEN)
def test_what_crashing_programs_wrote(log, follow, name):
    records = written(name)
    write(log, records)
    tailing = follow(source={"multiline": {"preset": name.partition("_")[0]}}).step(3)
    assert tailing.texts() == records
    assert [one.id[2] for one in tailing.got] == [
        len("".join(record + "\n" for record in records[:n]).encode()) for n in range(len(records))
    ]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_same_records_whatever_was_there_when_the_file_was_read(name):
    """The file is read at each of its line ends, with an agent that was killed after each time."""
    records = written(name)
    data = ("\n".join(records) + "\n").encode()
    ends = [at + 1 for at, byte in enumerate(data[:-1]) if byte == ord("\n")]
    assert framed(framer(name.partition("_")[0]), data, ends) == records


@pytest.mark.parametrize("name", WRITTEN)
def test_a_restart_within_a_message_splits_no_record(log, follow, name):
    records = written(name)[:6]
    tailing = follow(source={"multiline": {"preset": name.partition("_")[0], "flush_after": 60.0}})
    for line in "\n".join(records).split("\n"):
        write(log, [line])
        tailing.step(seconds=0.1).crash()
    tailing.step(2, seconds=61)
    assert tailing.texts() == records


POOL = [
    "2026-01-02 03:04:05 INFO fine",
    "2026-01-02 03:04:05 ERROR failed",
    "",
    "  ",
    "text of somebody",
    "Refused: no order",
    "java.lang.IllegalStateException: broken",
    "\tat com.acme.Shop.buy(Shop.java:12)",
    "Caused by: java.io.IOException: disk",
    "Traceback (most recent call last):",
    '  File "a.py", line 1, in f',
    "ValueError: bad",
    "During handling of the above exception, another exception occurred:",
    "panic: boom",
    "goroutine 1 [running]:",
    "main.main()",
    "/srv/shop/a.js:10",
    "    at run (/srv/shop/a.js:10:5)",
    "}",
    "a.rb:3:in `f': bad (RuntimeError)",
    "\tfrom a.rb:1:in `<main>'",
    "Stack trace:",
    "#0 {main}",
    "thread 'main' panicked at a.rs:2:5:",
    "note: run with `RUST_BACKTRACE=1`",
    "Unhandled exception:",
]


@settings(max_examples=120, deadline=None)
@given(
    preset=st.sampled_from(sorted(PRESETS)),
    lines=st.lists(st.sampled_from(POOL), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 1000), max_size=6),
    limits=st.sampled_from([{}, {"max_lines": 3}, {"max_size": 1024}]),
)
def test_lines_in_any_order_are_neither_lost_nor_read_otherwise_in_parts(preset, lines, cuts, limits):
    data = "".join(line + "\n" for line in lines).encode()
    at_once = framed(framer(preset, **limits), data, [])
    assert "\n".join(at_once).split("\n") == lines
    assert framed(framer(preset, **limits), data, sorted(cut for cut in cuts if cut < len(data))) == at_once
    assert sum(record.startswith("2026") for record in at_once) >= sum(
        line.startswith("2026") and not before.endswith((":10", ":5:", "tion:"))
        for before, line in zip(["", *lines], lines, strict=False)
    ), "what begins a record does so anywhere, but below a headline"


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "indent"])
def test_what_programs_log_in_single_lines_is_not_joined(preset):
    """The samples of all packs, one after the other: which preset is set for a log of no traces makes no difference."""
    joined, seen = [], 0
    for path in sorted((Path(__file__).parents[2] / "parsers").glob("*/samples/*.log")):
        data = path.read_bytes().removesuffix(b"\n") + b"\n"
        for record in framed(framer(preset), data, []):
            _, *more = record.split("\n")
            joined += [text for text in more if text.strip() and text[0] not in " \t"]
            seen += 1
    assert seen > 3000
    assert len(joined) < seen / 1000, joined


def test_a_line_of_another_thread_ends_a_record(log, follow):
    records = [
        "2026-01-02 ERROR failed\njava.io.IOException: no\n\tat a.B.c(B.java:1)",
        "2026-01-02 INFO another",
        "2026-01-02 ERROR failed\njava.io.IOException: first line",
        "2026-01-02 INFO one more",
        "second line\n\tat a.B.c(B.java:1)",
        "2026-01-02 INFO end",
    ]
    write(log, records)
    assert follow(source={"multiline": {"preset": "java"}}).step(3).texts() == records


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "indent"])
def test_lines_without_a_beginning_are_records_of_their_own_where_no_trace_follows(log, follow, preset):
    records = ["2026-01-02 WARN a", "one", "two", "three", "2026-01-02 INFO b", "four", "2026-01-02 INFO c"]
    write(log, records)
    assert follow(source={"multiline": {"preset": preset}}).step(3).texts() == records


def test_a_message_is_waited_for_no_longer_than_its_frames_may_be_away(log, follow):
    """Of so many lines it is not a message any more; nothing is lost, and nothing waits for ever."""
    head = ["2026-01-02 ERROR failed", "java.io.IOException: first"]
    lines = [f"line {number}" for number in range(HELD)]
    write(log, [*head, *lines, "\tat a.B.c(B.java:1)", "2026-01-02 INFO end"])
    tailing = follow(source={"multiline": {"preset": "java"}}).step(3)
    assert tailing.texts()[0] == "\n".join([*head, *lines, "\tat a.B.c(B.java:1)"])
    write(log, [*head, *lines, "one more", "\tat a.B.c(B.java:1)", "2026-01-02 INFO end"])
    tailing.step(3)
    assert tailing.texts()[2:] == [
        "\n".join(head),
        *lines,
        "one more\n\tat a.B.c(B.java:1)",
        "2026-01-02 INFO end",
    ]


@pytest.mark.parametrize(
    ("preset", "lines", "records"),
    [
        ("python", ["Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: a", "b"], 1),
        ("java", ['Exception in thread "main" java.lang.Error: a', "b"], 2),
    ],
)
def test_the_end_of_a_message_where_the_file_ends(log, follow, preset, lines, records):
    """Python writes the message last, so what follows it is a part of it; in Java its frames are missing."""
    write(log, lines)
    tailing = follow(source={"multiline": {"preset": preset, "flush_after": FLUSH}})
    tailing.step(seconds=0.5)
    assert tailing.texts() == []
    tailing.step(2)
    assert "\n".join(tailing.texts()).split("\n") == lines
    assert len(tailing.texts()) == records


@pytest.mark.parametrize(
    ("before", "joined"),
    [("2026-01-02 INFO done", False), ("2026-01-02 ERROR failed", True), ("Exception in thread T:", True)],
)
def test_a_crash_is_no_part_of_the_ordinary_line_before_it(log, follow, before, joined):
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: bad'
    records = [f"{before}\n{trace}"] if joined else [before, trace]
    write(log, [*records, "2026-01-02 INFO next"])
    assert follow(source={"multiline": {"preset": "python"}}).step(3).texts()[:-1] == records


def test_limits_hold_for_lines_that_wait(log, follow):
    lines = ["2026-01-02 ERROR a", "java.io.IOException: b", *["x" * 200] * 8, "\tat a.B.c(B.java:1)"]
    write(log, lines)
    tailing = follow(source={"multiline": {"preset": "java", "max_size": 1024}}).step(3)
    assert "\n".join(tailing.texts()).split("\n") == lines
    assert max(len(text) for text in tailing.texts()) <= 1024
    assert tailing.texts()[0] == "2026-01-02 ERROR a\njava.io.IOException: b"
