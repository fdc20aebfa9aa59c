"""A stream gives the same records however its bytes arrive, and whatever is refused in between."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from logsource.config.model import SourceConfig
from logsource.tail.inputs.inbox import Inbox, Message
from logsource.tail.inputs.records import MessageRecords, RawRecords
from logsource.tail.inputs.stream import Stream
from tests.support.clocks import ManualClock
from tests.support.tailing import records


def nothing() -> None:
    pass


def inbox_of(clock: ManualClock, delimiter: int) -> Inbox:
    return Inbox(1 << 20, clock=clock, ring=nothing, block_size=64, on_room=nothing, delimiter=delimiter)


def read_all(stream: Stream, clock: ManualClock, refuse: list[bool], limit: int) -> list[tuple[int, str]]:
    """Read until nothing is due; a refused chunk is offered again."""
    got = []
    while stream.due_in(clock.monotonic(), block_size=64, linger=0.0, eager=True) <= 0:
        chunk = stream.read(limit, now=clock.monotonic(), now_ms=clock.now_ms())
        if chunk is None:
            break
        if refuse and refuse.pop():
            stream.rolled_back()
            continue
        assert chunk.start == stream.offset
        got += [(one.id[2], one.text) for one in records(chunk)]
        stream.committed()
        assert stream.offset == chunk.end == chunk.checkpoint.offset
    return got


def stream_of(inbox: Inbox, made: RawRecords | MessageRecords) -> Stream:
    return Stream(
        source="s", kind="k", path="p", file_id="0" * 32, inbox=inbox, records=made, trouble=lambda: ""
    )


texts = st.text(alphabet=st.characters(exclude_characters="\n\r", codec="utf-8"), max_size=30)


@settings(max_examples=200, deadline=None)
@given(st.lists(texts, max_size=20), st.data(), st.lists(st.booleans(), max_size=10), st.integers(1, 200))
def test_lines_of_a_pipe(lines, data, refuse, limit):
    lines = ["a line that begins with no mark", *lines]
    raw = "".join(line + "\n" for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=10)))
    clock = ManualClock()
    inbox = inbox_of(clock, 0)
    stream = stream_of(inbox, RawRecords(inbox, SourceConfig(name="s", type="stdin")))
    got = []
    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        if begin < end:
            inbox.put([Message(raw[begin:end])])
        got += read_all(stream, clock, refuse, limit)
    inbox.close()
    got += read_all(stream, clock, [], limit)
    offsets = [len("".join(line + "\n" for line in lines[:index]).encode()) for index in range(len(lines))]
    assert got == list(zip(offsets, lines, strict=True))
    assert stream.ended
    assert stream.offset == len(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=20),
    st.lists(st.booleans()),
    st.integers(1, 99),
)
def test_messages(messages, refuse, limit):
    messages = [text.rstrip("\r") for text in messages]
    clock = ManualClock()
    inbox = inbox_of(clock, 1)
    stream = stream_of(inbox, MessageRecords(inbox))
    inbox.put([Message(text.encode()) for text in messages])
    inbox.close()
    got = read_all(stream, clock, refuse, limit)
    assert [text for _, text in got] == messages
    assert len({offset for offset, _ in got}) == len(messages), "an offset each, so an id each"
    assert stream.ended
