"""Frames out of a pipe that is read without blocking, straight into the memory they stay in."""

from __future__ import annotations

import os

from logsource.render.poolwire import HEADER, Frame, body_length, decode

MAX_FRAME = 1 << 30
"""Bytes. Nothing we make is so large; a damaged length must not make us allocate gigabytes."""
ENOUGH = 2
"""Frames taken in one go; the others, and the other workers, are heard at the next turn."""


class FrameReader:
    """Puts frames together from what comes."""

    def __init__(self, fd: int) -> None:
        """`fd` is non-blocking and stays its owner's."""
        self._fd = fd
        self._header = bytearray(HEADER.size)
        self._body: bytearray | None = None
        """None while the header is being read."""
        self._space = memoryview(self._header)
        """Where the next bytes go."""
        self._broken = ""

    def read(self) -> list[Frame]:
        """Frames that are complete. Behind the last one: EOFError at the end, ValueError for what is no frame."""
        frames: list[Frame] = []
        while len(frames) < ENOUGH and not self._broken:
            try:
                size = os.readv(self._fd, [self._space])
            except BlockingIOError:
                return frames
            if not size:
                if frames:
                    return frames
                raise EOFError
            self._space = self._space[size:]
            if not self._space and (frame := self._filled()) is not None:
                frames.append(frame)
        if self._broken and not frames:
            raise ValueError(self._broken)
        return frames

    def _filled(self) -> Frame | None:
        """The space is used up: go on with the body, or with the next frame."""
        if self._body is None:
            length = body_length(self._header)
            if length > MAX_FRAME:
                self._broken = f"a frame of {length} bytes"
                return None
            self._body = bytearray(length)
            self._space = memoryview(self._body)
            if length:
                return None
        frame = decode(self._header, memoryview(self._body))
        self._body = None
        self._space = memoryview(self._header)
        return frame
