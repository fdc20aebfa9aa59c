"""Clients that open connections and let them be: the page, and the descriptors, stay usable for the others."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from logsource.web.connections import Room
from logsource.web.server import WebServer, bind, serve

if TYPE_CHECKING:
    from starlette.requests import Request

LARGE = 8 * 1024 * 1024


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello " + (await request.body()).decode())


async def large(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("x" * LARGE)


APP = Starlette(routes=[Route("/", hello, methods=["GET", "POST"]), Route("/large", large)])


def connect(server: WebServer) -> socket.socket:
    sock = socket.create_connection((server.host, server.port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def ended(sock: socket.socket) -> bool:
    """Whether the server has closed, waiting for it; what it says before does not matter."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return True


@pytest.fixture
def impatient():
    server = WebServer(APP, bind("127.0.0.1", 0), Room(100, seconds=0.3))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "said", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_a_request_that_does_not_come_to_its_end_ends_its_connection(impatient, said):
    with connect(impatient) as sock:
        sock.sendall(said)
        assert ended(sock)
    assert requests.get(impatient.url, timeout=20).text == "hello "


def test_an_answer_that_nobody_reads_ends_its_connection(impatient):
    room = impatient.room
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect((impatient.host, impatient.port))
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        sock.recv(1)
        waited = threading.Event()
        while room.used and not waited.wait(0.02):
            pass
        assert ended(sock)


def test_a_handler_may_take_longer_than_a_request():
    asked, go = threading.Event(), threading.Event()

    def slow(_request: Request) -> PlainTextResponse:
        asked.set()
        go.wait(20)
        return PlainTextResponse("at last")

    server = WebServer(Starlette(routes=[Route("/", slow)]), bind("127.0.0.1", 0), Room(100, seconds=0.2))
    server.start()
    try:
        with connect(server) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert asked.wait(20)
            assert not go.wait(0.6)  # three times as long as a request may take
            go.set()
            answer = b""
            while part := sock.recv(4096):
                answer += part
        assert answer.endswith(b"at last")
    finally:
        go.set()
        server.stop()


def test_who_asks_comes_in_though_others_sit_there_and_say_nothing():
    with serve(APP, "127.0.0.1", 0, connections=3) as server:
        idle = [connect(server) for _ in range(10)]
        try:
            assert requests.post(server.url, data="there", timeout=20).text == "hello there"
            assert all(ended(sock) for sock in idle[:7])
            assert server.room.used <= 3
        finally:
            for sock in idle:
                sock.close()


def test_connections_that_are_used_again_and_again_are_kept():
    with serve(APP, "127.0.0.1", 0, connections=3) as server, requests.Session() as session:
        for _ in range(50):
            assert session.get(server.url, timeout=20).text == "hello "
        assert server.room.used == 1
