"""One exchange on one connection, against a server that answers byte by byte as the test says."""

import socket
import threading
import time

import pytest
from urllib3.connectionpool import HTTPConnectionPool

from logsource.config.model import CollectorConfig
from logsource.emit.direct import exchange
from logsource.emit.http import HttpOutput
from tests.support.bodies import batch


class Scripted:
    """Accepts connections one after the other and answers each request with the next script."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while self.answers:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                while self.answers and self._one(connection):
                    pass

    def _one(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        size = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        while len(body) < size:
            body += connection.recv(65536)
        self.requests.append((head, body))
        parts, keep = self.answers.pop(0)
        for part in parts:
            connection.sendall(part)
        return keep

    def close(self):
        self._server.close()


@pytest.fixture
def served():
    open_things = []

    def serve(*answers):
        server = Scripted(*answers)
        pool = HTTPConnectionPool("127.0.0.1", server.port, maxsize=1)
        open_things.append((server, pool))
        return server, pool

    yield serve
    for server, pool in open_things:
        pool.close()
        server.close()


def post(pool, body=b"{}"):
    answer = exchange(
        pool,
        method="POST",
        target="/a/b",
        headers=f"Host: here\r\nContent-Length: {len(body)}\r\n",
        body=body,
        timeout=(5.0, 5.0),
    )
    data = b""
    while more := answer.body.read(4096):
        data += more
    answer.body.release_conn()
    return answer.status, data


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

WAYS = {
    "in one piece": ([OK], True),
    "byte by byte": ([OK[at : at + 1] for at in range(len(OK))], True),
    "body apart": ([OK[:-2], OK[-2:]], True),
    "chunked": ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"], True),
    "until the end": ([b"HTTP/1.1 200 OK\r\n\r\nok"], False),
    "HTTP/1.0": ([b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"], False),
    "continue first": ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], True),
    "continue and final at once": ([b"HTTP/1.1 100 Continue\r\n\r\n" + OK], True),
    "processing first": ([b"HTTP/1.1 102 Processing\r\n\r\n", OK], True),
    "hints first": ([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + OK], True),
    "said to close": ([b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"], False),
    "odd header": ([b"HTTP/1.1 200 OK\r\nX-Odd: \xff: a:b\r\ncontent-LENGTH: 2\r\n\r\nok"], True),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_answer_is_understood_and_the_next_request_works(served, way):
    server, pool = served(WAYS[way], ([OK], True))
    assert post(pool) == (200, b"ok")
    assert post(pool, b"x" * 300_000) == (200, b"ok")
    assert [len(body) for _, body in server.requests] == [2, 300_000]
    assert server.connections == (1 if WAYS[way][1] else 2)


def test_the_request_is_head_and_body(served):
    server, pool = served(([OK], True))
    post(pool)
    assert server.requests == [(b"POST /a/b HTTP/1.1\r\nHost: here\r\nContent-Length: 2", b"{}")]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"this is no HTTP\r\n\r\n"],
        [b"HTT"],
        [b"HTTP/1.1 200 OK\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Le"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"],
    ],
)
def test_a_broken_answer_is_an_error_and_the_connection_is_given_up(served, parts):
    server, pool = served((parts, False), ([OK], True))
    with pytest.raises(OSError):
        post(pool)
    assert post(pool) == (200, b"ok")
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 20\r\n\r\nok",
        "Content-Length: 70000\r\n\r\nok",
        "Transfer-Encoding: chunked\r\n\r\n9\r\nok",
    ],
)
@pytest.mark.parametrize("ends", [True, False], ids=["cut off", "never ends"])
def test_after_a_whole_head_the_status_counts_whatever_becomes_of_the_body(head, ends):
    over = threading.Event()

    def answer():
        yield f"HTTP/1.1 200 OK\r\n{head}".encode()
        if not ends:
            over.wait(20)

    server = Scripted((answer(), False), ([OK], True))
    output = HttpOutput(CollectorConfig(url=f"http://127.0.0.1:{server.port}", timeout=0.3))
    try:
        assert output.send(batch(1)).delivered == 1
        over.set()
        assert output.send(batch(2)).delivered == 1
        assert server.connections == 2
    finally:
        over.set()
        output.close()
        server.close()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_is_whole_whatever_length_it_names(served, status):
    server, pool = served(([b"HTTP/1.1 %d X\r\nContent-Length: 20\r\n\r\n" % status], True), ([OK], True))
    assert post(pool) == (status, b"")
    assert post(pool) == (200, b"ok")
    assert server.connections == 1


def test_a_connection_that_switches_protocols_is_not_used_again(served):
    server, pool = served(([b"HTTP/1.1 101 Switching\r\n\r\n"], False), ([OK], True))
    assert post(pool)[0] == 101
    assert post(pool) == (200, b"ok")
    assert server.connections == 2


class Impatient:
    """Answers when it has seen the head of a request, and hangs up while the body is under way."""

    def __init__(self, answer):
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection, _ = self._server.accept()
        with connection:
            connection.recv(10)
            connection.sendall(self._answer)  # unread bytes make the close below a reset

    def close(self):
        self._thread.join(60)
        self._server.close()


BODY = b"x" * 20_000_000
"""More than the kernel takes off our hands before somebody reads it."""


def too_early(served_answer):
    server = Impatient(served_answer)
    pool = HTTPConnectionPool("127.0.0.1", server.port, maxsize=1)
    try:
        return post(pool, BODY), pool.pool.qsize()
    finally:
        pool.close()
        server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig",
        b"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\nbig",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig",
    ],
)
def test_a_refusal_before_the_end_of_the_request_is_heard(answer):
    answered, places = too_early(answer)
    assert answered == (413, b"big")
    assert places == 1


@pytest.mark.parametrize(
    "answer",
    [OK, b"HTTP/1.1 200 OK\r\n\r\nok", b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", b"HTT", b""],
)
def test_a_success_before_the_end_of_the_request_is_not_believed(answer):
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        too_early(answer)


def test_an_answer_longer_than_it_says_does_not_spoil_the_next(served):
    _, pool = served(([OK + b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n"], False), ([OK], True))
    assert post(pool)[0] == 200
    assert post(pool) == (200, b"ok")


def test_an_answer_that_drips_has_one_time_out_as_a_whole(served):
    drops = (b"HTTP/1.1 200 OK\r\n", *[b"X-Drop: 1\r\n"] * 10_000)
    gone = threading.Event()

    def drip():
        for drop in drops:
            yield drop
            if gone.wait(0.05):
                return

    _, pool = served((drip(), False))
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        exchange(pool, method="POST", target="/", headers="", body=b"", timeout=(5.0, 0.4))
    took = time.monotonic() - started
    gone.set()
    assert 0.35 < took < 60, "of more than eight minutes"
