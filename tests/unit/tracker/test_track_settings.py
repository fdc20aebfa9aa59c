"""What a tracker is told of its collector is what the agent's configuration would say."""

from __future__ import annotations

from pathlib import Path

from logsource.config.model import CollectorConfig, RetryConfig
from logsource.config.tls import TlsConfig
from logsource.tracker import Collector
from logsource.tracker.settings import collector_of


def test_the_defaults_are_those_of_the_agent():
    expected = CollectorConfig(url="http://localhost")
    assert collector_of("http://localhost") == expected
    assert collector_of(Collector(url="http://localhost")) == expected
    assert collector_of(expected) == expected


def test_everything_that_can_be_said_arrives():
    given = Collector(
        url="https://c.example.com",
        method="get",
        path="/com.acme/track",
        base64=True,
        byte_limit_post=4096,
        byte_limit_get=2048,
        send_limit=7,
        concurrency=3,
        timeout=5,
        drain_timeout=0,
        retry_initial=1,
        retry_max=2.5,
        anonymous=False,
        headers={"X-Token": "t0ken"},
        tls_ca="/etc/ca.pem",
        tls_cert=Path("/etc/cert.pem"),
        tls_key="/etc/key.pem",
        tls_verify=False,
    )
    assert collector_of(given, app_id="shop", namespace="ns", platform="iot") == CollectorConfig(
        url="https://c.example.com",
        method="get",
        path="/com.acme/track",
        app_id="shop",
        namespace="ns",
        platform="iot",
        base64=True,
        byte_limit_post=4096,
        byte_limit_get=2048,
        send_limit=7,
        concurrency=3,
        timeout=5.0,
        drain_timeout=0.0,
        retry=RetryConfig(initial=1.0, max=2.5),
        anonymous=False,
        headers={"X-Token": "t0ken"},
        tls=TlsConfig(ca="/etc/ca.pem", cert="/etc/cert.pem", key="/etc/key.pem", verify=False),
    )
    assert "t0ken" not in repr(given)


def test_what_the_tracker_is_told_beside_goes_before_the_configuration():
    agents = CollectorConfig(url="http://localhost", app_id="agent", namespace="agent", byte_limit_post=4096)
    found = collector_of(agents, app_id="shop", namespace=None, platform=None)
    assert (found.app_id, found.namespace, found.byte_limit_post) == ("shop", "agent", 4096)
