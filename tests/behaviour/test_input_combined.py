"""Files and inputs side by side: fair turns, one order of ending, and a reload that changes what is received."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from logsource.clock import EventWaker, SystemClock
from logsource.config.model import SourceConfig
from logsource.tail.inputs.combined import CombinedTail, split
from logsource.tail.inputs.tail import InputTail
from logsource.tail.tailer import Tailer
from tests.support.receiving import Receiving
from tests.support.tailing import numbered, source, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logsource.model import Checkpoint


class Both(Receiving):
    """`Receiving`, with files too."""

    def _new(self) -> Any:
        files, inputs = split(self.configs)
        rows: list[Checkpoint] = list(self.rows.values())
        stdin = self.options.get("stdin", 0)
        common = {"linger": 0.0, "block_size": 4096, "on_event": self.events.append}
        clock = SystemClock()
        tailer = Tailer(files, rows, clock=clock, poll_interval=0.01, **common)
        received = InputTail(inputs, rows, clock=clock, waker=EventWaker(), stdin=stdin, **common)
        return CombinedTail(tailer, received)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read_end, write_end = os.pipe()
    yield read_end, write_end
    for one in (read_end, write_end):
        os.close(one)


def stdin(**options: Any) -> SourceConfig:
    return SourceConfig(name="piped", type="stdin", **options)


def test_neither_side_waits_for_the_other_to_be_done(tmp_path: Path, pipe: tuple[int, int]):
    log = tmp_path / "app.log"
    write(log, numbered(0, 20_000, "file"))
    with Both(source(log), stdin(), stdin=pipe[0]) as both:
        os.write(pipe[1], "".join(f"{line}\n" for line in numbered(0, 3000, "pipe")).encode())
        both.paused = True
        both.until(lambda: both.tail.waiting > 30_000)
        shares = []
        for _ in range(6):
            both.tail.scan()
            chunks = both.tail.read(8192)
            shares.append({chunk.source for chunk in chunks})
            assert sum(chunk.end - chunk.start for chunk in chunks) <= 3 * 4096
            for chunk in chunks:
                both.tail.committed(chunk)
        assert shares == [{"app", "piped"}] * 6


def test_each_side_gets_its_own_back(tmp_path: Path, pipe: tuple[int, int]):
    log = tmp_path / "app.log"
    write(log, ["from the file"])
    with Both(source(log), stdin(), stdin=pipe[0]) as both:
        os.write(pipe[1], b"from the pipe\n")
        both.paused = True
        both.until(lambda: both.tail.waiting > 0)
        both.step()
        both.paused = False
        both.until_got(2)
        assert sorted(both.texts()) == ["from the file", "from the pipe"]
        assert {row.source for row in both.rows.values()} == {"app", "piped"}
        assert {one.source for one in both.tail.status()} == {"app", "piped"}


def test_at_the_end_only_what_was_received_is_read(tmp_path: Path, pipe: tuple[int, int]):
    log = tmp_path / "app.log"
    write(log, ["one"])
    with Both(source(log), stdin(), stdin=pipe[0]) as both:
        both.until_got(1)
        os.write(pipe[1], b"received\n")
        write(log, ["stays in the file"])
        both.tail.drain()
        both.until(lambda: not both.tail.waiting and len(both.got) >= 2)
        both.step()
        assert both.texts() == ["one", "received"]
        both.crash()
        both.until_got(3)
        assert both.texts()[-1] == "stays in the file"


def test_a_reload_opens_what_is_new_keeps_what_stays_and_closes_what_is_gone(
    tmp_path: Path, pipe: tuple[int, int]
):
    log, first, second = tmp_path / "app.log", tmp_path / "first.sock", tmp_path / "second.sock"
    write(log, ["one"])

    def syslog(name: str, path: Path, **more: Any) -> SourceConfig:
        return SourceConfig(name=name, type="syslog", listen=[f"unix://{path}"], **more)

    def send(path: Path, text: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(path))
            sender.send(text.encode())

    with Both(source(log), stdin(), stdin=pipe[0]) as both:
        os.write(pipe[1], b"first half, ")
        both.until_got(1)
        both.tail.reconfigure(
            [source(log), stdin(unmatched="drop"), syslog("net", first)], list(both.rows.values())
        )
        both.until(first.exists)
        os.write(pipe[1], b"second half\n")
        send(first, "over the socket")
        both.until_got(3)
        assert sorted(both.texts()[1:]) == ["first half, second half", "over the socket"], "the pipe was kept"
        both.tail.reconfigure([syslog("net", second)], list(both.rows.values()))
        both.until(second.exists)
        assert not first.exists()
        send(second, "elsewhere")
        write(log, ["nobody reads this"])
        both.until_got(4)
        assert both.texts()[-1] == "elsewhere"
        assert {one.path for one in both.tail.status()} == {f"unix://{second}"}


def test_what_a_removed_input_had_received_is_counted(pipe: tuple[int, int]):
    with Both(stdin(), stdin=pipe[0]) as both:
        both.paused = True
        os.write(pipe[1], b"12345678\n")
        both.until(lambda: both.tail.waiting == 9)
        both.tail.reconfigure([], [])
        assert both.abandoned() == {"input_ended": 9}
        assert not both.tail.status()
