"""The installed agent with filters and page views: what arrives, what is dropped and counted."""

from __future__ import annotations

import time

import pytest

from logsource.web.collector.app import create_app
from logsource.web.server import serve
from tests.support.agent import AgentProcess, source, write_config
from tests.support.collecting import new_collector

pytestmark = pytest.mark.system

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def line(ip: str, request: str, agent: str = FIREFOX, status: int = 200) -> str:
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    return f'{ip} - - [{stamp}] "{request}" {status} 12 "-" "{agent}"\n'


def test_page_views_of_people_arrive_and_every_drop_has_a_reason(tmp_path):
    log = tmp_path / "access.log"
    log.write_text(
        line("192.0.2.1", "GET /cart?token=s3cret|x HTTP/1.1")
        + line("192.0.2.1", "GET /style.css HTTP/1.1")
        + line("192.0.2.2", "GET / HTTP/1.1", "curl/8.5.0")
        + line("192.0.2.3", "GET /old HTTP/1.1", status=301)
        + line("192.0.2.4", "POST /cart HTTP/1.1")
        + "what is this, bob@example.com?\n"
    )
    web = source(
        log,
        parser="nginx_access",
        event="page_view",
        page_view={"host": "shop.example.com", "others": "drop"},
        filters=[
            {"drop_static_assets": True},
            {"drop_bots": True, "name": "bots"},
            {"drop_if": {"field": "status", "ge": 300}},
            {"redact": {"patterns": ["email", "url_secret"]}},
            {"hash": {"fields": ["remote_addr"], "key": "a key of a test"}},
        ],
    )
    collector = new_collector(tmp_path)
    with (
        serve(create_app(collector), "127.0.0.1", 0) as server,
        AgentProcess(write_config(tmp_path, server.url, web)) as agent,
    ):
        agent.wait_until(lambda: collector.summary().good == 2)
        counted = {
            reason: agent.metric(f'logsource_dropped_total{{reason="{reason}",source="web"}}')
            for reason in ("filter_drop_static_assets", "filter_bots", "filter_drop_if", "not_page_view")
        }
        assert counted == dict.fromkeys(counted, 1)
        assert agent.metric("logsource_accounting_imbalance") == 0
        assert agent.stop() == 0

    assert collector.bad() == []
    view, unparsed = sorted((kept.params or {} for kept in collector.good()), key=lambda params: params["e"])
    assert view["e"] == "pv"
    assert view["url"] == "https://shop.example.com/cart?token=***"
    assert "s3cret" not in str(view)
    assert "192.0.2.1" not in str(view)
    assert view["ip"].isalnum()
    assert "bob@example" not in str(unparsed)
    assert "what is this, ***?" in unparsed["ue_pr"]
