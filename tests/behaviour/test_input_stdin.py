"""Standard input as a source: a pipe is read to its end, in order, and only as fast as it is committed."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from logsource.config.model import MultilineConfig, SourceConfig
from tests.support.clocks import ManualClock
from tests.support.receiving import Receiving
from tests.support.tailing import numbered
from tests.support.toolong import CASES, configured

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pipe:
    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self._closed = False

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.write_end, data) :]

    def end(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self.write_end)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.end()
    os.close(made.read_end)


def stdin(**options) -> SourceConfig:
    return SourceConfig(name="piped", type="stdin", **options)


def reading(pipe: Pipe, config: SourceConfig | None = None, **options) -> Receiving:
    return Receiving(config or stdin(), stdin=pipe.read_end, **options)


def test_lines_come_in_order_and_the_end_is_known(pipe: Pipe):
    with reading(pipe) as input_:
        pipe.write(b"first\nsecond\n")
        input_.until_got(2)
        assert not input_.tail.at_end()
        pipe.write(b"third\r\nno newline")
        pipe.end()
        input_.until(input_.tail.at_end)
        assert input_.texts() == ["first", "second", "third", "no newline"]
        assert [one.flags for one in input_.got][-1] == {"unterminated"}
        assert [one.id[2] for one in input_.got] == [0, 6, 13, 20], "offsets are bytes since the start"
        assert {one.path for one in input_.got} == {"stdin"}
        (status,) = input_.tail.status()
        assert (status.state, status.detail, status.offset) == ("idle", "ended", 30)


def test_a_line_is_not_cut_where_writes_are(pipe: Pipe):
    with reading(pipe) as input_:
        for byte in "één regel\n".encode():
            pipe.write(bytes([byte]))
            input_.step()
        input_.until_got(1)
        assert input_.texts() == ["één regel"]


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_column_names_and_comments_are_left_out_and_counted(pipe: Pipe, piece: int):
    text = b"time path\n----\n# made by a tool\n1 /a\n# restarted\n2 /b\n3 # not at the start\n"
    with reading(pipe, stdin(skip_lines=2, comment="#")) as input_:
        for start in range(0, len(text), piece):
            pipe.write(text[start : start + piece])
            input_.step()
        pipe.end()
        input_.until(input_.tail.at_end)
        assert input_.texts() == ["1 /a", "2 /b", "3 # not at the start"]
        assert [one.id[2] for one in input_.got] == [text.index(line) for line in (b"1 /a", b"2 /b", b"3 #")]
        assert input_.skipped == {"header": 2, "comment": 2}


def test_a_byte_order_mark_is_no_text(pipe: Pipe):
    with reading(pipe) as input_:
        pipe.write(b"\xef\xbb")
        input_.step()
        pipe.write(b"\xbfone\ntwo\n")
        input_.until_got(2)
        pipe.write(b"three\n")
        input_.until_got(3)
        assert input_.texts() == ["one", "two", "three"]
        assert [one.id[2] for one in input_.got] == [3, 7, 11]


def test_a_megabyte_comes_whole(pipe: Pipe):
    lines = numbered(0, 60_000)
    with reading(pipe, block_size=65_536) as input_:
        writer = threading.Thread(
            target=lambda: (pipe.write("".join(f"{x}\n" for x in lines).encode()), pipe.end())
        )
        writer.start()
        input_.until(input_.tail.at_end)
        writer.join()
        assert input_.texts() == lines
        for before, after in zip(input_.chunks, input_.chunks[1:], strict=False):
            assert after.start == before.end
        assert sum(len(one.data) for one in input_.chunks) == input_.chunks[-1].end, (
            "all of it came as blocks"
        )


def test_a_long_line_is_cut_flagged_and_counted(pipe: Pipe):
    with reading(pipe, stdin(max_line=1024)) as input_:
        pipe.write(b"x" * 50_000 + b"\nafter\n")
        pipe.end()
        input_.until(input_.tail.at_end)
        assert input_.texts() == ["x" * 1024, "after"]
        assert input_.got[0].flags == {"truncated"}
        assert input_.abandoned() == {"max_line": 50_000 - 1024}
        assert input_.cuts() == {"max_line": 1}


@pytest.mark.parametrize("piece", [1, 5, 1000])
@pytest.mark.parametrize("name", ["lines_of_a_record", "json", "a_line_of_a_record", "two_traces_at_once"])
def test_every_part_of_what_was_cut_says_so(pipe: Pipe, name: str, piece: int):
    case = CASES[name]
    config = stdin(**{**configured(case), "multiline": MultilineConfig(**configured(case)["multiline"])})
    text = "".join(f"{line}\n" for line in case.lines).encode()
    with reading(pipe, config) as input_:
        for start in range(0, len(text), piece):
            pipe.write(text[start : start + piece])
            input_.step()
        pipe.end()
        input_.until(input_.tail.at_end)
        assert [(one.text, one.flags) for one in input_.got] == case.records
        assert input_.cuts() == case.cuts


def test_multiline_records_wait_for_their_lines_and_not_for_ever(pipe: Pipe):
    config = stdin(multiline=MultilineConfig(continue_=r"^\s", flush_after=1.0))
    clock = ManualClock()
    with reading(pipe, config, clock=clock) as input_:
        pipe.write(b"error\n  at one\n")
        input_.until(lambda: input_.tail.status()[0].size > 0)
        input_.step()
        clock.advance(0.9)
        pipe.write(b"  at two\nnext\n")
        input_.until_got(1)
        assert input_.texts() == ["error\n  at one\n  at two"]
        clock.advance(0.9)
        input_.step()
        clock.advance(0.2)
        input_.until_got(2)
        assert input_.texts()[1:] == ["next"]


def test_nothing_is_read_while_nothing_is_committed(pipe: Pipe):
    sent = threading.Event()
    lines = [f"{x} " + "y" * 1000 for x in numbered(0, 600)]

    def write() -> None:
        pipe.write("".join(line + "\n" for line in lines).encode())
        sent.set()
        pipe.end()

    with reading(pipe, stdin(buffer=65_536)) as input_:
        input_.paused = True
        writer = threading.Thread(target=write)
        writer.start()
        input_.until(lambda: input_.tail.status()[0].state == "waiting")
        # buffer + one read + the kernel's pipe are less than what there is to write: the writer has to wait
        assert not sent.wait(0.3)
        held = input_.tail.waiting
        assert 65_536 - 65_536 // 4 < held < 65_536 * 6
        input_.paused = False
        input_.until(input_.tail.at_end)
        writer.join()
        assert input_.texts() == lines


def test_what_was_read_is_offered_again_after_a_rollback(pipe: Pipe):
    with reading(pipe) as input_:
        pipe.write(b"one\ntwo\n")
        input_.paused = True
        input_.until(lambda: input_.tail.waiting == 8)
        for _ in range(3):
            input_.step()
        input_.paused = False
        input_.until_got(2)
        assert input_.texts() == ["one", "two"]
        assert input_.step() == 0


def test_the_end_of_the_agent_takes_what_is_in_the_pipe(pipe: Pipe):
    with reading(pipe) as input_:
        pipe.write(b"one\n")
        input_.until_got(1)
        pipe.write(b"two\nthr")
        input_.tail.drain()
        input_.until(input_.tail.at_end)
        assert input_.texts() == ["one", "two", "thr"]
        pipe.write(b"too late\n")
        input_.tail.close()
        assert not input_.abandoned()


def test_what_could_not_be_committed_is_counted_at_the_end(pipe: Pipe):
    with reading(pipe) as input_:
        input_.paused = True
        pipe.write(b"12345678\n")
        input_.until(lambda: input_.tail.waiting == 9)
        input_.tail.close()
        input_.tail.close()
        assert input_.abandoned() == {"input_ended": 9}


def test_each_run_has_ids_of_its_own_and_old_rows_are_forgotten(pipe: Pipe):
    with reading(pipe) as input_:
        pipe.write(b"one\n")
        input_.until_got(1)
        first = set(input_.rows)
        input_.crash()
        pipe.write(b"two\n")
        input_.until_got(2)
        assert len({one.id[0] for one in input_.got}) == 2
        assert set(input_.rows) == {input_.got[1].id[0]}
        assert not first & set(input_.rows)


def test_a_standard_input_that_is_closed_is_trouble_and_no_endless_wait():
    with Receiving(stdin(), stdin=None, once=True) as input_:
        input_.until(lambda: input_.tail.at_end() and bool(input_.events))
        (status,) = input_.tail.status()
        assert status.state == "unreadable"
        assert status.detail == "standard input is closed"
        assert [one.kind for one in input_.events] == ["unreadable"]


def test_a_regular_file_may_be_standard_input(tmp_path):
    path = tmp_path / "in.log"
    path.write_text("one\ntwo\n")
    with path.open("rb") as file, Receiving(stdin(), stdin=file.fileno(), once=True) as input_:
        input_.until(input_.tail.at_end)
        assert input_.texts() == ["one", "two"]
