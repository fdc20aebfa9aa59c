"""What is fuzzed: functions of bytes that must neither raise nor hang, whatever the bytes are.

The bytes are texts divided by NUL. Each target says what it takes; missing texts are empty. The same functions run
under atheris (`make fuzz`, guided by coverage) and, for a short time, under hypothesis (tests/model/test_fuzz.py).
"""

from __future__ import annotations

import re
import signal
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import orjson
import regex
from pydantic import ValidationError

from logsource.config.model import ParserConfig
from logsource.errors import PackError
from logsource.event.payload import EventFrame
from logsource.model import Line, Record, Reject
from logsource.parse.alternatives import Alternatives
from logsource.parse.custom import build_custom
from logsource.parse.engines.make import ENGINES, make_engine
from logsource.parse.explain import reach
from logsource.parse.explainengine import reach_engine
from logsource.parse.grok.compile import compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import GrokParser, raw_match
from logsource.parse.learn.lines import draft_lines
from logsource.parse.learn.records import draft_records
from logsource.parse.packs import PackIndex
from logsource.parse.samples import sample_files
from logsource.parse.timestamps import compile_timestamp
from logsource.parse.timestamps.errors import BadTimestampError
from logsource.parse.verify import patterns_of
from logsource.render.source import SourceRenderer
from tests.support.rendering import block_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logsource.model import Parser

HANG = 5.0
"""Seconds of CPU time one input may take; what is not bounded by a timeout of its own takes milliseconds."""
REFERENCE_MS = 1_782_864_000_000
LIBRARY = GrokLibrary.builtin(ecs=False)


class Hang(BaseException):
    """An input took too long; no code of ours catches this."""


def _hung(*_: object) -> None:
    raise Hang(f"more than {HANG:g} s of CPU time")


@contextmanager
def bounded(seconds: float = HANG) -> Iterator[None]:
    """Raise Hang in the middle of what takes too long. Only for the main thread."""
    previous = signal.signal(signal.SIGVTALRM, _hung)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def texts(data: bytes, count: int) -> list[str]:
    """So many texts; the last one has all the rest."""
    parts = data.decode("utf-8", "replace").split("\0", count - 1)
    return parts + [""] * (count - len(parts))


def grok(data: bytes) -> None:
    """PATTERN, text: compiles or is a PackError; both engines match the same; explaining works."""
    pattern, text = texts(data, 2)
    try:
        compiled = compile_grok(pattern, library=LIBRARY)
    except PackError:
        return
    groups = re.compile(compiled.regex).groups
    assert all(1 <= capture.group <= groups for capture in compiled.captures)
    try:
        fields = raw_match(compiled, text, timeout=0.5)
    except TimeoutError:
        return
    assert fields is None or isinstance(fields, dict)
    assert (fields is None) == isinstance(GrokParser([compiled], timeout=2.0).fields(text), Reject)


def parser_config(data: bytes) -> None:
    """ENGINE, options as JSON, text: a parser of the configuration is built, or refused by an error of ours."""
    engine, options, text = texts(data, 3)
    if engine not in {"grok", "regex", "dissect", "json", "logfmt", "csv", "syslog"}:
        return
    try:
        value = orjson.loads(options)
    except ValueError:
        value = options
    config = {engine: value}
    if isinstance(value, dict) and "timestamp" in value:
        config = {engine: value.pop(engine, options), **value}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser = build_custom("fuzzed", ParserConfig.model_validate(config), schema_dirs=())
    except (PackError, ValidationError):
        return
    _is_outcome(parser.parse(Line(text=text, offset=0, reference_ms=REFERENCE_MS)))
    _same_bytes(parser, text)
    if engine == "regex" and isinstance(value, str):
        Alternatives(value, grok=None).reached(text)
    if engine == "grok" and isinstance(value, str):
        Alternatives(value, grok=LIBRARY).reached(text)
    patterns = patterns_of(parser)
    for spec in patterns.patterns if patterns is not None else ():
        found = reach(spec, text)
        assert 0 <= found.characters <= len(text)


def _same_bytes(parser: Parser, text: str) -> None:
    """Rendered as a block or line by line, the events are the same."""
    chunk = block_of((text.replace("\0", "\n") + "\n").encode(), now_ms=REFERENCE_MS)
    if getattr(parser, "remembers", False):
        return
    frame = EventFrame(source="s", host="h")
    fast = SourceRenderer(frame=frame, parser=parser)
    slow = SourceRenderer(frame=frame, parser=parser, columns=False)
    assert fast.render(chunk) == slow.render(chunk)


@cache
def _engines() -> list[object]:
    made = [
        make_engine("csv", {"columns": ["a", "b", "c"]}),
        make_engine("csv", {"header": True, "delimiter": ";"}),
    ]
    made += [make_engine("csv", {"w3c": True, "delimiter": " ", "quote": ""})]
    made += [
        make_engine("dissect", {"patterns": ["%{a->} %{b}=%{+b/2};%{*k}:%{&k}", "%{a} %{[b][c]} %{?x}"]})
    ]
    made += [make_engine("json", {"flatten": True}), make_engine("json", {"prefix": "@cee:"})]
    made += [
        make_engine("logfmt", {}),
        make_engine("logfmt", {"separator": ";", "assign": ":", "bare": False}),
    ]
    made += [make_engine("syslog", {}), make_engine("syslog", {"variant": "rfc5424", "require_pri": True})]
    assert {type(one) for one in made} == {ENGINES[name] for name in ENGINES}
    return made


def engines(data: bytes) -> None:
    """Text: every engine gives fields with names, or a Reject."""
    (text,) = texts(data, 1)
    for engine in _engines():
        result = engine.fields(text)
        assert isinstance(result, Reject) or all(isinstance(name, str) for name in result)
        if isinstance(result, dict):
            orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS)
        found = reach_engine(engine, text)
        assert found, "every engine can be explained"
        assert all(0 <= one.characters <= len(text) for one in found)
        assert any(one.matched for one in found) == isinstance(result, dict) or result.reason == "header"


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "+05:30")


def timestamps(data: bytes) -> None:
    """ZONE by its first letter, format, text: an instant, or a BadTimestampError with a reason."""
    zone, form, text = texts(data, 3)
    try:
        reader = compile_timestamp([form], timezone=ZONES[len(zone) % len(ZONES)])
    except PackError:
        return
    for reference in (0, REFERENCE_MS, -(2**62)):
        try:
            first = reader.read(text, reference)
        except BadTimestampError as error:
            assert re.fullmatch(r"[a-z_]+", error.reason)  # noqa: PT017 - an instant is as good an outcome
            continue
        assert isinstance(first, int)
        assert reader.read(text, reference) == first  # what is remembered changes nothing


def learning(data: bytes) -> None:
    """Lines: a draft whose patterns match what it says, or a PackError."""
    lines = [line for line in texts(data, 1)[0].replace("\0", "\n").splitlines() if line.strip()][:12]
    if not lines or sum(map(len, lines)) > 4000:
        return
    lines *= 2
    try:
        draft = draft_records(lines) or draft_lines(lines)
    except PackError:
        return
    for pattern in draft.patterns:
        compiled = regex.compile(compile_grok(pattern.grok, library=LIBRARY).regex)
        assert sum(compiled.fullmatch(line, timeout=2.0) is not None for line in lines) >= pattern.lines > 0


@cache
def _packs() -> list[object]:
    return [pack.parser for pack in PackIndex().all()]


def packs(data: bytes) -> None:
    """Text: every pack gives an outcome, in time (their patterns run without a timeout)."""
    (text,) = texts(data, 1)
    line = Line(text=text.replace("\0", ""), offset=0, reference_ms=REFERENCE_MS)
    for parser in _packs():
        _is_outcome(parser.parse(line))


def _is_outcome(result: object) -> None:
    if isinstance(result, Record):
        orjson.dumps(result.data)
        assert result.timestamp_ms is None or isinstance(result.timestamp_ms, int)
    else:
        assert result is None or re.fullmatch(r"[a-z_]+", result.reason)


def seeds(target: str) -> list[bytes]:
    """Inputs to start from: ordinary ones, from which the odd ones are made."""
    if target == "grok":
        return [f"{one.text}\0{name}".encode() for name, one in list(LIBRARY.patterns.items())[::3]]
    if target == "timestamps":
        forms = [
            "iso8601",
            "epoch_ms",
            "syslog",
            "tai64n",
            "%d/%b/%Y:%H:%M:%S %z",
            "%Y-%m-%d %H:%M:%S.%f",
            "%s",
        ]
        forms += [
            "dd/MMM/yyyy HH:mm:ss,SSS Z",
            "yyyy-MM-dd'T'HH:mm:ssXXX",
            "EEE MMM d HH:mm:ss zzz yyyy",
            "%b %e %I:%M %p",
        ]
        stamps = [
            "2026-01-02T03:04:05.678Z",
            "1767323045678",
            "Jan  2 03:04:05",
            "02/Jan/2026:03:04:05 +0100",
        ]
        return [f"a\0{form}\0{stamp}".encode() for form in forms for stamp in stamps]
    if target == "parser_config":
        return [
            b'grok\0"%{WORD:a} %{INT:b:int}"\0x 1',
            rb'regex\0"(?P<a>\\w+) (?P<b__c>.*)"' + b"\0x y",
            b'dissect\0"%{a->} %{+a/2} %{?b}"\0a b c',
            b'json\0{"flatten":true}\0{"a":{"b":1}}',
            b'logfmt\0{"separator":";"}\0a=1;b=2',
            b'syslog\0{"variant":"rfc3164"}\0<13>Oct 11 22:14:15 host prog[1]: text',
            b'csv\0{"columns":["a","b"],"delimiter":"|"}\0a|b',
            b'regex\0{"regex":"(?P<t>.*)","timestamp":{"field":"t","format":"%Y"},"types":{"t":"integer"}}\x002026',
        ]
    return [line for line in _sample_lines() if len(line) < 600]


@cache
def _sample_lines() -> list[bytes]:
    return [
        line.text.encode("utf-8", "replace")
        for pack in PackIndex().all()
        for sample in sample_files(pack)[:1]
        for line in sample.lines[:3]
    ]


WORDS: Sequence[str] = (
    "%{", "}", ":int}", ":float}", "(?<", "(?:", "(?=", "(?<!", "(?>", "(?i)", "(?m:", "[[:alpha:]]", "[^", "&&[", "\\h", "\\p{",
    "\\k<", "{1,", "*+", "??", "|", "%{WORD:", "%{DATA:", "%{GREEDYDATA}", "%{IP:", "%{NUMBER:", "->", "%{+", "%{?", "%{*", "%{&",
    "%Y", "%b", "%z", "%Z", "%f", "yyyy", "MMM", "SSS", "XXX", "zzz", "'T'", "@cee:", "#Fields:", '="', '\\"', "<13>1 ", "- - - [",
    "2026-01-02", "T03:04:05", ".678", "+01:00", "Jan  2", "1767323045", "GET / HTTP/1.1", "10.0.0.1", "::1", "\ufeff", "\ufffd", "\u2028",
)  # fmt: skip
"""Words that mean something to one of the targets; for the mutations."""

TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (grok, parser_config, engines, timestamps, learning, packs)
}
