"""The table of answers, status by status."""

from __future__ import annotations

import pytest

from logsource.emit.outcome import DETAIL_LENGTH, action_for, answered, printable, unanswered
from logsource.model import Action

DELIVERED = {*range(200, 300)}
RETRY = {100, 103, 199, 408, 421, 425, 429, *range(500, 600)}
SPLIT = {413, 414}
BISECT = {400, 410, 422}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_exactly_one_meaning(status):
    if status < 200:
        expected = Action.RETRY
    elif status in DELIVERED:
        expected = Action.DELIVERED
    elif status in RETRY:
        expected = Action.RETRY
    elif status in SPLIT:
        expected = Action.SPLIT
    elif status in BISECT:
        expected = Action.BISECT
    else:
        expected = Action.RETRY_SLOWLY
    assert action_for(status) is expected
    outcome = answered(status, b"text", retry_after=3.0)
    assert (outcome.action, outcome.code) == (expected, str(status))


def test_a_redirect_says_where_to_and_what_to_do():
    outcome = answered(301, b"<html>", location="https://c.example.com/")
    assert "https://c.example.com/" in outcome.detail
    assert "collector.url" in outcome.detail


def test_answers_are_short_printable_lines():
    assert printable(b"a\r\n\tb\x00\x1b[2Jc\xff") == "a b [2Jc�"
    assert len(printable(b"x" * 10_000)) == DETAIL_LENGTH
    assert len(unanswered("error", "y" * 10_000).detail) == DETAIL_LENGTH
