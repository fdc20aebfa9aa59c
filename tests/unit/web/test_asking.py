"""An agent is asked for its status itself, whatever stands in the environment and whoever has its address."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from logsource.metrics import Metrics
from logsource.web.asking import ask_status
from logsource.web.ops import create_ops_app
from logsource.web.server import serve
from tests.support.sink import Answer, Sink
from tests.unit.web.test_local_only import Agent


def test_the_agent_answers_though_there_is_a_proxy_in_the_environment(monkeypatch):
    with Sink() as proxy, serve(create_ops_app(Agent(), Metrics()), "127.0.0.1", 0) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ask_status(f"127.0.0.1:{server.port}")["name"] == "web-01"
        assert proxy.count == 0


def test_nobody_there():
    with Sink() as gone:
        port = gone.port
    assert ask_status(f"127.0.0.1:{port}") is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>somebody else's page</html>"),
        Answer(body=b"[1]"),
        Answer(body=json.dumps({"status": "ok"}).encode()),
        Answer(status=503, body=b"{}"),
        Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        Answer(reset=True),
    ],
)
def test_somebody_else_has_the_address(answer):
    with Sink(lambda _request: answer) as other:
        assert ask_status(f"127.0.0.1:{other.port}") is None


def test_what_is_no_http_at_all():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        assert ask_status(f"127.0.0.1:{listener.getsockname()[1]}") is None
        thread.join()
