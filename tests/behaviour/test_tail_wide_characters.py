"""Encodings whose characters are wider than a byte, over the edges of blocks, reads and restarts."""

from __future__ import annotations

import codecs

import pytest

from tests.support.tailing import Tailing, source

BLOCK = 256
MARKS = {
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-8": codecs.BOM_UTF8,
}
TEXTS = ["", "x", "ਊ਀Ċ਍", "größer als 👍👍", "一二三四五六七八九十" * 3]
"""U+0A0A, U+0A00, U+010A, U+0A0D hold the bytes of LF and CR; 👍 is a surrogate pair in UTF-16."""


def content(codec, shift, end):
    """Lines whose ends wander over the edges of blocks, one character further for each `shift`."""
    texts = ["y" * shift] + [TEXTS[number % len(TEXTS)] + str(number) for number in range(60)]
    return texts, MARKS[codec] + "".join(text + end for text in texts).encode(codec)


@pytest.mark.parametrize("codec", MARKS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("shift", range(0, 130, 9))
def test_ends_of_lines_over_the_edges_of_blocks(log, codec, end, shift):
    texts, data = content(codec, shift, end)
    log.write_bytes(data)
    tailing = Tailing(source(log), block_size=BLOCK).step()
    assert tailing.texts() == texts
    at = len(MARKS[codec])
    for one, text in zip(tailing.got, texts, strict=True):
        assert one.id[2] == at
        at += len((text + end).encode(codec))
    assert tailing.crash().settle().texts() == texts
    tailing.stop()


@pytest.mark.parametrize("codec", MARKS)
@pytest.mark.parametrize("piece", [1, 3, 127, 128, 129])
def test_pieces_of_characters_and_a_restart_after_each(log, codec, piece):
    """A writer's buffer ends in the middle of a character, and the agent is killed there."""
    texts, data = content(codec, 5, "\n")
    log.touch()
    tailing = Tailing(source(log), block_size=BLOCK)
    for start in range(0, len(data), piece):
        with log.open("ab") as file:
            file.write(data[start : start + piece])
        if piece > 1 or start % 7 == 0:
            tailing.crash()
        tailing.step()
    assert tailing.texts() == texts
    assert not any(event.kind == "replaced" for event in tailing.events)
    tailing.stop()


@pytest.mark.parametrize("codec", MARKS)
def test_every_generation_has_a_mark_of_its_own(tmp_path, log, codec):
    first, second = content(codec, 1, "\n"), content(codec, 2, "\r\n")
    log.write_bytes(first[1])
    tailing = Tailing(source(log), block_size=BLOCK).step()
    log.rename(tmp_path / "app.log.1")
    log.write_bytes(second[1])
    tailing.settle()
    assert tailing.texts() == [*first[0], *second[0]]
    tailing.stop()


@pytest.mark.parametrize("codec", MARKS)
def test_a_line_that_is_cut_is_cut_between_characters(log, codec):
    log.write_bytes(MARKS[codec] + ("👍" * 2000 + "\nend\n").encode(codec))
    tailing = Tailing(source(log, max_line=1024), block_size=BLOCK).step(3)
    cut, end = tailing.texts()
    assert end == "end"
    assert set(cut) == {"👍"}
    assert 900 <= len(cut.encode(codec)) <= 1024
    assert tailing.got[0].flags == {"truncated"}
    tailing.stop()
