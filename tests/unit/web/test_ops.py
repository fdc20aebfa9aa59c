"""The agent's endpoints over a real loopback connection."""

from __future__ import annotations

import dataclasses
import http.client
import json
from collections import Counter

import pytest

from logsource.metrics import CONTENT_TYPE, Metrics
from logsource.web.ops import create_ops_app
from logsource.web.opspage import size
from logsource.web.server import serve
from logsource.web.status import (
    AgentStatus,
    FileView,
    OutboxView,
    OutputView,
    ProgramsView,
    SourceView,
    not_ready,
)

HEALTHY = AgentStatus(
    name="web-01",
    version="1.2.3",
    pid=42,
    started_ms=1_700_000_000_000,
    now_ms=1_700_000_061_500,
    sources=[
        SourceView(
            name="web",
            parser="nginx_access",
            files=1,
            lag_bytes=70,
            lag_seconds=0.2,
            lines=10,
            bytes=900,
            events=7,
            rejected=Counter({"no_match": 1}),
            dropped={"empty": 2},
            unparsed={"odd_form": 3},
        ),
        SourceView(
            name="app",
            parser="plain",
            files=0,
            lag_bytes=5,
            lag_seconds=0.0,
            lines=3,
            bytes=30,
            events=3,
            rejected={},
            dropped={},
        ),
    ],
    files=[
        FileView(
            source="web",
            path="/var/log/a.log",
            file_id="0" * 32,
            state="active",
            offset=830,
            size=900,
            lag_bytes=70,
        )
    ],
    outbox=OutboxView(
        events=4,
        batches=1,
        bytes=500,
        capacity_bytes=1000,
        oldest_age_seconds=0.4,
        dead_letters=0,
        read_paused=False,
    ),
    outputs=[OutputView(name="collector", address="https://c.example.com", last_code="200", events_sent=6)],
    accounting_imbalance=0,
)
BLOCKED = dataclasses.replace(HEALTHY.outputs[0], blocked="401: is the key right?", last_code="401")


FULL = dataclasses.replace(
    HEALTHY.outbox,
    events=1200,
    bytes=3 * 2**19,
    capacity_bytes=2**21,
    oldest_age_seconds=7200.0,
    dead_letters=3,
    read_paused=True,
)


class Agent:
    """A provider whose status a test can change."""

    def __init__(self) -> None:
        self.status = HEALTHY
        self.broken = False

    def snapshot(self) -> AgentStatus:
        if self.broken:
            raise OSError("disk is gone")
        return self.status


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, method: str = "GET") -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, path: str) -> tuple[int, dict]:
        code, _, body = self.get(path)
        return code, json.loads(body)


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
def client(agent: Agent):
    metrics = Metrics()
    metrics.declare_source("web")
    with serve(create_ops_app(agent, metrics), "127.0.0.1", 0) as server:
        yield Client(server.port)


def test_metrics(client: Client):
    code, headers, body = client.get("/metrics")
    assert (code, headers["Content-Type"]) == (200, CONTENT_TYPE)
    assert b'logsource_lines_read_total{source="web"} 0.0\n' in body


def test_alive_even_if_everything_else_is_broken(client: Client, agent: Agent):
    agent.broken = True
    code, _, body = client.get("/healthz")
    assert (code, body) == (200, b"ok\n")


def test_ready(client: Client):
    assert client.json("/readyz") == (200, {"ready": True, "reasons": []})


def test_not_ready_says_every_reason(client: Client, agent: Agent):
    agent.status = dataclasses.replace(
        HEALTHY,
        outputs=[BLOCKED],
        outbox=dataclasses.replace(HEALTHY.outbox, read_paused=True, bytes=1001),
        config_problem="logsource.yaml:1:1: unknown key",
        accounting_imbalance=3,
    )
    code, body = client.json("/readyz")
    assert code == 503
    assert body["ready"] is False
    assert body["reasons"] == [
        {
            "reason": "collector_blocked",
            "detail": "collector (https://c.example.com): 401: is the key right?",
        },
        {"reason": "outbox_full", "detail": "1001 of 1000 bytes are in use; reading waits for room"},
        {"reason": "config_invalid", "detail": "logsource.yaml:1:1: unknown key"},
        {"reason": "accounting", "detail": "3 lines are not accounted for; please report this"},
    ]


def test_each_problem_of_a_configuration_is_a_line_of_the_page(client: Client, agent: Agent):
    agent.status = dataclasses.replace(HEALTHY, config_problem="a.yaml:1:1: <first>\na.yaml:2:1: second")
    _, _, page = client.get("/")
    assert b"a.yaml:1:1: &lt;first&gt;<br>a.yaml:2:1: second</li>" in page


def test_a_store_that_cannot_be_written_is_not_called_full():
    outbox = dataclasses.replace(HEALTHY.outbox, read_paused=True, problem="No space left on device")
    (reason,) = not_ready(dataclasses.replace(HEALTHY, outbox=outbox))
    assert (reason.reason, reason.detail) == ("store_unavailable", "No space left on device")


def test_ready_again(client: Client, agent: Agent):
    agent.status = dataclasses.replace(HEALTHY, outputs=[BLOCKED])
    assert client.json("/readyz")[0] == 503
    agent.status = HEALTHY
    assert client.json("/readyz")[0] == 200


def test_status_has_everything_and_totals(client: Client):
    code, body = client.json("/status")
    assert code == 200
    assert (body["name"], body["version"], body["uptime_seconds"], body["ready"]) == (
        "web-01",
        "1.2.3",
        61.5,
        True,
    )
    assert body["sources"][0]["rejected"] == {"no_match": 1}
    assert body["files"][0]["offset"] == 830
    assert body["outputs"][0]["last_code"] == "200"
    assert body["totals"] == {
        "lines": 13,
        "bytes": 930,
        "events": 10,
        "rejected": 1,
        "dropped": 2,
        "lag_bytes": 75,
        "events_sent": 6,
    }


def test_status_of_a_broken_agent(client: Client, agent: Agent):
    agent.broken = True
    for path in ("/status", "/readyz"):
        code, body = client.json(path)
        assert code == 503
        assert "status_unavailable" in json.dumps(body)
        assert "disk is gone" in json.dumps(body)
    assert client.get("/")[0] == 200


def test_page_links_the_rest(client: Client):
    code, headers, body = client.get("/")
    assert (code, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = body.decode()
    for path in ("/metrics", "/healthz", "/readyz", "/status"):
        assert f'<a href="{path}">' in page
        assert client.get(path)[0] == 200
    assert "Ready." in page
    assert "nginx_access" in page


def test_page_says_what_the_collector_says_and_why_lines_are_left_out(client: Client, agent: Agent):
    page = client.get("/")[2].decode()
    assert "delivering" in page
    assert "<small>1 no_match</small>" in page
    assert "<small>2 empty</small>" in page
    assert "<small>3 odd_form</small>" in page
    assert "2023-11-14 22:14:21 UTC · up 1 min · version 1.2.3 · pid 42" in page
    assert 'http-equiv="refresh"' in page
    agent.status = dataclasses.replace(
        HEALTHY, outputs=[dataclasses.replace(BLOCKED, last_detail="no <key>")], outbox=FULL
    )
    page = client.get("/")[2].decode()
    assert "401: is the key right?" in page
    assert "blocked" in page
    assert "<small>no &lt;key&gt;</small>" in page
    assert "Reading is paused." in page
    assert "1,200 events wait in the outbox (1.5 MiB of 2 MiB), the oldest for 2.0 h." in page
    assert "3 dead letters" in page


def test_page_has_a_row_for_what_programs_track_once_they_do(client: Client, agent: Agent):
    assert b"programs" not in client.get("/")[2]
    agent.status = dataclasses.replace(
        HEALTHY, programs=ProgramsView(handed_over=1234, adopted=6, last_ms=HEALTHY.now_ms - 3000)
    )
    page = client.get("/")[2].decode()
    row = page[page.index("programs, since start") :].partition("</tr>")[0]
    assert ">1,240<" in row
    assert "6 left by programs that ended" in row
    assert "the last 3 s ago" in row
    assert row.count("<td") == 8, "as many cells as the others have, the name among them"
    _, body = client.json("/status")
    assert body["programs"] == {"handed_over": 1234, "adopted": 6, "last_ms": HEALTHY.now_ms - 3000}
    assert body["totals"]["events"] == 10, "they are no lines"


def test_page_says_how_many_new_files_are_to_be_opened(client: Client, agent: Agent):
    assert b"to be opened" not in client.get("/")[2]
    source = dataclasses.replace(HEALTHY.sources[0], found=28_766)
    agent.status = dataclasses.replace(HEALTHY, sources=[source])
    assert ">1<small>28,766 new, to be opened</small></td>" in client.get("/")[2].decode()
    assert client.json("/status")[1]["sources"][0]["found"] == 28_766


def test_page_lists_files_that_cannot_be_read(client: Client, agent: Agent):
    assert "cannot be read" not in client.get("/")[2].decode()
    file = dataclasses.replace(
        HEALTHY.files[0], state="unreadable", path="/var/log/secret.log", detail="Permission denied"
    )
    agent.status = dataclasses.replace(HEALTHY, files=[file] * 25)
    page = client.get("/")[2].decode()
    assert page.count("/var/log/secret.log") == 20
    assert "Permission denied" in page
    assert "5 more" in page


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1536, "1.5 KiB"),
        (128 * 1024, "128 KiB"),
        (2**30, "1 GiB"),
        (5 * 2**50, "5,120 TiB"),
    ],
)
def test_sizes_for_people(count: int, text: str):
    assert size(count) == text


def test_page_escapes_hostile_text(client: Client, agent: Agent):
    hostile = "<script>alert(1)</script>"
    source = dataclasses.replace(HEALTHY.sources[0], name=hostile, parser=hostile)
    output = dataclasses.replace(BLOCKED, blocked=hostile, address=hostile)
    agent.status = dataclasses.replace(
        HEALTHY, name=hostile, version=hostile, sources=[source], outputs=[output]
    )
    _, headers, body = client.get("/")
    assert b"<script" not in body
    assert body.count(b"&lt;script&gt;") >= 6
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_read_only(client: Client):
    for path in ("/", "/metrics", "/healthz", "/readyz", "/status"):
        assert client.get(path, method="POST")[0] == 405
        assert client.get(path, method="HEAD")[2] == b""
    assert client.get("/nothing")[0] == 404
