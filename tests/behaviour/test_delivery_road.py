"""The road to the collector: TLS, client certificates, proxies, keep-alive."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import ClassVar, Self

import pytest

from logsource.config.model import CollectorConfig
from logsource.config.tls import TlsConfig
from logsource.emit.http import HttpOutput
from logsource.model import Action
from tests.support.bodies import batch, ids
from tests.support.sink import Sink

TLS = Path(__file__).parent.parent / "support" / "tls"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def server_context(*, client_certificate: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    if client_certificate:
        # TLS 1.3 refuses a missing client certificate only after the handshake; 1.2 does it within.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(TLS / "ca.pem")
    return context


def send(url: str, **options):
    output = HttpOutput(CollectorConfig(url=url, **options))
    try:
        return output.send(batch(1, 2)).outcome
    finally:
        output.close()


def test_a_certificate_of_the_configured_authority_is_trusted():
    with Sink(tls=server_context()) as sink:
        assert send(sink.url, tls=TlsConfig(ca=TLS / "ca.pem")).action is Action.DELIVERED
        assert ids(sink.events()) == [1, 2]
        assert sink.requests[0].headers["host"] == f"127.0.0.1:{sink.port}"


def test_an_unknown_authority_is_refused_and_the_reason_is_named():
    with Sink(tls=server_context()) as sink:
        outcome = send(sink.url)
        assert outcome.action is Action.RETRY
        assert "certificate verify failed" in outcome.detail
        assert sink.count == 0


def test_verification_can_be_switched_off():
    with Sink(tls=server_context()) as sink, pytest.warns(Warning, match="[Uu]nverified"):
        assert send(sink.url, tls=TlsConfig(verify=False)).action is Action.DELIVERED


def test_a_client_certificate_is_shown_when_configured():
    with Sink(tls=server_context(client_certificate=True)) as sink:
        trusting = {"ca": TLS / "ca.pem"}
        assert send(sink.url, tls=TlsConfig(**trusting)).action is Action.RETRY
        own = TlsConfig(**trusting, cert=TLS / "client.pem", key=TLS / "client.key")
        assert send(sink.url, tls=own).action is Action.DELIVERED


def test_a_certificate_file_that_is_not_there_is_named(tmp_path):
    with Sink(tls=server_context()) as sink:
        outcome = send(sink.url, tls=TlsConfig(ca=tmp_path / "missing.pem"))
        assert outcome.action is Action.RETRY_SLOWLY
        assert "missing.pem" in outcome.detail


def test_the_proxy_of_the_environment_is_used(monkeypatch):
    with Sink() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert send("http://collector.invalid:8080").action is Action.DELIVERED
        (request,) = proxy.requests
        assert request.target == "http://collector.invalid:8080/com.snowplowanalytics.snowplow/tp2"
        assert request.headers["host"] == "collector.invalid:8080"
        assert "proxy-authorization" not in request.headers


def test_credentials_of_a_proxy_are_shown_to_it(monkeypatch):
    with Sink() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("127.0.0.1", "user:pass@127.0.0.1"))
        assert send("http://collector.invalid").action is Action.DELIVERED
        (request,) = proxy.requests
        assert request.headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
        assert request.headers["host"] == "collector.invalid"


def test_events_go_one_by_one_through_a_proxy(monkeypatch):
    with Sink() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert send("http://collector.invalid/base", method="get").action is Action.DELIVERED
        assert [request.target.partition("?")[0] for request in proxy.requests] == [
            "http://collector.invalid/base/i"
        ] * 2
        assert proxy.connections == 1


def test_tls_goes_through_a_tunnel_of_the_proxy(monkeypatch):
    with Sink(tls=server_context()) as collector, Tunnel(collector.port) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("127.0.0.1", "user:pass@127.0.0.1"))
        output = HttpOutput(CollectorConfig(url=collector.url, tls=TlsConfig(ca=TLS / "ca.pem")))
        assert [output.send(batch(number)).delivered for number in (1, 2)] == [1, 1]
        output.close()
        (head,) = proxy.heads  # one tunnel for both
        assert head[0].startswith(f"CONNECT 127.0.0.1:{collector.port} HTTP/1.")
        assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in head
        assert [request.headers["host"] for request in collector.requests] == [
            f"127.0.0.1:{collector.port}"
        ] * 2
        assert all("proxy-authorization" not in request.headers for request in collector.requests)


def test_a_proxy_that_refuses_the_tunnel_is_an_error_that_names_its_answer(monkeypatch):
    with Tunnel(1, answer=b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        outcome = send("https://collector.invalid")
        assert outcome.action is Action.RETRY
        assert "407" in outcome.detail


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_half_an_answer_is_none_through_a_proxy_either(monkeypatch, answer):
    with Tunnel(1, answer=answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert send("http://collector.invalid").action is Action.RETRY


class Tunnel:
    """A proxy that connects to one port, or gives one answer and hangs up."""

    def __init__(self, port: int, answer: bytes = b"") -> None:
        self.heads: list[list[str]] = []
        self._port = port
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(60)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                with client:
                    self._one(client)

    def _one(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        self.heads.append(head.decode().split("\r\n"))
        if self._answer:
            client.sendall(self._answer)
            return
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, client))
            back.start()
            _pump(client, server)
            back.join(60)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_no_proxy_is_respected(monkeypatch):
    with Sink() as proxy, Sink() as collector:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert send(collector.url).action is Action.DELIVERED
        assert (proxy.count, collector.count) == (0, 1)


def test_credentials_in_the_url_become_a_header_and_netrc_is_not_read(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login secret password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Sink() as sink:
        send(sink.url)
        send(sink.url.replace("127.0.0.1", "user:pass@127.0.0.1"))
        first, second = sink.requests
        assert "authorization" not in first.headers
        assert second.headers["authorization"] == "Basic dXNlcjpwYXNz"


def test_a_connection_that_the_server_closed_while_idle_is_replaced_without_a_failure():
    with Sink() as sink:
        output = HttpOutput(CollectorConfig(url=sink.url))
        assert output.send(batch(1)).delivered == 1
        sink.hang_up()
        assert output.send(batch(2)).outcome.action is Action.DELIVERED
        assert sink.connections == 2
        output.close()


def test_a_session_of_ones_own_can_be_given():
    import requests

    class Recording(requests.adapters.HTTPAdapter):
        urls: ClassVar[list[str]] = []

        def send(self, request, **kwargs):
            self.urls.append(request.url)
            return super().send(request, **kwargs)

    with Sink() as sink, requests.Session() as session:
        session.mount("http://", Recording())
        output = HttpOutput(CollectorConfig(url=sink.url), session)
        assert output.send(batch(1)).delivered == 1
        assert Recording.urls == [sink.url + "/com.snowplowanalytics.snowplow/tp2"]
