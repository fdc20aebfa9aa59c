from __future__ import annotations

import io
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource import log
from tests.support.clocks import ManualClock


@pytest.fixture
def stream():
    """What an agent would have written to stderr; the package's logger is put back afterwards."""
    logger = logging.getLogger("logsource")
    before = (logger.level, logger.propagate, list(logger.handlers))
    out = io.StringIO()
    log.setup("info", out)
    yield out
    logger.level, logger.propagate, logger.handlers = before[0], before[1], before[2]


def parse(line: str) -> dict[str, str]:
    """Read `key=value` the way a log shipper would."""
    found = {}
    for match in re.finditer(r'([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))(?: |$)', line):
        found[match[1]] = match[2] if match[2] is not None else match[3]
    return found


def test_a_line(stream: io.StringIO):
    logging.getLogger("logsource.emit").warning("event=retry %s", log.kv(code=503, detail="try again"))
    (line,) = stream.getvalue().splitlines()
    assert re.match(r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warning logger=logsource.emit ", line)
    assert parse(line) | {"ts": ""} == {
        "ts": "",
        "level": "warning",
        "logger": "logsource.emit",
        "event": "retry",
        "code": "503",
        "detail": "try again",
    }


def test_arguments_are_quoted_whatever_the_format_says(stream: io.StringIO):
    path = '/var/log/a b" level=error\n.log'
    for message in ("event=found path=%s size=%d lag=%.1f", "event=found path=%r size=%d lag=%.1f"):
        logging.getLogger("logsource.x").info(message, path, 7, 0.25)
    quoted = r'event=found path="/var/log/a b\" level=error\n.log" size=7 lag=0.2'
    assert [line.split(" ", 3)[3] for line in stream.getvalue().splitlines()] == [quoted, quoted]


def test_level(stream: io.StringIO):
    logging.getLogger("logsource.x").debug("event=detail")
    assert stream.getvalue() == ""
    log.setup("debug", stream)
    logging.getLogger("logsource.x").debug("event=detail")
    assert len(stream.getvalue().splitlines()) == 1  # and not twice: handlers do not pile up


def test_free_text_becomes_a_message(stream: io.StringIO):
    logging.getLogger("logsource.x").info("something %s happened", "odd")
    assert stream.getvalue().endswith(' msg="something odd happened"\n')


def test_errors_stay_on_one_line(stream: io.StringIO):
    try:
        int("first\nsecond")
    except ValueError:
        logging.getLogger("logsource.x").exception("event=broken")
    (line,) = stream.getvalue().splitlines()
    found = parse(line)
    assert found["error"] == "ValueError"
    assert "invalid literal" in found["detail"]
    assert r"Traceback (most recent call last):\n" in found["trace"]


def test_other_loggers_are_left_alone(stream: io.StringIO):
    logging.getLogger("someone.else").error("not ours")
    assert stream.getvalue() == ""


@given(st.text())
def test_no_value_can_forge_a_line_or_a_key(text: str):
    line = log.kv(path=text, end=1)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert line.endswith(" end=1")
    bare_or_quoted = r'path=(?:"(?:[^"\\]|\\.)*"|[^\s"=]+) end=1'
    assert re.fullmatch(bare_or_quoted, line)


@given(st.text())
def test_no_argument_can_forge_a_line_or_a_key(text: str):
    record = logging.LogRecord("logsource.x", logging.INFO, "", 0, "event=x path=%r end=1", (text,), None)
    line = log.KeyValueFormatter().format(record)
    assert line.endswith(f" event=x path={log.quote(text)} end=1")
    assert line.isprintable()


@given(st.text())
def test_no_message_can_forge_a_line(text: str):
    formatter = log.KeyValueFormatter()
    for message in (text, "event=" + text):
        record = logging.LogRecord("logsource.x", logging.INFO, "", 0, message, None, None)
        line = formatter.format(record)
        assert len(line.splitlines()) == 1
        assert line.isprintable()


def test_long_values_are_cut():
    assert len(log.kv(line="x" * 1_000_000)) < log.MAX_VALUE + 20


class Repeats:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.clock = ManualClock()
        self.limited = log.Limited(
            logging.getLogger("logsource.test"), every=30.0, clock=self.clock, max_keys=10
        )
        self.caplog = caplog

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.caplog.records]


@pytest.fixture
def repeats(caplog: pytest.LogCaptureFixture) -> Repeats:
    return Repeats(caplog)


def test_first_at_once_then_a_summary(repeats: Repeats):
    assert repeats.limited.warning("retry", "event=retry code=503")
    for _ in range(99):
        assert not repeats.limited.warning("retry", "event=retry code=503")
    repeats.clock.advance(30)
    assert repeats.limited.warning("retry", "event=retry code=504")
    assert repeats.messages == ["event=retry code=503", "event=retry code=504 suppressed=99"]


def test_keys_do_not_silence_each_other(repeats: Repeats):
    assert repeats.limited.warning("a", "event=a")
    assert repeats.limited.error("b", "event=b")
    assert repeats.messages == ["event=a", "event=b"]


def test_end_of_a_burst_is_not_lost(repeats: Repeats):
    for number in range(5):
        repeats.limited.warning("a", f"event=a number={number}")
    repeats.limited.tick()
    assert len(repeats.messages) == 1
    repeats.clock.advance(31)
    repeats.limited.tick()
    repeats.limited.tick()
    assert repeats.messages == ["event=a number=0", "event=a number=4 suppressed=4"]


def test_flush_at_shutdown(repeats: Repeats):
    repeats.limited.warning("a", "event=a")
    repeats.limited.warning("a", "event=a")
    repeats.limited.flush()
    repeats.limited.flush()
    assert repeats.messages == ["event=a", "event=a suppressed=1"]


def test_keys_from_outside_do_not_fill_the_memory(repeats: Repeats):
    for number in range(1000):
        repeats.limited.warning(f"key{number}", "event=x")
    assert len(repeats.limited._windows) <= 10


def test_percent_signs_are_text(repeats: Repeats):
    repeats.limited.warning("a", "event=a path=%s%d")
    assert repeats.messages == ["event=a path=%s%d"]
