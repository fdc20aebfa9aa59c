"""What redaction finds, and what it must leave alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.config.filters import DETECTORS, FilterConfig, RedactConfig
from logsource.render.filters.finders import is_card_number
from logsource.render.filters.redact import Redactor
from tests.support.rendering import chunk_of, renderer


def redact(text, *patterns, **options):
    return Redactor(RedactConfig(patterns=list(patterns), **options))(text)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("email", "to=<bob.x+y@mail.example.co.uk>, ok", "to=<***>, ok"),
        ("email", "/reset?mail=a%40b.com&x", "/reset?mail=***&x"),
        ("email", "user@localhost a@b", "user@localhost a@b"),
        ("ipv4", "from 203.0.113.7:443, 10.0.0.255.", "from ***:443, ***."),
        ("ipv4", "1.2.3.4.5 999.1.1.1 v1.2.3", "1.2.3.4.5 999.1.1.1 v1.2.3"),
        ("ipv6", "[2001:db8::42]:80 ::1 fe80::1", "[***]:80 *** ***"),
        ("ipv6", "12:30:45 00:00 a::b::c C::D", "12:30:45 00:00 a::b::c ***"),
        ("card", "pay 4111 1111 1111 1111 now", "pay *** now"),
        ("card", "5500-0055-5555-5559", "***"),
        ("card", "4111 1111 1111 1111 12/26", "*** 12/26"),
        ("card", "pan=4111111111111111 123", "pan=*** 123"),
        ("card", "1 4111111111111111 and 1234 4111-1111-1111-1111 99", "1 *** and 1234 *** 99"),
        ("card", "3714 496353 98431 6011000990139424", "*** ***"),
        ("card", "1762912345678 200 512", "1762912345678 200 512"),
        ("url_secret", "https://bob:hunter2@example.com/?a=b", "https://bob:***@example.com/?a=b"),
        (
            "url_secret",
            "http://example.com:80/@x http://bob@example.com",
            "http://example.com:80/@x http://bob@example.com",
        ),
        (
            "card",
            "4111111111111112 1234567890123 0000000000000000",
            "4111111111111112 1234567890123 0000000000000000",
        ),
        ("iban", "DE89 3704 0044 0532 0130 00", "***"),
        ("iban", "DE88370400440532013000", "DE88370400440532013000"),
        ("jwt", "t=eyJhbGciOiJI.eyJzdWIiOiIx.c2ln end", "t=*** end"),
        ("token", "Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("token", "AKIAIOSFODNN7EXAMPLE ghp_0123456789abcdef", "*** ***"),
        ("token", "bearer of news, commit 0123abcd", "bearer of news, commit 0123abcd"),
        ("url_secret", "/x?token=s3cret&b=1&API_KEY=77", "/x?token=***&b=1&API_KEY=***"),
        ("url_secret", "/x?monkey=1&tokens=2", "/x?monkey=1&tokens=2"),
    ],
)
def test_what_is_hidden(kind, text, expected):
    assert redact(text, kind) == expected


def test_patterns_of_ones_own_hide_their_group_or_all():
    assert redact("user=bob id=7", regex=[r"user=(\w+)", "id=7"], **{"with": "X"}) == "user=X X"


def test_what_takes_too_long_is_hidden_as_a_whole():
    assert redact("a" * 60 + "!", regex=["^(a|aa)+$"]) == "***"


@given(st.integers(10**11, 10**17))
def test_exactly_one_last_digit_makes_a_card_number(digits):
    found = [last for last in range(10) if is_card_number(f"{digits}{last}")]
    assert len(found) == 1 or len(set(str(digits))) == 1


@given(st.text(st.sampled_from("0123456789.:-@%?&=aAeEyJ +/") | st.characters(codec="utf-8"), max_size=300))
def test_redaction_is_quick_and_final(text):
    once = redact(text, *DETECTORS)
    assert isinstance(once, str)
    assert redact("4111111111111111", *DETECTORS) == "***"


def test_an_unparsed_line_and_a_dead_letter_are_redacted_too():
    lines = ["what is this from bob@example.com", ""]
    filters = [{"redact": {"fields": ["target"], "patterns": ["email"]}}]
    rendered = renderer(filters=filters).render(chunk_of(lines))
    assert b"bob@example" not in rendered.events
    assert b"this from ***" in rendered.events
    rendered = renderer(filters=filters, unmatched="dead_letter").render(chunk_of(lines))
    [letter] = rendered.dead
    assert b"bob@example" not in letter.event
    assert "bob@example" not in letter.detail


def test_texts_at_any_depth_are_redacted():
    filters = [FilterConfig.model_validate({"redact": {"patterns": ["ipv4"]}})]
    line = json.dumps({"a": {"b": ["10.0.0.1", 7, {"c": "x 10.0.0.2"}]}})
    rendered = renderer(
        "json_lines", filters=[filters[0].model_dump(exclude_none=True, by_alias=True)]
    ).render(chunk_of([line]))
    assert b"10.0.0" not in rendered.events
    assert rendered.tally.events.total() == 1
