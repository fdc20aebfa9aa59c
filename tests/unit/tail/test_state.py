"""Rows survive the store; rows of other versions are left alone."""

from __future__ import annotations

from dataclasses import replace

import orjson

from logsource.model import Checkpoint
from logsource.tail.birth import UNKNOWN, Birth
from logsource.tail.identity import Fingerprint, Locator, head_length
from logsource.tail.state import FileState

STATE = FileState(
    key="k" * 32,
    file_id="f" * 32,
    epoch=2,
    locator=Locator(7, 8),
    birth=Birth(8, 1_700_000_000_123_456_789, 4_120_083_592),
    base=4,
    head=Fingerprint.of(b"head"),
    guard=Fingerprint.of(b"guard"),
    offset=99,
    line=5,
    size=120,
    path="/l/app.log",
    name="/l/app.log.1",
    compression="gz",
    skipping=True,
    continues={"stdout": [False, ["count", 2], 1]},
    finished=True,
    written_ms=12,
    absent_ms=13,
    doubted=True,
)


def test_a_row_comes_back_as_it_was_through_json():
    row = STATE.checkpoint("app")
    stored = replace(row, state=orjson.loads(orjson.dumps(row.state)))
    assert FileState.restore(stored) == STATE
    assert (row.file_id, row.source, row.offset) == ("k" * 32, "app", 99)


def test_a_row_from_before_inodes_had_a_birth_is_read_without_one():
    row = STATE.checkpoint("app")
    earlier = {key: value for key, value in row.state.items() if key != "born"}
    assert FileState.restore(replace(row, state=earlier)) == replace(STATE, birth=UNKNOWN)


def test_a_row_from_before_cuts_were_kept_has_none():
    row = STATE.checkpoint("app")
    earlier = {key: value for key, value in row.state.items() if key != "continues"}
    assert FileState.restore(replace(row, state=earlier)) == replace(STATE, continues={})


def test_a_row_from_before_doubts_were_kept_has_none():
    row = STATE.checkpoint("app")
    earlier = {key: value for key, value in row.state.items() if key != "doubted"}
    assert FileState.restore(replace(row, state=earlier)) == replace(STATE, doubted=False)


def test_a_row_of_another_version_is_not_touched():
    row = STATE.checkpoint("app")
    assert FileState.restore(replace(row, state={**row.state, "v": 2})) is None
    assert FileState.restore(Checkpoint(file_id="x", source="app", offset=0, state={"note": 1})) is None


def test_a_head_grows_in_steps():
    assert [head_length(n) for n in (0, 1, 63, 64, 100, 128, 1000, 5000)] == [
        0,
        1,
        63,
        64,
        64,
        128,
        512,
        1024,
    ]
