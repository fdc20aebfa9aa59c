"""The newest events within bounds, and the honest count of ids."""

from __future__ import annotations

import uuid

import pytest

from tests.support.collecting import EID, JSON, TP2, event, new_collector, payload, post


def ids(number):
    return [str(uuid.UUID(int=index)) for index in range(number)]


def test_only_the_newest_are_kept_but_all_are_counted(tmp_path):
    collector = new_collector(tmp_path, keep=10)
    for eid in ids(25):
        post(collector, event(eid=eid))
        post(collector, event(eid=eid, vid="x"))
    assert collector.summary()[:3] == (25, 25, 25)
    assert [kept.event_id for kept in collector.good()] == ids(25)[:-11:-1]
    assert len(collector.bad()) == 10


def test_keep_0_keeps_no_event_and_counts_all(tmp_path):
    collector = new_collector(tmp_path, keep=0)
    post(collector, event(), event(p="x"))
    assert (collector.good(), collector.bad(), collector.summary()[:2]) == ([], [], (1, 1))


def test_large_bad_requests_do_not_fill_the_memory(tmp_path):
    collector = new_collector(tmp_path, keep=10_000)
    body = b"x" * 1_000_000
    for _ in range(400):
        collector.accept_post(TP2, JSON, body, {})
    assert collector.summary().bad == 400
    kept = collector.bad()
    assert 0 < len(kept) < 400
    assert kept[0].body.endswith("… (cut, the body had 1000000 bytes)")
    assert sum(len(one.body) for one in kept) < 64 * 1024 * 1024


def test_a_resend_is_a_duplicate_and_another_payload_under_the_same_id_is_a_conflict(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(stm="1"))
    post(collector, event(stm="2"))
    assert collector.summary()._asdict() | {"requests": 0} == {
        "good": 2, "bad": 0, "unique": 1, "duplicates": 1, "conflicts": 0, "forgotten": 0, "requests": 0,
    }  # fmt: skip
    post(collector, event(stm="2", uid="somebody"))
    assert collector.summary()[2:5] == (1, 2, 1)


def test_the_order_of_keys_does_not_matter_to_de_duplication(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event())
    post(collector, dict(reversed(event().items())))
    assert collector.summary()[2:5] == (1, 1, 0)


def test_bad_events_do_not_take_part_in_the_count_of_ids(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(vid="x"), event(vid="x"))
    assert collector.summary()[2:5] == (0, 0, 0)


def test_events_without_an_id_are_each_one(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(eid=None), event(eid=None))
    assert collector.summary()[2:4] == (2, 0)
    assert len({kept.event_id for kept in collector.good()}) == 2


@pytest.mark.parametrize("limit", [1, 5])
def test_beyond_its_limit_it_forgets_the_oldest_ids_and_says_so(tmp_path, limit):
    collector = new_collector(tmp_path, max_ids=limit)
    for eid in ids(8):
        post(collector, event(eid=eid))
    assert (collector.summary().unique, collector.summary().forgotten) == (8, 8 - limit)
    post(collector, event(eid=ids(8)[-1]))
    assert collector.summary().duplicates == 1
    post(collector, event(eid=ids(8)[0]))
    assert (collector.summary().unique, collector.summary().duplicates) == (9, 1)


def test_reset_forgets_everything_but_goes_on_numbering(tmp_path):
    collector = new_collector(tmp_path)
    post(collector, event(), event(p="x"))
    collector.reset()
    assert tuple(collector.summary()) == (0,) * 7
    assert (collector.good(), collector.bad()) == ([], [])
    post(collector, event())
    assert collector.summary()[2:4] == (1, 0)
    assert [kept.seq for kept in collector.good()] == [3]
    assert collector.find(3).event_id == EID
    assert collector.find(1) is None


def test_threads_may_post_at_once(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    collector = new_collector(tmp_path)
    bodies = [payload(*(event(eid=eid) for eid in ids(100)[at : at + 10])) for at in range(0, 100, 10)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: collector.accept_post(TP2, JSON, body, {}), bodies * 8))
    assert {answer.status for answer in answers} == {200}
    assert collector.summary()[:5] == (800, 0, 100, 700, 0)


def test_large_headers_count_as_memory_too(tmp_path):
    collector = new_collector(tmp_path, keep=10_000)
    large = {"user-agent": "x" * 200_000}
    for _ in range(1000):
        collector.accept_get("e=pv", dict(large))
        collector.accept_get("e=no_such_kind", dict(large))
    for kept in (collector.good(), collector.bad()):
        assert 0 < sum(len(event.request.headers["user-agent"]) for event in kept) <= 64 * 1024 * 1024
