"""Syslog over TLS (RFC 5425): senders with and without certificates, bad ones, and a certificate that is renewed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

from tests.behaviour.test_input_syslog import port_of, syslog
from tests.support.receiving import Receiving
from tests.support.tailing import numbered

FILES = Path(__file__).parents[1] / "support" / "tls"
TLS = "tls://127.0.0.1:0"


def listener(*listen: str, folder: Path = FILES, ca: bool = False, **options):
    keys: dict[str, Any] = {"cert": folder / "server.pem", "key": folder / "server.key"}
    return syslog(*(listen or (TLS,)), tls=keys | ({"ca": FILES / "ca.pem"} if ca else {}), **options)


def connect(port: int, *, certificate: bool = False) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=FILES / "ca.pem")
    if certificate:
        context.load_cert_chain(FILES / "client.pem", FILES / "client.key")
    made = socket.create_connection(("127.0.0.1", port), timeout=60)
    return context.wrap_socket(made, server_hostname="127.0.0.1")


def refused(input_: Receiving) -> list[str]:
    return [one.detail for one in input_.events if one.kind == "connection_refused"]


def test_messages_come_over_tls_in_both_framings_beside_plain_ones():
    tcp = "tcp://127.0.0.1:0"
    with Receiving(listener(TLS, tcp)) as input_:
        with connect(port_of(input_, TLS)) as counted, connect(port_of(input_, TLS)) as lines:
            counted.sendall(b"9 <13>a\nb c8 <13>next")
            lines.sendall(b"<13>line one\n<13>ha")
            input_.until_got(3)
            lines.sendall(b"lf\n")
            with socket.create_connection(("127.0.0.1", port_of(input_, tcp)), timeout=60) as plain:
                plain.sendall(b"<13>plain\n")
            input_.until_got(5)
        assert sorted(input_.texts()) == ["<13>a\nb c", "<13>half", "<13>line one", "<13>next", "<13>plain"]
        assert {one.path for one in input_.got if one.text != "<13>plain"} == {TLS}
        assert refused(input_) == []


def test_many_messages_come_in_order():
    lines = numbered(0, 20_000, "<13>line")
    with Receiving(listener(buffer="64KiB"), block_size=65_536) as input_:
        with connect(port_of(input_, TLS)) as sender:
            data = "".join(f"{line}\n" for line in lines).encode()
            sending = threading.Thread(target=sender.sendall, args=(data,))
            sending.start()
            input_.until(lambda: not sending.is_alive())
        input_.until_got(len(lines))
        assert input_.texts() == lines


def test_who_does_not_speak_tls_is_refused_and_nobody_waits_for_it():
    with Receiving(listener()) as input_:
        port = port_of(input_, TLS)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as silent:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
                plain.sendall(b"<13>in the clear\n" * 20)
                input_.until(lambda: len(refused(input_)) == 1)
                with contextlib.suppress(ConnectionError):
                    while plain.recv(100):  # what is wrong, in the words of TLS
                        pass
            with connect(port) as sender:
                sender.sendall(b"<13>hello\n")
                input_.until_got(1)
            silent.sendall(b"\x16")
        assert input_.texts() == ["<13>hello"]
        assert refused(input_)[0].startswith("127.0.0.1: it does not speak TLS")


def test_only_senders_with_a_certificate_are_heard_where_it_is_asked_for():
    with Receiving(listener(ca=True)) as input_:
        port = port_of(input_, TLS)
        with connect(port, certificate=True) as known:
            known.sendall(b"<13>known\n")
            input_.until_got(1)
        with connect(port) as unknown:
            # TLS 1.3: a client learns only later that it is not welcome.
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                unknown.sendall(b"<13>unknown\n")
            input_.until(lambda: bool(refused(input_)))
        assert refused(input_) == ["127.0.0.1: it has no certificate, and tls.ca asks for one"]
        assert input_.texts() == ["<13>known"]


def test_a_connection_that_breaks_loses_nothing_that_arrived():
    with Receiving(listener()) as input_:
        sender = connect(port_of(input_, TLS))
        sender.sendall(b"<13>whole\n<13>half")
        input_.until_got(1)
        sender.close()  # without a word of farewell
        input_.until_got(2)
        assert [(one.text, set(one.flags)) for one in input_.got] == [
            ("<13>whole", set()),
            ("<13>half", {"unterminated"}),
        ]


def test_a_renewed_certificate_is_shown_to_the_next_sender(tmp_path: Path):
    for name in ("server.pem", "server.key"):
        shutil.copy(FILES / name, tmp_path / name)
    with Receiving(listener(folder=tmp_path)) as input_:
        port = port_of(input_, TLS)

        def shown() -> bytes | None:
            with connect(port) as sender:
                sender.sendall(b"<13>x\n")
                return sender.getpeercert(binary_form=True)

        first = shown()
        (tmp_path / "server.pem").write_text("half of it")
        assert shown() == first, "while it is being renewed the old one is shown"
        for name in ("client.pem", "client.key"):
            shutil.copy(FILES / name, tmp_path / name.replace("client", "server"))
        assert shown() not in {first, None}
        input_.until_got(3)
        assert refused(input_) == []


def test_a_certificate_that_is_none_is_trouble_until_it_is_there(tmp_path: Path):
    with Receiving(listener(folder=tmp_path)) as input_:
        input_.until(lambda: bool(input_.tail.status()[0].detail))
        (status,) = input_.tail.status()
        assert status.state == "unreadable"
        assert status.detail.startswith(
            f"cannot listen: {tmp_path}/server.pem and {tmp_path}/server.key: no such file"
        )
        for name in ("server.pem", "server.key"):
            shutil.copy(FILES / name, tmp_path / name)
        with connect(port_of(input_, TLS)) as sender:
            sender.sendall(b"<13>at last\n")
            input_.until_got(1)
