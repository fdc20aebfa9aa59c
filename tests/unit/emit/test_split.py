"""Cutting bodies: exact bytes, in order, nothing lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.emit.split import events_of, halves, join, parts
from logsource.model import BODY_OVERHEAD, Batch

text = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    [',{"e":"', '"}],"data":[{"e":"', "]}", '"stm":"0000000000000"', "\\", '\\"', '{"e":"ue"}', "\n\r\x00"]
)
events = st.lists(
    st.dictionaries(st.sampled_from(["eid", "ue_pr", "co", "page"]), text).map(
        lambda d: json.dumps(
            {"e": "ue", **d, "stm": "0000000000000"}, separators=(",", ":"), ensure_ascii=False
        ).encode()
    ),
    min_size=1,
    max_size=12,
)


@given(events)
def test_hostile_texts_inside_events_never_look_like_a_boundary(originals):
    batch = join(originals)
    assert json.loads(batch.body)["data"] == [json.loads(one) for one in originals]
    assert events_of(batch) == originals
    assert len(batch.body) == BODY_OVERHEAD + sum(map(len, originals)) + len(originals) - 1
    assert batch.events == len(originals)


@given(events)
def test_halves_put_together_are_the_whole(originals):
    cut = halves(join(originals))
    assert [one for part in cut for one in events_of(part)] == originals
    assert [part.events for part in cut] == [n for n in (len(originals) // 2, (len(originals) + 1) // 2) if n]


def test_empty_groups_make_no_batch():
    assert parts([], []) == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"schema":"x","data":[{"e":"ue"}]}'])
def test_a_body_that_is_not_ours_is_not_cut(body):
    with pytest.raises(ValueError, match="not a payload_data body"):
        events_of(Batch(body=body, events=1))
