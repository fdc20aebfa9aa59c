"""The threaded web server."""

from __future__ import annotations

import os
import resource
import socket
import threading

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from logsource.config.addresses import is_loopback, parse_listen
from logsource.errors import LogsourceError
from logsource.web.server import serve


async def hello(request):
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


def test_it_takes_a_free_port_serves_and_gives_it_back():
    with serve(APP, "127.0.0.1", 0) as server:
        assert server.port > 0
        assert requests.get(server.url, timeout=10).text == "hello"
        port = server.port
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    with serve(APP, "127.0.0.1", port) as again:
        assert requests.get(again.url, timeout=10).text == "hello"
    assert "web" not in [thread.name for thread in threading.enumerate()]


def test_stopping_does_not_wait_for_idle_connections_and_may_be_repeated():
    with requests.Session() as session:
        server = serve(APP, "127.0.0.1", 0)
        assert session.get(server.url, timeout=10).text == "hello"
        server.stop()
        server.stop()


def test_a_port_in_use_is_a_clear_error():
    with serve(APP, "127.0.0.1", 0) as server, pytest.raises(LogsourceError) as caught:
        serve(APP, "127.0.0.1", server.port)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{server.port}: Address already in use; choose another address or port"
    )


def test_an_unknown_host_is_a_clear_error():
    with pytest.raises(LogsourceError, match=r"cannot listen on no\.such\.host\.invalid:1"):
        serve(APP, "no.such.host.invalid", 1)


def test_ipv6_or_a_clear_error_where_there_is_none():
    if not has_ipv6():
        with pytest.raises(LogsourceError, match=r"^cannot listen on \[::1\]:0: .*; choose another address"):
            serve(APP, "::1", 0)
        return
    with serve(APP, "::1", 0) as server:
        assert server.url.startswith("http://[::1]:")
        assert requests.get(server.url, timeout=10).text == "hello"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_no_descriptors_left_is_a_clear_error():
    # As socket() fails where the kernel knows no such family, too.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(LogsourceError, match=r"cannot listen on 127\.0\.0\.1:0: Too many open files"):
            serve(APP, "127.0.0.1", 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@given(st.from_regex(r"[a-z0-9.-]{1,20}|[0-9a-f:]{2,20}", fullmatch=True), st.integers(0, 65535))
def test_listen_addresses_read_back(host, port):
    assert parse_listen(f"[{host}]:{port}") == (host, port)
    if ":" not in host:
        assert parse_listen(f"{host}:{port}") == (host, port)


@pytest.mark.parametrize(
    "text", ["", "9090", ":9090", "localhost", "localhost:", "localhost:x", "a:65536", "a:-1", "a:²"]
)
def test_what_is_no_listen_address(text):
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("collector.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_loopback(host, expected):
    assert is_loopback(host) is expected
