"""Somebody else answers: portals, redirects, servers that speak oddly, certificates of others. What was not taken is kept."""

from __future__ import annotations

import gzip
import socket
import ssl
from pathlib import Path

import pytest

from logsource.config.model import CollectorConfig
from logsource.config.tls import TlsConfig
from logsource.emit.http import HttpOutput
from logsource.model import Action
from tests.support.bodies import batch, ids
from tests.support.delivery import Delivering
from tests.support.sink import OK, Answer, Sink

TLS = Path(__file__).parent.parent / "support" / "tls"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Please log in</title></head></html>"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def send(url: str, **options):
    output = HttpOutput(CollectorConfig(url=url, **options))
    try:
        return output.send(batch(1, 2)).outcome
    finally:
        output.close()


@pytest.mark.parametrize("method", ["post", "get"])
@pytest.mark.parametrize(
    "body", [PAGE, b"\xef\xbb\xbf\r\n <html>", PAGE.upper(), b"<HTML lang=en>" + b" " * 100_000]
)
def test_a_captive_portal_answers_200_and_nothing_is_taken_for_delivered(method, body):
    """The events arrive once the way is free, under the ids they always had."""
    portal = [Answer(200, body, {"Content-Type": "text/html"})] * 3

    def answer(request):
        return portal[request.number] if request.number < len(portal) else OK

    with Delivering(answer, method=method) as delivering:
        delivering.store.commit(batches=[batch(1, 2)])
        delivering.steps()
        assert delivering.hooks.sent == 0
        assert "a web page and not a collector's answer" in (delivering.emitter.blocked or "")
        delivering.until_drained()
        assert delivering.hooks.sent == 2
        assert delivering.dead() == []
        assert ids(delivering.sink.requests[-1].events()) == ([1, 2] if method == "post" else [2])
        assert delivering.emitter.blocked is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(204, b""),
        Answer(200, b'{"ok":true}', {"Content-Type": "application/json"}),
        Answer(200, b"ok", {"Content-Type": "text/html; charset=utf-8"}),
        Answer(200, b"GIF89a\x01\x00\x01\x00", {"Content-Type": "image/gif"}),
        Answer(200, gzip.compress(b"ok", mtime=0), {"Content-Encoding": "gzip"}),
        Answer(200, b"x" * 5_000_000),
        Answer(200, b"ok", {f"X-Header-{number}": "x" * 50 for number in range(200)}),
        Answer(202, b"<accepted/>"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:8]!r} {len(answer.headers)}",
)
def test_collectors_answer_in_many_ways(answer):
    with Sink(lambda request: answer) as sink:
        assert send(sink.url).action is Action.DELIVERED


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_no_redirect_is_followed_and_none_loses_anything(status):
    with Sink() as other, Sink(lambda request: Answer(status, b"", {"Location": other.url})) as sink:
        outcome = send(sink.url)
        assert outcome.action is Action.RETRY_SLOWLY
        assert other.url in outcome.detail
        assert other.count == 0


def speaks_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


if speaks_ipv6():

    def test_an_ipv6_literal():
        with Sink(host="::1") as sink:
            url = f"http://[::1]:{sink.port}"
            assert send(url).action is Action.DELIVERED
            assert sink.requests[0].headers["host"] == f"[::1]:{sink.port}"


def context(certificate: str = "server") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(TLS / f"{certificate}.pem", TLS / f"{certificate}.key")
    return made


def test_a_certificate_that_has_expired():
    with Sink(tls=context("expired")) as sink:
        outcome = send(sink.url, tls=TlsConfig(ca=TLS / "expired.pem"))
        assert outcome.action is Action.RETRY
        assert "certificate has expired" in outcome.detail
        assert sink.count == 0


def test_the_certificate_of_another_host():
    with Sink(tls=context(), host="127.0.0.2") as sink:
        outcome = send(sink.url, tls=TlsConfig(ca=TLS / "ca.pem"))
        assert outcome.action is Action.RETRY
        assert "127.0.0.2" in outcome.detail
        assert sink.count == 0


def test_a_server_that_speaks_only_what_is_no_longer_safe():
    old = context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    with Sink(tls=old) as sink:
        outcome = send(sink.url, tls=TlsConfig(ca=TLS / "ca.pem"))
        assert outcome.action is Action.RETRY
        assert "SSL" in outcome.detail
        assert sink.count == 0


def test_plain_http_where_tls_is_spoken_and_the_other_way_round():
    with Sink(tls=context()) as sink:
        assert send(sink.url.replace("https", "http")).action is Action.RETRY
    with Sink() as sink:
        assert send(sink.url.replace("http", "https"), timeout=0.5).action is Action.RETRY
        assert sink.count == 0
