"""What packs make of their samples, odd lines and rejects too, is accepted by everything behind the collector."""

import json

import pytest

from logsource.event.payload import EventFrame
from logsource.model import BODY_PREFIX, BODY_SUFFIX, STM_PLACEHOLDER, Checkpoint, Chunk, Line
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import BUILTIN_NAMES, resolve_parser
from logsource.parse.samples import sample_files
from logsource.render.source import SourceRenderer
from tests.support.collecting import JSON, TP2, new_collector, reasons

NOW_MS = 1_800_000_000_000
STM = b'"stm":"%d"' % NOW_MS
PACKS = PackIndex().all()
ODD_LINES = [
    "",
    "x",
    '{"a": 1}',
    "[]",
    'a=1 b="c d"',
    '"\\',
    "\x00\x07\x1b[31m",
    "�",
    "\u2028😀",
    "y" * 300_000,
]


def chunk(data: bytes = b"", lines: tuple[Line, ...] | None = None) -> Chunk:
    return Chunk(
        source="s",
        path="/var/log/s.log",
        file_id="0123456789abcdef0123456789abcdef",
        epoch=3,
        start=0,
        end=max(len(data), 1_000_000),
        data=data,
        lines=lines,
        read_ms=NOW_MS,
        mtime_ms=NOW_MS,
        checkpoint=Checkpoint(file_id="0", source="s", offset=0, state={}),
    )


def deliver(tmp_path, parser, chunks: list[Chunk]) -> int:
    """Send all events of the chunks to the collector; all of them must be good. How many there were."""
    collector = new_collector(tmp_path)
    renderer = SourceRenderer(frame=EventFrame(source="s", host="h", app_id="shop"), parser=parser)
    total = 0
    for one in chunks:
        rendered = renderer.render(one)
        assert rendered.tally.imbalance == 0
        total += sum(rendered.tally.events.values())
        body = BODY_PREFIX + rendered.events.replace(STM_PLACEHOLDER, STM) + BODY_SUFFIX
        if rendered.events:
            collector.accept_post(TP2, JSON, body, {})
    assert reasons(collector) == []
    assert collector.summary().good == total
    return total


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_samples_of_a_pack(pack, tmp_path):
    samples = sample_files(pack)
    blocks = [chunk(sample.file.read_bytes()) for sample in samples if sample.file.suffix == ".log"]
    records = [chunk(lines=sample.lines) for sample in samples if sample.file.suffix == ".records"]
    lines = sum(1 for sample in samples for line in sample.lines if line.text)
    assert deliver(tmp_path, pack.parser, blocks + records) == lines


@pytest.mark.parametrize("name", BUILTIN_NAMES)
def test_odd_lines_through_built_in_parsers(name, tmp_path):
    flags = frozenset({"truncated", "unterminated"})
    lines = tuple(
        Line(text=text, offset=number, reference_ms=NOW_MS, flags=flags if number % 2 else frozenset())
        for number, text in enumerate(ODD_LINES)
    )
    assert deliver(tmp_path, resolve_parser(name), [chunk(lines=lines)]) == len(ODD_LINES) - 1


def test_a_source_entity_with_every_member_is_valid(tmp_path):
    line = Line(text="x", offset=2**40, flags=frozenset({"truncated", "unterminated"}))
    collector = new_collector(tmp_path)
    renderer = SourceRenderer(frame=EventFrame(source="s", host="h"), parser=resolve_parser("plain"))
    events = renderer.render(chunk(lines=(line,))).events.replace(STM_PLACEHOLDER, STM)
    collector.accept_post(TP2, JSON, BODY_PREFIX + events + BODY_SUFFIX, {})
    (good,) = collector.good()
    (entity,) = json.loads(good.params["co"])["data"]
    assert entity["data"]["flags"] == ["truncated", "unterminated"]
    assert entity["data"]["offset"] == 2**40
