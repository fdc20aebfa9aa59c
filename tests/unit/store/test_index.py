"""Where the parts of a row go: in its place, one behind the other, and there is always room for each event."""

from __future__ import annotations

import pytest

from logsource.store.index import KEY_SHIFT, Entry, OutboxIndex

ROW = 7 << KEY_SHIFT
EVENTS = 500


def cut(index: OutboxIndex, key: int, *sizes: int) -> list[int]:
    """Put parts of these sizes in the place of a row."""
    keys = index.part_keys(key, sizes)
    while index.take() != key:
        pass
    index.remove(key)
    for part, events in zip(keys, sizes, strict=True):
        index.add(part, Entry(events, 1, 0))
    return keys


@pytest.fixture
def index():
    one = OutboxIndex()
    one.add(ROW, Entry(EVENTS, 1, 0))
    one.add(ROW + (1 << KEY_SHIFT), Entry(1, 1, 0))
    return one


def test_a_row_from_whose_front_one_event_after_the_other_is_taken_has_room_for_the_last_one(index):
    """What is sent by GET is cut like that; halving the numbers each time would end after twenty events."""
    key, found = ROW, []
    for left in range(EVENTS - 1, 0, -1):
        single, key = cut(index, key, 1, left)
        found.append(single)
    found.append(key)
    assert found == sorted(set(found))
    assert ROW == found[0] < found[-1] < ROW + (1 << KEY_SHIFT)


def test_parts_are_cut_down_to_single_events_in_order(index):
    todo, found = [(ROW, EVENTS)], []
    while todo:
        key, events = todo.pop()
        if events == 1:
            found.append(key)
            continue
        first = events // 2
        keys = cut(index, key, first, events - first)
        todo += [(keys[1], events - first), (keys[0], first)]
    assert len(found) == EVENTS
    assert found == sorted(set(found))
    assert ROW == found[0] < found[-1] < ROW + (1 << KEY_SHIFT)


def test_one_part_takes_the_number_of_the_whole(index):
    assert index.part_keys(ROW, [EVENTS]) == [ROW]
    assert index.part_keys(ROW, []) == []


def test_where_room_is_short_each_part_has_a_number_of_its_own(index):
    """Rows that an earlier version cut may have fewer numbers behind them than events."""
    index.add(ROW + 4, Entry(1, 1, 0))
    assert index.part_keys(ROW, [1, EVENTS - 1]) == [ROW, ROW + 1]
    assert index.part_keys(ROW, [EVENTS - 1, 1]) == [ROW, ROW + 3]
    assert index.part_keys(ROW, [1, EVENTS - 2, 1]) == [ROW, ROW + 1, ROW + 3]
    assert index.part_keys(ROW, [0, 0, 0, 0]) == [ROW, ROW + 1, ROW + 2, ROW + 3]


def test_parts_that_find_no_room_are_refused(index):
    index.add(ROW + 1, Entry(1, 1, 0))
    with pytest.raises(ValueError, match="2 parts do not fit"):
        index.part_keys(ROW, [1, 1])
