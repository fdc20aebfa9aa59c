"""GET: one event a request."""

from __future__ import annotations

import pytest

from logsource.emit.split import join
from logsource.model import BODY_PREFIX, BODY_SUFFIX, Batch
from tests.support.bodies import batch, event, ids
from tests.support.delivery import Delivering
from tests.support.sink import OK, Answer


def test_every_event_is_one_request_with_all_its_values_intact():
    tricky = b'{"e":"ue","eid":"1","ue_pr":"{\\"a\\":\\"1&2=3 +%/?#\\u00e9\\ud83d\\ude00\\"}","stm":"0000000000000"}'
    with Delivering(method="get") as d:
        d.store.commit(batches=[Batch(body=BODY_PREFIX + tricky + BODY_SUFFIX, events=1), batch(2, 3)])
        d.steps()
        assert [r.method for r in d.sink.requests] == ["GET"] * 3
        assert all(r.target.startswith("/i?") and r.body == b"" for r in d.sink.requests)
        first, *others = d.sink.events()
        assert first == {
            "e": "ue",
            "eid": "1",
            "ue_pr": '{"a":"1&2=3 +%/?#é😀"}',
            "stm": "1700000000000",
        }
        assert ids(others) == [2, 3]
        assert d.hooks.codes == {"200": 3}
        assert d.hooks.sent == 3
        assert d.sink.requests[0].headers["sp-anonymous"] == "*"
        assert "content-type" not in d.sink.requests[0].headers


def test_what_was_delivered_before_a_failure_is_not_sent_again():
    with Delivering(lambda r: Answer(503) if r.number == 3 else OK, method="get") as d:
        d.store.commit(batches=[batch(*range(6)), batch(9)])
        d.steps()
        assert d.store.stats().events == 4
        d.until_drained()
        assert ids(d.sink.events()) == [0, 1, 2, 3, 4, 5, 9]
        assert d.sink.count == 8


def test_many_culprits_in_one_batch_are_buried_one_after_the_other():
    """Each is cut off from the front of what is left: there has to be a number for the rest each time."""
    with Delivering(lambda r: Answer(400) if ids(r.events())[0] % 2 else OK, method="get") as d:
        d.store.commit(batches=[batch(*range(60))])
        d.until_drained()
        assert ids(d.sink.events()) == list(range(0, 60, 2))
        assert d.dead() == [(number, "rejected_400") for number in range(1, 60, 2)]


def test_the_culprit_is_known_at_once():
    with Delivering(lambda r: Answer(400, b"no") if ids(r.events()) == [3] else OK, method="get") as d:
        d.store.commit(batches=[batch(*range(6))])
        d.until_drained()
        assert ids(d.sink.events()) == [0, 1, 2, 4, 5]
        assert d.dead() == [(3, "rejected_400")]
        assert d.sink.count <= 7


@pytest.mark.parametrize("over", [0, 1])
def test_the_limit_is_on_the_whole_request_line(over):
    limit = 1024
    with Delivering(method="get", byte_limit_get=limit) as d:
        line = len("GET /i?e=ue&eid=7&pad=&stm=1700000000000 HTTP/1.1")
        long = event(7, padding=limit - line + over)
        d.store.commit(batches=[join([event(1), long, event(2)])])
        d.until_drained()
        if over:
            assert ids(d.sink.events()) == [1, 2]
            (letter,) = d.store.dead_letters()
            assert (letter.reason, letter.event) == ("too_large", long)
            assert "1025 bytes" in letter.detail
        else:
            assert ids(d.sink.events()) == [1, 7, 2]
            longest = max(d.sink.requests, key=lambda r: len(r.target))
            assert len(longest.head.split(b"\r\n")[0]) == limit


def test_a_base_path_stays_in_front():
    with Delivering(method="get") as d:
        from logsource.emit.http import HttpOutput

        output = HttpOutput(d.config.model_copy(update={"url": d.sink.url + "/collector/"}), clock=d.clock)
        assert output.send(batch(1)).delivered == 1
        assert d.sink.requests[0].target.startswith("/collector/i?")
        output.close()


def test_uri_too_long_from_a_proxy_buries_only_that_event():
    with Delivering(lambda r: Answer(414) if len(r.target) > 500 else OK, method="get") as d:
        d.store.commit(batches=[join([event(1), event(2, padding=600), event(3)])])
        d.until_drained()
        assert ids(d.sink.events()) == [1, 3]
        assert d.dead() == [(2, "too_large")]
