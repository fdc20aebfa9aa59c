"""A block of lines that begin well and never go on must not make a pattern run over all the lines behind.

The looser form of a pattern that blocks are matched with may cross newlines; in a whole block of such lines
that took 49 seconds. The limit is CPU time, far above what linear work takes and far below the other.
"""

import contextlib
import signal

import pytest

from logsource.event.payload import EventFrame
from logsource.parse.resolve import resolve_parser
from logsource.render.source import SourceRenderer
from tests.support.rendering import block_of

BLOCK = 192 * 1024
LIMIT = 8.0
"""Seconds of CPU time."""


@contextlib.contextmanager
def cpu_limit():
    def stop(*_: object) -> None:
        raise AssertionError(f"more than {LIMIT} s of CPU time for one block")

    previous = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


@pytest.mark.parametrize(
    ("parser", "line"),
    [
        ("nginx_access", b"a - - ["),
        ("nginx_access", b"[" * 100),
        ("apache_access", b"a - - [x"),
        ("log4j", b"2026-01-02 03:04:05,678 [main"),
        ("envoy", b'[2026-04-15T20:17:00.310Z] "GET / HTTP/2" 204 - 1 0 2 1 "'),
    ],
)
def test_lines_that_never_go_on(parser, line):
    data = (line + b"\n") * (BLOCK // (len(line) + 1))
    renderer = SourceRenderer(frame=EventFrame(source="s", host="h"), parser=resolve_parser(parser))
    assert renderer.has_columns
    with cpu_limit():
        rendered = renderer.render(block_of(data, now_ms=0))
    assert dict(rendered.tally.events) == {
        "iglu:io.logsource/unparsed_line/jsonschema/1-0-0": data.count(b"\n")
    }
