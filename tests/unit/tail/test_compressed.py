"""Compressed content by offset."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random

import lz4.frame
import pytest
import zstandard

from logsource.tail.compressed import OUTPUT, CompressedContent
from logsource.tail.open import open_content

COMPRESS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "lz4": lambda data: lz4.frame.compress(data, content_checksum=True),
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
TEXT = b"".join(b"line %06d\n" % number for number in range(60_000))


@pytest.fixture(params=COMPRESS)
def kind(request):
    return request.param


def read_all(content, step=100_000):
    out = b""
    while block := content.read(len(out), step):
        out += block
    return out


def test_reads_what_was_compressed_and_knows_its_length_at_the_end(tmp_path, kind):
    path = tmp_path / "log"
    path.write_bytes(COMPRESS[kind](TEXT))
    content, compression = open_content(str(path))
    assert compression == kind
    assert content.length(content.stat(), 0) > 0
    assert read_all(content) == TEXT
    assert content.length(content.stat(), 0) == len(TEXT)
    assert content.read(10, 11) == TEXT[10:21], "going back works"
    assert content.read(500_000, 70) == TEXT[500_000:500_070]
    assert content.read(499_990, 70) == TEXT[499_990:500_060]
    content.close()


def test_its_length_is_guessed_from_what_was_read(tmp_path, kind):
    choose = random.Random(1)
    text = b"".join(
        b"%08x GET /page/%d 200\n" % (choose.getrandbits(32), choose.randrange(100)) for _ in range(90_000)
    )
    path = tmp_path / "log"
    path.write_bytes(COMPRESS[kind](text))
    content, _ = open_content(str(path))
    status, done = content.stat(), 0
    while block := content.read(done, 100_000):
        done += len(block)
        guess = content.length(status, done)
        assert guess >= done
        if len(text) / 2 < done < len(text):
            assert 0.5 * len(text) < guess < 2 * len(text)
    assert content.length(status, done) == done == len(text)
    content.close()


def test_several_members_are_one_content(tmp_path, kind):
    path = tmp_path / "log"
    path.write_bytes(COMPRESS[kind](TEXT) + COMPRESS[kind](b"more\n"))
    content, _ = open_content(str(path))
    assert read_all(content) == TEXT + b"more\n"
    content.close()


def test_padding_behind_the_end_is_left_alone(tmp_path, kind):
    path = tmp_path / "log"
    path.write_bytes(COMPRESS[kind](TEXT) + b"\0" * 512)
    content, _ = open_content(str(path))
    assert read_all(content) == TEXT
    assert content.length(content.stat(), 0) == len(TEXT)
    content.close()


def test_a_stream_that_breaks_off_is_waited_for(tmp_path, kind):
    path = tmp_path / "log"
    whole = COMPRESS[kind](TEXT)
    path.write_bytes(whole[: len(whole) // 2])
    content, _ = open_content(str(path))
    first = read_all(content)
    assert TEXT.startswith(first)
    assert len(first) < len(TEXT)
    with path.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert first + content.read(len(first), len(TEXT)) == TEXT
    content.close()


def test_damaged_data_is_an_error_with_a_reason(tmp_path, kind):
    path = tmp_path / "log"
    whole = bytearray(COMPRESS[kind](os.urandom(200_000)))
    for index in range(100, len(whole), 97):
        whole[index] ^= 0xFF
    path.write_bytes(whole)
    content, _ = open_content(str(path))
    with pytest.raises(OSError, match="damaged"):
        read_all(content)
    content.close()


def test_a_bomb_does_not_fill_the_memory(tmp_path, kind):
    path = tmp_path / "log"
    path.write_bytes(COMPRESS[kind](b"\0" * 30_000_000))
    fd = os.open(path, os.O_RDONLY)
    content = CompressedContent(fd, kind)
    size = 0
    while block := content.read(size, 100_000):
        size += len(block)
        assert len(content._window) <= 100_000 + OUTPUT + _LARGEST_STEP
    assert size == 30_000_000
    content.close()


_LARGEST_STEP = 64 // 3 * 131072
"""zstd: one slice of input may hold this many bytes of output."""
