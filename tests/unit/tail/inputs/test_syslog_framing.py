"""RFC 6587: messages of a connection, however its bytes are cut into reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.tail.framing import TRUNCATED, UNTERMINATED
from logsource.tail.inputs.inbox import Message
from logsource.tail.inputs.syslogframing import Connection, datagram

ALICE = b"<34>1 2026-01-02T03:04:05Z host app 1 - - hello"
BOB = b"<13>Jan  2 03:04:05 host app: two\nlines"


def messages(*reads: bytes, limit: int = 1000) -> list[Message]:
    connection = Connection(limit)
    found = [message for read in reads for message in connection.feed(read)]
    return found + connection.end()


def counted(*texts: bytes) -> bytes:
    return b"".join(b"%d %s" % (len(text), text) for text in texts)


def each_byte(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


@pytest.mark.parametrize("cut", [lambda data: [data], each_byte], ids=["at once", "byte by byte"])
class TestHoweverReadsFall:
    def test_counted_messages_may_hold_newlines(self, cut):
        assert messages(*cut(counted(ALICE, BOB, ALICE))) == [Message(ALICE), Message(BOB), Message(ALICE)]

    def test_the_end_of_a_line_that_is_counted_is_no_text(self, cut):
        """rsyslog with TCP_Framing="octet-counted": its templates end with an LF."""
        ends = [
            text + end for text, end in ((ALICE, b"\n"), (BOB, b"\r\n"), (ALICE, b"\0"), (b"<13>", b"\n"))
        ]
        assert messages(*cut(counted(*ends))) == [
            Message(ALICE),
            Message(BOB),
            Message(ALICE),
            Message(b"<13>"),
        ]

    def test_the_end_of_a_line_makes_it_no_longer(self, cut):
        text = b"<34>" + b"x" * 996
        lines = text + b"\r\n" + text + b"\n" + text + b"\0\n" + text + b"y\n"
        assert messages(*cut(lines)) == [*[Message(text)] * 3, Message(text, TRUNCATED, 1)]

    def test_lines(self, cut):
        assert messages(*cut(ALICE + b"\n" + ALICE + b"\r\n" + ALICE + b"\0\n")) == [Message(ALICE)] * 3

    def test_a_nul_ends_messages_too_and_then_they_may_hold_newlines(self, cut):
        assert messages(*cut(ALICE + b"\0" + BOB + b"\0" + ALICE + b"\0")) == [
            Message(ALICE),
            Message(BOB),
            Message(ALICE),
        ]
        assert messages(*cut(ALICE + b"\0\n" + ALICE + b"\0\n")) == [Message(ALICE)] * 2
        assert messages(*cut(ALICE + b"\0" + BOB)) == [Message(ALICE), Message(BOB, UNTERMINATED)]

    def test_a_message_that_is_too_long_ends_with_its_nul(self, cut):
        long = b"<34>" + b"x" * 2000
        assert messages(*cut(ALICE + b"\0" + long + b"\0" + ALICE + b"\0")) == [
            Message(ALICE),
            Message(long[:1000], TRUNCATED, 1004),
            Message(ALICE),
        ]

    def test_a_line_that_begins_with_a_number_is_no_count(self, cut):
        assert messages(*cut(b"2026 was long\n15 minutes\n")) == [
            Message(b"2026 was long"),
            Message(b"15 minutes"),
        ]

    def test_a_newline_between_frames_is_forgiven(self, cut):
        assert messages(*cut(counted(ALICE) + b"\n" + counted(ALICE))) == [Message(ALICE)] * 2

    def test_what_follows_a_broken_frame_is_read_as_lines(self, cut):
        data = counted(ALICE) + b"<13>no count\n<13>again\n"
        assert messages(*cut(data)) == [Message(ALICE), Message(b"<13>no count"), Message(b"<13>again")]

    def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(self, cut):
        found = messages(*cut(b"<13>" + b"x" * 96 + b"\n" + b"<13>next\n"), limit=50)
        assert found == [Message(b"<13>" + b"x" * 46, TRUNCATED, 50), Message(b"<13>next")]

    def test_a_frame_that_is_too_long_is_cut_and_the_next_one_is_whole(self, cut):
        found = messages(*cut(counted(b"<13>" + b"x" * 96, b"<13>next")), limit=50)
        assert found == [Message(b"<13>" + b"x" * 46, TRUNCATED, 50), Message(b"<13>next")]

    def test_a_connection_that_breaks_in_a_line_gives_what_there_is(self, cut):
        assert messages(*cut(ALICE + b"\n<13>unfin")) == [Message(ALICE), Message(b"<13>unfin", UNTERMINATED)]

    def test_a_connection_that_breaks_in_a_frame_gives_what_there_is(self, cut):
        assert messages(*cut(counted(ALICE) + b"40 <13>unfin")) == [
            Message(ALICE),
            Message(b"<13>unfin", UNTERMINATED),
        ]

    def test_a_connection_that_breaks_in_what_is_left_out(self, cut):
        assert messages(*cut(b"<13>" + b"x" * 60), limit=50) == [Message(b"<13>" + b"x" * 46, TRUNCATED, 14)]
        assert messages(*cut(b"99 <13>" + b"x" * 60), limit=50) == [
            Message(b"<13>" + b"x" * 46, TRUNCATED, 14)
        ]


def test_an_endless_line_takes_no_more_memory_than_the_limit():
    connection = Connection(1000)
    for _ in range(1000):
        assert connection.feed(b"x" * 10_000) == []
        assert len(connection._buffer) <= 1000 + 10_000
    (message,) = connection.feed(b"\n")
    assert (len(message.data), message.left_out) == (1000, 10_000_000 - 1000)


def test_an_endless_frame_takes_no_more_memory_than_the_limit():
    connection = Connection(1000)
    connection.feed(b"10000000 <13>")
    for _ in range(900):
        assert connection.feed(b"x" * 10_000) == []
        assert len(connection._buffer) <= 1000 + 10_000 + 20


@given(
    st.lists(st.binary(min_size=1, max_size=30).map(lambda text: b"<1>" + text), max_size=8),
    st.data(),
)
def test_counted_messages_survive_any_cut(texts, data):
    stream = counted(*texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reads = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    # Newlines between frames are forgiven, so a message may not begin with one, and none does: `<` comes first.
    assert messages(*reads) == [Message(text.rstrip(b"\r\n\0")) for text in texts]


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(1, 40))
def test_whatever_is_sent_nothing_grows_and_nothing_raises(reads, limit):
    connection = Connection(limit)
    given_bytes = 0
    seen = 0
    for read in reads:
        given_bytes += len(read)
        for message in connection.feed(read):
            assert len(message.data) <= limit
            seen += len(message.data) + message.left_out
        assert len(connection._buffer) <= limit + 60 + 12
    seen += sum(len(one.data) + one.left_out for one in connection.end())
    assert seen <= given_bytes


def test_datagrams():
    assert datagram(b"<13>text\r\n", 10, 100) == Message(b"<13>text")
    assert datagram(b"x" * 20, 35, 20) == Message(b"x" * 20, TRUNCATED, 15)


def test_a_nul_within_a_line_ends_nothing():
    assert messages(b"<13>a\0b\n<13>c\0<13>\n") == [Message(b"<13>a\0b"), Message(b"<13>c\0<13>")]
