"""Frames out of a pipe, however the bytes come."""

import os
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsource.render.poolreader import FrameReader
from logsource.render.poolwire import HEADER, Kind, encode


def pipe(stack):
    read_fd, write_fd = os.pipe()
    stack.callback(os.close, read_fd)
    os.set_blocking(read_fd, False)
    return read_fd, write_fd


messages = st.lists(st.tuples(st.integers(), st.binary(max_size=200)), max_size=6)


@given(messages, st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_frames_come_whole_and_in_order_however_they_are_cut(sent, cuts):
    data = b"".join(b"".join(encode(Kind.DONE, about, [payload])) for about, payload in sent)
    with ExitStack() as stack:
        read_fd, write_fd = pipe(stack)
        reader, got, at, turn = FrameReader(read_fd), [], 0, 0
        while at < len(data):
            at += os.write(write_fd, data[at : at + cuts[turn % len(cuts)]])
            turn += 1
            got += reader.read()
        os.close(write_fd)
        while len(got) < len(sent):
            got += reader.read()
        with pytest.raises(EOFError):
            reader.read()
    assert [(frame.about, bytes(frame.payload)) for frame in got] == sent


def test_what_is_no_frame_is_said_behind_the_frames_before_it():
    with ExitStack() as stack:
        read_fd, write_fd = pipe(stack)
        os.write(write_fd, b"".join(encode(Kind.READY, None)) + b"\xff" * 100)
        os.close(write_fd)
        reader = FrameReader(read_fd)
        assert [frame.kind for frame in reader.read()] == [Kind.READY]
        for _ in range(2):
            with pytest.raises(ValueError, match="a frame of"):
                reader.read()


def test_an_end_in_the_middle_of_a_frame_is_the_end():
    with ExitStack() as stack:
        read_fd, write_fd = pipe(stack)
        os.write(write_fd, HEADER.pack(Kind.DONE, 4, 1000) + b"null" + b"x" * 10)
        reader = FrameReader(read_fd)
        assert reader.read() == []
        os.close(write_fd)
        with pytest.raises(EOFError):
            reader.read()
