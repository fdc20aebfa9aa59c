"""URLs of any text are accepted by the pipeline, and those that were good before stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.event.url import absolute_url, clean_host, clean_referrer, clean_url
from logsource.web.collector.fields import CHECKS

HOST = "www.example.com"
PARTS = st.lists(
    st.sampled_from(
        [
            "/",
            "?",
            "#",
            "%",
            "%zz",
            "%2",
            "%41",
            "|",
            "{}",
            " ",
            "\\x22",
            "\\",
            '"',
            "é",
            "😀",
            "a" * 700,
            "[",
            "]",
            "://",
            "http://",
            ":",
            "@",
            "&b=c",
            "..",
            "\t",
            "\x00",
            "\x7f",
            "�",
            ";",
            "^",
            "`",
            "<>",
        ]
    )
    | st.text(max_size=5),
    max_size=14,
).map("".join)


@given(PARTS)
def test_any_text_becomes_a_url(text):
    cleaned = clean_url(text, host=HOST)
    assert CHECKS["url"](cleaned) is None
    assert clean_url(cleaned, host=HOST) == cleaned or "#" in cleaned


@given(PARTS)
def test_any_text_becomes_a_url_without_a_host_as_well(text):
    assert CHECKS["url"](clean_url(text)) is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("a" * 17 + "://x", "a" * 17 + "%3A//x"),
        ("http://" + "a" * 256 + "/p", "http%3A//" + "a" * 256 + "/p"),
        ("http://a:b:c/p", "http%3A//a:b:c/p"),
        ("//" + "a" * 256 + "/p", "/%2F" + "a" * 256 + "/p"),
        ("//example.com/p", "//example.com/p"),
        ("mailto:a@example.com", "mailto:a@example.com"),
    ],
)
def test_what_only_looks_like_a_scheme_or_a_host_becomes_a_path(text, url):
    assert clean_url(text) == url
    assert CHECKS["url"](url) is None


@given(PARTS, PARTS)
def test_any_target_and_any_host_give_a_good_url_or_none(target, host):
    found = absolute_url("/" + target, host=clean_host(host) or HOST, scheme="http")
    assert found is not None
    assert CHECKS["url"](found) is None
    assert found.startswith("http://")


@given(PARTS)
def test_any_referrer_is_good_or_left_out(text):
    found = clean_referrer(text)
    assert found is None or CHECKS["refr"](found) is None


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/", "https://www.example.com/"),
        ("/a/b?c=d&e=%20f", "https://www.example.com/a/b?c=d&e=%20f"),
        ("//evil.example.org/x", "https://www.example.com//evil.example.org/x"),
        ("http://Other.example.org:8080/x?y", "http://other.example.org:8080/x?y"),
        ("http://me:secret@other.example.org/", "http://other.example.org/"),
        ("http://other.example.org:99999/", "http://other.example.org/"),
        ("/%zz|{}", "https://www.example.com/%25zz%7C%7B%7D"),
        (r"/caf\xC3\xA9", "https://www.example.com/caf%C3%A9"),
        ("/café?q=ü", "https://www.example.com/caf%C3%A9?q=%C3%BC"),
        ("/a?b?c#d#e", "https://www.example.com/a?b?c#d%23e"),
        ("/a[1]", "https://www.example.com/a%5B1%5D"),
        ("*", None),
        ("www.example.org:443", None),
        ("http://[::1", None),
    ],
)
def test_url_of_a_request_target(target, url):
    assert absolute_url(target, host=HOST, scheme="https") == url


def test_long_parts_are_cut_and_no_escape_is_cut_in_two():
    url = absolute_url("/" + "é" * 2000 + "?" + "%41" * 4000, host=HOST, scheme="https")
    path, _, query = url.removeprefix("https://www.example.com").partition("?")
    assert 2998 <= len(path) <= 3000
    assert path.endswith(("%C3", "%A9"))
    assert query == "%41" * 2000


def test_without_a_host_a_target_is_no_url():
    assert absolute_url("/a", host="", scheme="https") is None
    assert clean_url("/a b") == "/a%20b"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Shop.Example.com", "shop.example.com"),
        ("shop.example.com:8443", "shop.example.com:8443"),
        ("shop.example.com:", "shop.example.com"),
        ("[2001:DB8::1]:80", "[2001:db8::1]:80"),
        ("[1:2]", None),
        ("a b", None),
        ("", None),
        ("x" * 256, None),
    ],
)
def test_host(text, host):
    assert clean_host(text) == host
