"""One registry over HTTP: every answer it can give, in time or not. A real server on loopback each time."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.event import registry as module
from logsource.event.iglu import parse_uri
from logsource.event.registry import HttpRegistry, RegistryFailed
from tests.support.clocks import ManualClock
from tests.support.collecting import THING, acme_repository, write_schema
from tests.support.schemaregistry import SchemaRegistry
from tests.support.sink import Answer

URI = parse_uri(THING)
NEVER = parse_uri("iglu:com.acme/never/jsonschema/1-0-0")
KEY = "1f0bb1c8-5ae9-4bd2-9b6c-a1d1c7ed1d1e"
TLS = Path(__file__).parents[2] / "support" / "tls"


@pytest.fixture
def server(tmp_path):
    with SchemaRegistry(acme_repository(tmp_path)) as one:
        yield one


@pytest.fixture
def client(server):
    one = HttpRegistry(name="Acme", uri=server.url, clock=ManualClock(), timeout=3)
    yield one
    one.close()


def failure(client: HttpRegistry, uri=URI) -> str:
    with pytest.raises(RegistryFailed) as caught:
        client.fetch(uri)
    return str(caught.value)


def test_a_schema_comes_from_below_the_base_address(server, client):
    assert client.fetch(URI)["self"]["name"] == "thing"
    [request] = server.sink.requests
    assert (request.method, request.target) == ("GET", "/api/schemas/com.acme/thing/jsonschema/1-0-0")
    assert request.headers["user-agent"].startswith("logsource/")
    assert "apikey" not in request.headers


def test_a_web_server_with_a_static_repository_is_a_registry_too(tmp_path):
    with SchemaRegistry(acme_repository(tmp_path), base="") as server:
        client = HttpRegistry(name="static", uri=server.url + "/")
        assert client.fetch(URI)["self"]["name"] == "thing"
        client.close()


def test_not_found_is_an_answer(server, client):
    assert client.fetch(NEVER) is None
    server.trouble = Answer(410)
    assert client.fetch(URI) is None


def test_the_apikey_opens_and_is_in_no_message(tmp_path):
    with SchemaRegistry(acme_repository(tmp_path), apikey=KEY) as server:
        stranger = HttpRegistry(name="Acme", uri=server.url)
        assert failure(stranger) == f"{server.url} answered 401 Unauthorized (is the apikey right?)"
        impostor = HttpRegistry(name="Acme", uri=server.url, apikey=KEY + "0")
        said = failure(impostor)
        assert "401" in said
        assert KEY not in said
        friend = HttpRegistry(name="Acme", uri=server.url, apikey=KEY)
        assert friend.fetch(URI)["self"]["name"] == "thing"
        for client in (stranger, impostor, friend):
            client.close()


def test_a_password_in_the_address_is_sent_and_not_shown(server):
    client = HttpRegistry(name="Acme", uri=server.url.replace("//", "//me:secret@"))
    assert client.fetch(URI) is not None
    assert server.sink.requests[0].headers["authorization"].startswith("Basic ")
    server.trouble = Answer(403)
    said = failure(client)
    assert "403 Forbidden (a wrong apikey, or a bucket" in said
    assert "secret" not in said
    client.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(500, b"<h1>Oops</h1>"), "answered 500 Internal Server Error"),
        (Answer(503), "answered 503 Service Unavailable"),
        (Answer(429), "answered 429 Too Many Requests"),
        (Answer(599), "answered 599"),
        (Answer(400), "answered 400 Bad Request"),
        (Answer(204), "answered 204 No Content"),
        (Answer(200, b"<!doctype html>"), "/thing/jsonschema/1-0-0:1:1: not JSON: "),
        (Answer(200, b""), "not JSON"),
        (Answer(200, b"[]"), "a schema must be a JSON object"),
        (Answer(200, b"{}"), "not the schema that was asked for: it has no self"),
        (Answer(200, b'{"self": 1}'), "it has no self"),
        (Answer(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}), "answered in gzip"),
        (Answer(301, b"", {"Location": "https://me:secret@elsewhere.example/x"}), "********@elsewhere.example/x (redirects"),
        (Answer(302), "a redirect to nowhere"),
        (Answer(reset=True), "onnection"),
    ],
)  # fmt: skip
def test_answers_that_are_no_schema_are_failures_with_a_reason(server, client, answer, expected):
    server.trouble = answer
    said = failure(client)
    assert expected in said
    assert server.url in said
    assert "secret" not in said
    assert "Oops" not in said  # what a stranger writes does not get into our messages


def test_a_redirect_is_not_followed_so_the_apikey_stays_here(tmp_path):
    with SchemaRegistry(acme_repository(tmp_path)) as other, SchemaRegistry(tmp_path) as server:
        server.trouble = Answer(302, b"", {"Location": f"{other.url}/schemas/{URI.path}"})
        client = HttpRegistry(name="Acme", uri=server.url, apikey=KEY)
        assert f"a redirect to {other.url}/schemas/{URI.path}" in failure(client)
        assert other.sink.count == 0
        client.close()


def test_a_schema_that_says_it_is_another_is_refused(server, client, tmp_path):
    path = write_schema(tmp_path / "schemas", THING, {})
    wrong = {**orjson.loads(path.read_bytes())}
    wrong["self"] = {**wrong["self"], "version": "1-0-1"}
    path.write_bytes(orjson.dumps(wrong))
    said = failure(client)
    assert said.endswith(
        "not the schema that was asked for: its self says iglu:com.acme/thing/jsonschema/1-0-1"
    )


def test_an_answer_without_end_is_cut_off(server, client):
    server.trouble = Answer(200, b" " * (module.MAX_BYTES + 1))
    assert failure(client).endswith(f"answered with more than {module.MAX_BYTES} bytes")


def test_a_registry_that_does_not_answer_is_not_waited_for(server):
    client = HttpRegistry(name="Acme", uri=server.url, timeout=0.3)
    answer_now = threading.Event()
    server.trouble = Answer(hold=answer_now)
    started = time.monotonic()
    assert failure(client) == f"{server.url} gave no answer within 0.3 s"
    assert time.monotonic() - started < 30
    answer_now.set()
    client.close()


def test_an_answer_byte_by_byte_is_not_waited_for_either():
    """Each byte comes in time, so no time-out of a socket ever strikes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        client = HttpRegistry(name="drip", uri=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5)
        started = time.monotonic()
        assert "within 0.5 s" in failure(client)
        assert time.monotonic() - started < 30
        stop.set()
        thread.join(60)
        client.close()


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = HttpRegistry(name="gone", uri=f"http://127.0.0.1:{port}")
    assert failure(client) == f"http://127.0.0.1:{port}: Connection refused"
    client.close()


def test_a_registry_that_is_down_is_left_alone_for_longer_and_longer(server):
    clock = ManualClock()
    client = HttpRegistry(name="Acme", uri=server.url, clock=clock)
    server.trouble = Answer(503)
    for asked, rest in enumerate((0.5, 1.0, 2.0, 4.0), 1):
        assert "503" in failure(client)
        assert "503" in failure(client, NEVER)  # whatever is asked for, at once
        assert server.sink.count == asked
        clock.advance(rest - 0.01)
        assert "503" in failure(client)
        assert server.sink.count == asked
        clock.advance(0.02)
    server.trouble = None
    assert client.fetch(URI) is not None  # it is back, and all is forgotten
    server.trouble = Answer(503)
    assert "503" in failure(client)
    clock.advance(0.51)
    server.trouble = None
    assert client.fetch(NEVER) is None
    client.close()


def test_a_failure_about_one_schema_does_not_keep_from_asking_for_others(server, client, tmp_path):
    (tmp_path / "schemas" / URI.path).write_text("{")
    assert "not JSON" in failure(client)
    assert client.fetch(parse_uri("iglu:com.acme/user/jsonschema/1-0-0")) is not None


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(server, client):
    assert client.fetch(URI) is not None
    server.sink.hang_up()
    assert client.fetch(URI) is not None
    assert server.sink.connections == 2


def test_more_requests_than_allowed_at_once_wait_for_each_other(server):
    client = HttpRegistry(name="Acme", uri=server.url, timeout=10)
    go = threading.Event()
    server.trouble = Answer(404, hold=go)
    got: list[object] = []
    threads = [
        threading.Thread(target=lambda: got.append(client.fetch(NEVER)))
        for _ in range(module.MOST_REQUESTS + 4)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while server.sink.count < module.MOST_REQUESTS and time.monotonic() < deadline:
        go.wait(0.01)
    assert server.sink.count == module.MOST_REQUESTS
    go.set()
    for thread in threads:
        thread.join(60)
    assert got == [None] * (module.MOST_REQUESTS + 4)
    client.close()


def test_certificates_are_verified_against_the_systems_own(tmp_path, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    with SchemaRegistry(acme_repository(tmp_path), tls=context) as server:
        stranger = HttpRegistry(name="Acme", uri=server.url)
        said = failure(stranger)
        assert "certificate verify failed" in said
        assert "SSL_CERT_FILE" in said
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))
        friend = HttpRegistry(name="Acme", uri=server.url)
        assert friend.fetch(URI) is not None
        for client in (stranger, friend):
            client.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["self", "vendor", "name", "format", "version"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=200, deadline=None)
def test_whatever_a_registry_writes_is_a_schema_or_a_failure(body):
    try:
        said = module._schema(body, URI, "https://a.example/x")["self"]["name"]
    except RegistryFailed as error:
        said = str(error)
    assert said == "thing" or said.startswith("https://a.example/x")
