"""Types of sources: addresses, defaults, and warnings about what is allowed but probably not meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsource.config.addresses import Address, parse_address
from logsource.config.inputwarnings import input_warnings
from logsource.config.load import load
from logsource.config.model import SourceConfig

TLS = Path(__file__).parents[2] / "support" / "tls"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://127.0.0.1:5514", Address("udp", "127.0.0.1", 5514)),
        ("tcp://[::1]:601", Address("tcp", "::1", 601)),
        ("tls://[::]:6514", Address("tls", "::", 6514)),
        ("tcp://localhost:0", Address("tcp", "127.0.0.1", 0)),
        ("unix:///run/a.sock", Address("unix", path="/run/a.sock")),
        ("unix-stream:///run/a.sock", Address("unix-stream", path="/run/a.sock")),
    ],
)
def test_addresses(text: str, address: Address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5514",
        "udp:5514",
        "http://127.0.0.1:80",
        "udp://127.0.0.1",
        "udp://127.0.0.1:",
        "udp://127.0.0.1:65536",
        "udp://:514",
        "udp://::1:514",
        "udp://[::1:514",
        "udp://999.0.0.1:514",
        "udp://127.0.0.1:٣",
        "unix://relative",
        "unix:///",
        "unix:///run/",
        "unix:///run/" + "x" * 120,
    ],
)
def test_what_is_no_address(text: str):
    with pytest.raises(ValueError, match=r"must|has"):
        parse_address(text)


def test_one_address_needs_no_list(tmp_path: Path):
    path = tmp_path / "logsource.yaml"
    path.write_text(
        "collector: {url: https://c.example.com}\n"
        "sources: [{name: net, type: syslog, listen: tcp://127.0.0.1:5514}, {name: in, type: stdin, buffer: 1MiB}]\n"
    )
    config = load(path, env={}).config
    assert config.sources[0].listen == ["tcp://127.0.0.1:5514"]
    assert config.sources[1].buffer == 1024**2


def warned(**options) -> list[str]:
    source = SourceConfig(name="net", **options)
    return [what for _, what, _ in input_warnings(0, source)]


def test_a_listener_that_others_can_reach_is_warned_about(tmp_path: Path):
    loopback = ["udp://127.0.0.1:5514", "tcp://[::1]:5514", f"unix://{tmp_path}/s"]
    assert warned(type="syslog", listen=loopback) == []
    server = {"cert": f"{TLS}/server.pem", "key": f"{TLS}/server.key"}
    known = server | {"ca": f"{TLS}/ca.pem"}
    assert warned(type="syslog", listen=["tls://0.0.0.0:6514"], tls=known) == []
    assert warned(type="syslog", listen=["tls://0.0.0.0:6514"], tls=server) == [
        "source net: tls://0.0.0.0:6514 can be reached from other machines"
    ]
    assert warned(type="syslog", listen=["udp://0.0.0.0:5514"]) == [
        "source net: udp://0.0.0.0:5514 can be reached from other machines"
    ]


def test_a_socket_needs_its_directory(tmp_path: Path):
    assert warned(type="syslog", listen=[f"unix://{tmp_path}/missing/s"]) == [
        f"source net: there is no directory {tmp_path}/missing"
    ]


def test_a_journal_needs_journalctl(tmp_path: Path):
    assert warned(type="journald", journalctl=tmp_path / "journalctl") == [
        f"source net: {tmp_path}/journalctl cannot be run"
    ]


def test_files_that_cannot_be_read_are_warned_about(tmp_path: Path):
    tls = {"cert": f"{TLS}/server.pem", "key": f"{tmp_path}/none.key", "ca": f"{tmp_path}/none.pem"}
    assert warned(type="syslog", listen=["tls://127.0.0.1:6514"], tls=tls) == [
        f"source net: {tmp_path}/none.key cannot be read",
        f"source net: {tmp_path}/none.pem cannot be read",
    ]
    journal = {"type": "journald", "journalctl": "/bin/sh"}
    assert warned(**journal, journal_directory=str(tmp_path)) == []
    assert warned(**journal, journal_directory=f"{tmp_path}/none") == [
        f"source net: {tmp_path}/none cannot be read"
    ]
