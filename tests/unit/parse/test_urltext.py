"""Texts, hosts and parameters out of queries; decoding is compared with the standard library's."""

from urllib.parse import quote, unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.errors import PackError
from logsource.model import Line
from logsource.parse.packs import PackIndex
from logsource.parse.urltext import decoded, host_of, parameter
from tests.support.packs import make_pack
from tests.support.rendering import chunk_of, events_of, renderer

CLICK = '192.0.2.7 - - [14/Nov/2023:22:13:10 +0000] "GET {target} HTTP/1.1" 302 0 "-" "curl/8"'


def pieces(*texts):
    return st.lists(st.sampled_from(texts) | st.text(max_size=3), max_size=12).map("".join)


@given(pieces("%", "%2", "%41", "%zz", "%2F", "%2f", "%E2%98%83", "%FF", "%00", "+", "a", "%25", "25", "é"))
def test_decoded_is_what_the_standard_library_says(text):
    assert decoded(text) == unquote(text)


@given(st.text(max_size=40))
def test_a_parameter_comes_back_however_often_it_was_encoded(value):
    assert parameter("=" + quote(value, safe="")) == value
    assert parameter("=" + quote(value, safe="").replace("%20", "+")) == value
    assert parameter("%3D" + quote(quote(value, safe=""), safe="")) == value
    assert parameter("=" + quote(value)) == unquote_plus(quote(value))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Shop.Example.com/a?b", "shop.example.com"),
        ("https%3A%2F%2Fshop.example.com%3A8443%2Fa", "shop.example.com"),
        ("//cdn.example.com", "cdn.example.com"),
        ("http://user:pass@host.example/x", "host.example"),
        ("http://good.example@evil.example", "evil.example"),
        ("https://evil.example\\@good.example/", "evil.example"),
        ("\\\\evil.example", "evil.example"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]"),
        ("https%3A%2F%2Fb%C3%BCcher.example", "bücher.example"),
        ("https://example.com?x", "example.com"),
        ("https:///", None),
        ("/local/path", None),
        ("mailto:info@example.com", None),
        ("javascript:alert(1)", None),
        ("https://a b.example/", None),
        ("https://%00evil/", None),
        ("https://<script>/", None),
        ("https://host:port/", None),
        ("", None),
    ],
)
def test_host(url, host):
    assert host_of(url) == host


@given(pieces("https:", "//", "%2F", "\\", "@", ":", "[", "]", "a.b", "%40", "%5C", "%00", " ", "#", "?"))
def test_a_host_is_a_name_and_nothing_else(text):
    host = host_of(text)
    assert host is None or not set(host) & set(' /\\@?#%<>"\x00\r\n\t')


@given(
    st.lists(
        st.builds(
            "/r?{}u={}&cid={}&{}".format,
            st.sampled_from(["", "x=1&", "utm_source=a&", "u=no&"]),
            pieces(
                "https%3A%2F%2F", "http://", "/", "%40", "%26utm_source%3D", "%", "%FF", "é", "a.example", "&"
            ),
            pieces("7", "%20", "%", "+"),
            pieces("utm_medium=", "%3D", "utm_term", "=", "&", "%26", "'"),
        ).map(lambda target: CLICK.format(target=target.replace("\n", " ").replace('"', ""))),
        min_size=1,
        max_size=7,
    )
)
def test_blocks_and_rows_decode_the_same(lines):
    found = [one.render(chunk_of(lines)) for one in RENDERERS]
    assert found[0].events == found[1].events
    assert found[0].tally == found[1].tally


RENDERERS = [renderer("click_redirect", columns=columns) for columns in (True, False)]


@pytest.mark.parametrize("columns", [True, False])
def test_what_filters_hide_is_hidden_in_decoded_texts(columns):
    target = "/r?u=https%3A%2F%2Fshop.example.com%2F%3Fmail%3Dann%2540example.com&cid=bob%40example.com&utm_term=x%40example.com"
    made = renderer(
        "click_redirect",
        columns=columns,
        filters=[{"redact": {"patterns": ["email"]}}, {"remove": ["user_agent"]}, {"truncate": {"url": 30}}],
    )
    assert made.has_columns is columns
    [event] = events_of(made.render(chunk_of([CLICK.format(target=target)])))
    assert "bob@example.com" not in event["record"]["link_id"]
    assert "x@example.com" not in event["record"]["utm_term"]
    assert event["record"]["url"] == "https://shop.example.com/?mail"
    assert event["record"]["url_host"] == "shop.example.com"


def test_a_line_that_is_no_redirect_falls_to_the_next_parser_of_a_chain():
    parsers = {
        "web": {
            "chain": {"envelope": "plain", "inner": ["click_redirect", "nginx_access"], "otherwise": "reject",
                      "entity": False}
        }
    }  # fmt: skip
    lines = [
        CLICK.format(target="/r?u=https%3A%2F%2Fwww.example.com"),
        CLICK.format(target="/index.html"),
        "nothing",
    ]
    fast, slow = (renderer("web", columns=columns, parsers=parsers) for columns in (True, False))
    assert fast.has_columns
    found = fast.render(chunk_of(lines))
    assert found.events == slow.render(chunk_of(lines)).events
    assert [event["schema"] for event in events_of(found)] == [
        "click_redirect",
        "nginx_access",
        "unparsed_line",
    ]
    assert all(list(event["entities"]) == ["log_source"] for event in events_of(found))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "patterns: [{name: one, regex: '(?P<n>.*)'}]\nfields: {n: {decode: url_text}}",
            "n is no string in the schema",
        ),
        ("json: {}\nfields: {n: {decode: url_text}}", "only patterns capture encoded texts"),
        (
            "patterns: [{name: one, regex: '(?P<n>.*)'}]\nfields: {n: {decode: url}}",
            "must be one of url_text, url_host, url_parameter",
        ),
    ],
)
def test_decode_is_for_strings_and_for_patterns(tmp_path, body, said):
    field = {"type": ["integer", "null"], "minimum": 0, "maximum": 9, "description": "Number."}
    yaml = f"title: T\ndescription: D\nschema: iglu:com.acme/acme/jsonschema/1-0-0\n{body}\n"
    make_pack(tmp_path, properties={"n": field}, required=(), yaml=yaml.replace("{", "{{").replace("}", "}}"))
    with pytest.raises(PackError) as raised:
        PackIndex([tmp_path]).load("acme").parser.parse(Line(text="1", offset=0))
    assert said in str(raised.value)
