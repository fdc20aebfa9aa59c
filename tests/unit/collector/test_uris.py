"""Taking URIs apart."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.web.collector.uri import Uri, parse

GOOD = [
    ("https://example.com", Uri("https", "example.com", 443, None, None, None)),
    ("http://example.com:8080/a/b?c=d#e", Uri("http", "example.com", 8080, "/a/b", "c=d", "e")),
    ("http://user:pw@example.com/", Uri("http", "example.com", 80, "/", None, None)),
    ("http://[::1]:80/x", Uri("http", "[::1]", 80, "/x", None, None)),
    ("/just/a/path?q", Uri(None, None, None, "/just/a/path", "q", None)),
    ("mailto:a@b.c", Uri("mailto", None, None, "a@b.c", None, None)),
    ("", Uri(None, None, None, None, None, None)),
    ("http://a.com/a b", Uri("http", "a.com", 80, "/a%20b", None, None)),
    ("http://a.com/?a[]=1", None),
    ("http://a.com/\\", None),
    ("http://a.com/`", None),
    ('http://a.com/"', None),
    ("http://a.com/^", None),
    ("http://a.com/\x00", None),
    ("http://a.com/\n", None),
    ("http://a.com/%", None),
    ("http://a.com/%2", None),
    ("http://a.com:99999/", None),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_parse(text, expected):
    parsed = parse(text)
    if expected is None:
        assert isinstance(parsed, str)
    else:
        assert parsed == expected


@given(st.text(max_size=200))
def test_percent_encoded_text_always_parses(text):
    url = (
        "http://example.com/"
        + quote(text, safe="/", errors="replace")
        + "?q="
        + quote(text, errors="replace")
    )
    parsed = parse(url)
    assert isinstance(parsed, Uri)
    assert parsed.path == urlsplit(url).path


@given(st.text("http:/?#[]@!$&'()*+,;=%aZ09-._~| {}\\\x00é", max_size=60))
def test_hostile_text_gives_a_verdict(text):
    parsed = parse(text)
    assert isinstance(parsed, (Uri, str))
    if isinstance(parsed, Uri):
        assert text.isascii()
        assert not set("|{}\\\x00") & set(text)
