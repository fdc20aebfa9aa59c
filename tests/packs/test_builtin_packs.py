"""Every pack that ships, held against its own samples: nothing here knows a single format."""

import orjson
import pytest

from logsource.cli.packs import own_checks
from logsource.event.payload import EventFrame
from logsource.model import Record, Reject
from logsource.parse.detect import candidates, rank
from logsource.parse.packs import PackIndex
from logsource.parse.readme import README, readme
from logsource.parse.samples import sample_files
from logsource.parse.verify import patterns_of, verify
from logsource.render.source import SourceRenderer
from tests.support.rendering import block_of

INDEX = PackIndex()
PACKS = INDEX.all()


@pytest.fixture(params=PACKS, ids=lambda pack: pack.name)
def pack(request):
    return request.param


def test_the_packs_of_the_first_release_are_there():
    assert {"nginx_access", "apache_access", "syslog_rfc3164"} <= set(INDEX.names())


def test_pack_is_good(pack):
    assert verify(pack, own_checks([pack])) == []


def test_readme_is_fresh(pack):
    assert (pack.folder / README).read_text(encoding="utf-8") == readme(pack)


def test_samples_hold_odd_lines(pack):
    lines = [line for sample in sample_files(pack) for line in sample.lines]
    results = [pack.parser.parse(line) for line in lines]
    assert any(isinstance(result, Reject) for result in results), "a line that is no record"
    assert any("�" in line.text for line in lines), "invalid UTF-8"
    assert any(len(line.text) > 4000 for line in lines), "a very long line"
    assert any(line.text == "" for line in lines), "an empty line"


def test_own_samples_are_claimed_by_their_pack_first(pack):
    lines = [line for sample in sample_files(pack) for line in sample.lines]
    own = [line for line in lines if isinstance(pack.parser.parse(line), Record)]
    ranking = rank(own, candidates(PACKS))
    assert ranking[0].name == pack.name
    assert ranking[-1].name == "plain"


def test_a_block_gives_the_same_events_as_its_lines(pack):
    data = b"".join(
        file.read_bytes().rstrip(b"\n") + b"\n" for file in sorted((pack.folder / "samples").glob("*.log"))
    )
    frame = EventFrame(source="s", host="h")
    fast = SourceRenderer(frame=frame, parser=pack.parser)
    slow = SourceRenderer(frame=frame, parser=pack.parser, columns=False)
    # Many times over, so that each pattern also gets enough lines to be used on a block.
    for part in (data, data * 3, b"".join(line * 30 for line in data.splitlines(keepends=True))):
        assert fast.render(block_of(part)) == slow.render(block_of(part))


def test_first_pattern_of_a_pack_has_a_block_form(pack):
    if patterns_of(pack.parser) is None:
        assert pack.spec.engine is not None
    elif not list((pack.folder / "samples").glob("*.log")):
        assert "multiline" in pack.spec.description, "records of several lines are never a block"
    else:
        assert SourceRenderer(frame=EventFrame(source="s", host="h"), parser=pack.parser).has_columns


def test_golden_files_are_in_the_form_of_try_json(pack):
    for sample in sample_files(pack):
        for line in sample.golden.read_bytes().splitlines():
            value = orjson.loads(line)
            assert set(value) == (
                {"ok", "schema", "data", "timestamp"} if value["ok"] else {"ok", "reason", "detail"}
            )


def test_no_golden_file_without_samples(pack):
    known = {sample.golden for sample in sample_files(pack)}
    assert set((pack.folder / "samples").glob("*.jsonl")) == known
