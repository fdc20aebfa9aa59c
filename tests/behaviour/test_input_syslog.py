"""Syslog over real sockets: UDP, TCP, unix; limits, floods, broken connections."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from logsource.config.model import SourceConfig
from tests.support.receiving import Receiving
from tests.support.tailing import numbered

if TYPE_CHECKING:
    from collections.abc import Iterable


def syslog(*listen: str, **options) -> SourceConfig:
    return SourceConfig(name="net", type="syslog", listen=list(listen), **options)


def port_of(input_: Receiving, path: str) -> int:
    """The port that the kernel chose, as the status tells it."""

    def found() -> re.Match[str] | None:
        (status,) = [one for one in input_.tail.status() if one.path == path]
        return re.search(r"port (\d+)", status.detail)

    input_.until(lambda: found() is not None)
    match = found()
    assert match is not None
    return int(match[1])


def send_udp(port: int, texts: Iterable[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for text in texts:
            sender.sendto(text.encode(), ("127.0.0.1", port))


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


UDP, TCP = "udp://127.0.0.1:0", "tcp://127.0.0.1:0"


def test_datagrams_are_records(tmp_path: Path):
    with Receiving(syslog(UDP)) as input_:
        port = port_of(input_, UDP)
        send_udp(port, ["<13>one", "<13>two\n", "<13>three\nwith two lines", "<13>ünïcode"])
        input_.until_got(4)
        assert input_.texts() == ["<13>one", "<13>two", "<13>three\nwith two lines", "<13>ünïcode"]
        assert {one.path for one in input_.got} == {UDP}
        assert len({one.id for one in input_.got}) == 4


def test_connections_in_both_framings_at_once():
    with Receiving(syslog(TCP)) as input_:
        port = port_of(input_, TCP)
        with connect(port) as lines, connect(port) as counted:
            counted.sendall(b"9 <13>a\nb c8 <13>")
            lines.sendall(b"<13>line one\n<13>line")
            input_.until_got(2)
            counted.sendall(b"next")
            lines.sendall(b" two\n")
            input_.until_got(4)
        assert sorted(input_.texts()) == ["<13>a\nb c", "<13>line one", "<13>line two", "<13>next"]


def test_many_lines_of_many_connections_come_in_order():
    with Receiving(syslog(TCP), block_size=65_536) as input_:
        port = port_of(input_, TCP)
        senders = [connect(port) for _ in range(5)]
        for index, sender in enumerate(senders):
            sender.sendall("".join(f"{line}\n" for line in numbered(0, 2000, f"<13>sender {index}")).encode())
        for sender in senders:
            sender.close()
        input_.until_got(10_000)
        for index in range(5):
            mine = [text for text in input_.texts() if text.startswith(f"<13>sender {index} ")]
            assert mine == numbered(0, 2000, f"<13>sender {index}")
        for before, after in zip(input_.chunks, input_.chunks[1:], strict=False):
            assert after.start == before.end


def test_a_connection_that_breaks_loses_nothing_that_arrived():
    with Receiving(syslog(TCP)) as input_:
        port = port_of(input_, TCP)
        with connect(port) as sender:
            sender.sendall(b"<13>whole\n<13>half")
        input_.until_got(2)
        assert [(one.text, set(one.flags)) for one in input_.got] == [
            ("<13>whole", set()),
            ("<13>half", {"unterminated"}),
        ]


def test_a_message_that_is_too_long_is_cut_and_counted():
    with Receiving(syslog(TCP, UDP, max_line=1024)) as input_:
        with connect(port_of(input_, TCP)) as sender:
            sender.sendall(b"<13>" + b"x" * 9996 + b"\n<13>after\n")
            input_.until_got(2)
        send_udp(port_of(input_, UDP), ["y" * 5000])
        input_.until_got(3)
        assert [len(one.text) for one in input_.got] == [1024, 9, 1024]
        assert [bool(one.flags) for one in input_.got] == [True, False, True]
        assert input_.abandoned() == {"max_line": 10_000 - 1024 + 5000 - 1024}
        assert input_.cuts() == {"max_line": 2}


def test_a_sender_has_to_wait_while_nothing_is_committed():
    with Receiving(syslog(TCP, buffer=65_536)) as input_, connect(port_of(input_, TCP)) as sender:
        sender.setblocking(False)
        input_.paused = True
        sent = 0
        line = b"<13>" + b"x" * 995 + b"\n"
        data = line * 4000

        def stuffed() -> bool:
            nonlocal sent
            try:
                sent += sender.send(data[sent % len(line) :][:65_536])
            except BlockingIOError:
                return input_.tail.status()[0].state == "waiting"
            return False

        input_.until(stuffed)
        assert input_.tail.waiting < 65_536 * 4, "memory is bounded; the rest is in the kernel"
        assert sent > input_.tail.waiting
        input_.paused = False
        complete = sent // len(line)
        input_.until_got(complete)
        assert set(input_.texts()) == {line.decode().rstrip("\n")}


def test_what_the_kernel_drops_of_udp_is_counted():
    with Receiving(syslog(UDP, buffer=65_536)) as input_:
        port = port_of(input_, UDP)
        input_.paused = True
        total = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

            def flood() -> bool:
                nonlocal total
                for _ in range(500):
                    sender.sendto(b"<13>" + b"x" * 8000, ("127.0.0.1", port))
                    total += 1
                return input_.tail.status()[0].state == "waiting" and total > 3000

            input_.until(flood)
        input_.paused = False
        input_.until(lambda: len(input_.got) + input_.skipped["kernel_buffer"] == total)
        assert input_.skipped["kernel_buffer"] > 0
        assert input_.got


def test_more_connections_than_allowed_wait_for_their_turn():
    with Receiving(syslog(TCP, max_connections=2)) as input_:
        port = port_of(input_, TCP)
        first, second, third = connect(port), connect(port), connect(port)
        for number, sender in enumerate((first, second, third)):
            sender.sendall(b"<13>from %d\n" % number)
        input_.until_got(2)
        assert not [text for text in input_.texts() if text == "<13>from 2"]
        assert [one.kind for one in input_.events] == ["connections_full"]
        first.close()
        input_.until_got(3)
        assert sorted(input_.texts()) == ["<13>from 0", "<13>from 1", "<13>from 2"]
        second.close()
        third.close()


def test_unix_sockets(tmp_path: Path):
    datagrams, streams = tmp_path / "d.sock", tmp_path / "s.sock"
    with Receiving(syslog(f"unix://{datagrams}", f"unix-stream://{streams}")) as input_:
        input_.until(
            lambda: datagrams.exists() and streams.exists() and oct(streams.stat().st_mode)[-3:] == "660"
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(datagrams))
            sender.send(b"<13>datagram")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sender:
            sender.connect(str(streams))
            sender.sendall(b"<13>stream\n")
        input_.until_got(2)
        assert sorted(input_.texts()) == ["<13>datagram", "<13>stream"]
        assert {one.path for one in input_.got} == {f"unix://{datagrams}", f"unix-stream://{streams}"}
    assert not datagrams.exists()
    assert not streams.exists()


def test_the_socket_of_a_killed_agent_is_replaced_and_a_live_one_is_not(tmp_path: Path):
    dead, live, file = tmp_path / "dead.sock", tmp_path / "live.sock", tmp_path / "file.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abandoned:
        abandoned.bind(str(dead))
    file.write_text("precious")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(live))
        with Receiving(syslog(*(f"unix://{path}" for path in (dead, live, file)))) as input_:
            input_.until(lambda: len(input_.events) >= 2)
            states = {one.path: one for one in input_.tail.status()}
            assert states[f"unix://{dead}"].state == "idle"
            assert states[f"unix://{live}"].state == "unreadable"
            assert (
                states[f"unix://{file}"].detail
                == "cannot listen: Address already in use (another program listens there)"
            )
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect(str(dead))
                sender.send(b"<13>alive")
            input_.until_got(1)
        assert live.exists()
        assert file.read_text() == "precious"


def test_a_port_that_is_taken_is_tried_again():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        input_ = Receiving(syslog(f"tcp://127.0.0.1:{port}"))
        with input_:
            input_.until(lambda: [one.kind for one in input_.events] == ["unreadable"])
            assert input_.tail.status()[0].state == "unreadable"
            other.close()
            input_.until(lambda: [one.kind for one in input_.events] == ["unreadable", "readable"])
            with connect(port) as sender:
                sender.sendall(b"<13>at last\n")
                input_.until_got(1)


def test_the_end_of_the_agent_takes_what_the_kernel_holds():
    with Receiving(syslog(UDP, TCP)) as input_:
        udp, tcp = port_of(input_, UDP), port_of(input_, TCP)
        with connect(tcp) as sender:
            sender.sendall(b"<13>first\n")
            input_.until_got(1)
            send_udp(udp, [f"<13>datagram {number}" for number in range(100)])
            sender.sendall(b"<13>second\n<13>third")
            input_.tail.drain()
            input_.until(input_.tail.at_end)
        assert len(input_.texts()) == 103
        assert "<13>third" in input_.texts()
        assert not input_.abandoned()


def test_run_once_does_not_listen():
    with Receiving(syslog(TCP), once=True) as input_:
        input_.step()
        assert input_.tail.at_end()


def test_descriptors_are_let_go_of(tmp_path: Path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with (
        Receiving(syslog(UDP, TCP, f"unix://{tmp_path}/s")) as input_,
        connect(port_of(input_, TCP)) as sender,
    ):
        sender.sendall(b"<13>x\n")
        input_.until_got(1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
