"""What the agent shows is for those who address this machine; a name of somebody else's that leads here is not enough."""

from __future__ import annotations

import http.client

import pytest

from logsource.metrics import Metrics
from logsource.web.ops import create_ops_app
from logsource.web.server import serve
from tests.unit.web.test_ops import HEALTHY


class Agent:
    def snapshot(self):
        return HEALTHY


def status_of(server, path: str, host: str | None) -> int:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    try:
        connection.putrequest("GET", path, skip_host=True)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture(scope="module", params=[True, False], ids=["local_only", "shared"])
def server(request):
    with serve(create_ops_app(Agent(), Metrics(), local_only=request.param), "127.0.0.1", 0) as server:
        server.local_only = request.param
        yield server


@pytest.mark.parametrize("path", ["/", "/status", "/metrics", "/readyz", "/healthz"])
@pytest.mark.parametrize("host", ["localhost:9419", "127.0.0.1", "[::1]:9419", "agent.localhost", "[::1", ""])
def test_whoever_addresses_this_machine_is_answered(server, path, host):
    assert status_of(server, path, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9419", "127.0.0.1.evil.example", "2130706433"]
)
def test_another_name_is_refused_where_only_this_machine_is_meant(server, host):
    expected = 403 if server.local_only else 200
    assert [status_of(server, path, host) for path in ("/status", "/metrics", "/readyz", "/")] == [
        expected
    ] * 4
    assert status_of(server, "/healthz", host) == 200
