"""What a record is: delimiters, encodings, long lines, files that are no text at all."""

from __future__ import annotations

import codecs
import tracemalloc

import pytest

from tests.support.tailing import numbered, write

BLOCK = 4096


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "latin-1", "cp1252", "shift_jis"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_other_encodings(log, follow, codec, end):
    # U+0A0A holds two bytes 0x0A in UTF-16; neither ends a line.
    texts = (
        [f"{number} grün" for number in range(400)]
        if codec != "shift_jis"
        else [f"{n} 表" for n in range(400)]
    )
    if codec.startswith("utf"):
        texts += ["਀਀ ਊ", "👍 end"]
    log.write_bytes("".join(text + end for text in texts).encode(codec))
    tailing = follow(source={"encoding": codec}).step()
    assert tailing.texts() == texts
    at = {one.text: one.id[2] for one in tailing.got}
    assert at[texts[1]] == len((texts[0] + end).encode(codec))


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_text(log, follow, mark, codec):
    log.write_bytes(mark + "eins\nzwölf\n".encode(codec))
    tailing = follow().step()
    with log.open("ab") as file:
        file.write("drei\n".encode(codec))
    tailing.crash().step()
    assert tailing.texts() == ["eins", "zwölf", "drei"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("once", [True, False])
def test_the_marks_of_files_that_were_appended_are_no_text_either(log, follow, codec, once):
    """`cat a.log b.log`, or a program that writes its mark each time it opens its log."""
    lines = ["eins", "\ufeffzwei", "drei \ufeff mitten darin", "\ufeff", "\ufeffvier ﬁ"]
    log.write_bytes("".join(line + "\n" for line in ["\ufeffnull", *lines]).encode(codec))
    tailing = follow(source={"encoding": codec}, once=once).step(2)
    assert tailing.texts() == ["null", *(line.removeprefix("\ufeff") for line in lines)]
    assert [one.id[2] for one in tailing.got[1:3]] == [
        len("\ufeffnull\n".encode(codec)),
        len("\ufeffnull\neins\n".encode(codec)),
    ]


def test_crlf_belongs_to_the_delimiter_and_offsets_count_it(log, follow):
    log.write_bytes(b"one\r\ntwo\r\n\r\nthree\n")
    tailing = follow().step()
    assert [(one.text, one.id[2]) for one in tailing.got] == [("one", 0), ("two", 5), ("", 10), ("three", 12)]


def test_invalid_bytes_and_nuls_inside_do_not_matter(log, follow):
    log.write_bytes(b"a\xffb\nc\x00d\n\x00\ne\n")
    assert follow().step().texts() == ["a�b", "c\x00d", "\x00", "e"]


def test_one_byte_at_a_time(log, follow):
    tailing = follow()
    text = "größe 1\nzwei\r\n\n"
    for byte in text.encode():
        with log.open("ab") as file:
            file.write(bytes([byte]))
        tailing.step()
    assert tailing.texts() == ["größe 1", "zwei", ""]


@pytest.mark.parametrize("length", range(BLOCK - 30, BLOCK + 4))
def test_a_delimiter_over_the_edge_of_a_block(log, follow, length):
    lines = ["x" * length, "y" * 10, "z" * length, "end"]
    write(log, lines, end="\r\n")
    assert follow().step().texts() == lines


@pytest.mark.parametrize(
    ("content", "texts", "flags"),
    [
        (b"", [], []),
        (b"\n\n", ["", ""], [set(), set()]),
        (b"a\nb", ["a", "b"], [set(), {"unterminated"}]),
        (b"only", ["only"], [{"unterminated"}]),
    ],
)
def test_once_reads_everything_and_says_so(log, follow, content, texts, flags):
    log.write_bytes(content)
    tailing = follow(once=True)
    tailing.tail.scan()
    assert tailing.tail.at_end() == (not content)
    tailing.step()
    assert tailing.tail.at_end()
    assert tailing.texts() == texts
    assert [set(one.flags) for one in tailing.got] == flags


@pytest.mark.parametrize("size", [1024, 1025, 2000, 5000, 300_000])
@pytest.mark.parametrize("codec", ["utf-8", "latin-1", "utf-16-le"])
def test_a_long_line_is_cut_flagged_and_passed(log, follow, size, codec):
    unit = 2 if codec == "utf-16-le" else 1
    long = "x" * (size // unit)
    texts = ["before", long, "after", long, "end"]
    log.write_bytes("".join(text + "\n" for text in texts).encode(codec))
    tailing = follow(source={"encoding": codec, "max_line": 1024}).step()
    cut = long[: 1024 // unit]
    assert tailing.texts() == ["before", cut, "after", cut, "end"]
    flagged = {"truncated"} if len(long) > len(cut) else set()
    assert [set(one.flags) for one in tailing.got] == [set(), flagged, set(), flagged, set()]
    skipped = sum(event.bytes for event in tailing.events if event.kind == "abandoned")
    assert skipped == 2 * unit * (len(long) - len(cut))


@pytest.mark.parametrize(
    ("codec", "character"),
    [
        ("utf-8", "ü"),
        ("utf-16-le", "😀"),
        ("shift_jis", "表"),
        ("gb18030", "㐀"),
        ("euc_jp", "表"),
        ("big5", "功"),
    ],
)
@pytest.mark.parametrize("before", ["", "x"])
def test_a_cut_falls_between_characters(log, follow, codec, character, before):
    text = before + character * 2000
    log.write_bytes((text + "\nend\n").encode(codec))
    cut, end = follow(source={"max_line": 1024, "encoding": codec}).step().got
    assert text.startswith(cut.text)
    assert 1024 - len(character.encode(codec)) < len(cut.text.encode(codec)) <= 1024
    assert end.text == "end"


@pytest.mark.parametrize("codec", ["utf-8", "latin-1", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("piece", [1, 4096])
def test_a_carriage_return_makes_no_line_too_long(log, follow, codec, end, over, piece):
    unit = 2 if codec.startswith("utf-16") else 1
    text = "x" * (1024 // unit + over)
    tailing = follow(source={"encoding": codec, "max_line": 1024})
    data = "".join(line + end for line in ("a", text, "b")).encode(codec)
    edge = 1020
    for begin, stop in [(0, edge), *((at, at + piece) for at in range(edge, len(data), piece))]:
        with log.open("ab") as file:
            file.write(data[begin:stop])
        tailing.step()
    assert tailing.texts() == ["a", text[: 1024 // unit], "b"]
    assert [set(one.flags) for one in tailing.got] == [set(), {"truncated"} if over > 0 else set(), set()]


def test_a_carriage_return_where_a_line_is_cut_is_text(log, follow):
    log.write_bytes(b"x" * 1023 + b"\r" + b"y" * 10 + b"\n")
    tailing = follow(source={"max_line": 1024}).step()
    assert tailing.texts() == ["x" * 1023 + "\r"]
    assert tailing.abandoned() == {"max_line": 10}


@pytest.mark.parametrize(
    ("codec", "delimiter", "texts"),
    [
        ("shift_jis", "|", ["a倒b", "嘶", "", "end"]),
        ("gb18030", "0", ["㐀", "乗 x", "丂"]),
        ("iso2022_jp", "|", ["日本語", "x", "表"]),
        ("big5", "||", ["a功", "功b", ""]),
        ("utf-7", "A", ["größe", "日本"]),
    ],
)
def test_a_delimiter_is_no_part_of_another_character(log, follow, codec, delimiter, texts):
    """The second byte of many characters is one of ASCII; `0` is one of four bytes of others in GB 18030."""
    log.write_bytes("".join(text + delimiter for text in texts).encode(codec))
    source = {"encoding": codec, "delimiter": delimiter}
    for once in (True, False):
        assert follow(source=source, once=once).step(2).texts() == texts


def test_utf_16_that_begins_with_a_nul_is_not_utf_32(log, follow):
    log.write_bytes("\ufeff\0eins\0zwei\0".encode("utf-16-le"))
    tailing = follow(source={"encoding": "utf-16", "delimiter": "\0"}).step()
    assert tailing.texts() == ["", "eins", "zwei"]


def test_a_restart_while_skipping_gives_no_second_event(log, follow):
    tailing = follow(source={"max_line": 1024})
    write(log, ["x" * 50_000], end="")
    tailing.step()
    assert tailing.texts() == ["x" * 1024]
    tailing.crash()
    write(log, ["x" * 3_000_000], end="")
    tailing.step().crash()
    write(log, ["", "after"])
    tailing.step()
    assert tailing.texts() == ["x" * 1024, "after"]


@pytest.mark.parametrize(
    ("byte", "kept", "reason"), [(b"x", 262144, "max_line"), (b"\x00", 0, "nuls")], ids=["text", "nul"]
)
def test_a_line_of_100_mib_needs_little_memory(log, follow, byte, kept, reason):
    with log.open("wb") as file:
        file.write(b"start\n")
        for _ in range(100):
            file.write(byte * (1 << 20))
        file.write(b"\nend\n")
    tailing = follow(block_size=196608)
    tracemalloc.start()
    try:
        tailing.step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [len(text) for text in tailing.texts()] == [5, kept, 3]
    assert peak < 8 << 20
    assert tailing.abandoned() == {reason: (100 << 20) - kept}


def test_a_file_of_nuls_gives_nothing_until_something_else_comes(log, follow):
    with log.open("wb") as file:
        file.write(bytes(50 << 20))
    tailing = follow()
    tailing.step(3)
    assert tailing.texts() == []
    with log.open("ab") as file:
        file.write(b"hello\n")
    tailing.step(3)
    assert tailing.texts() == ["hello"]


def test_a_sparse_hole_of_a_terabyte_is_crossed_at_once(log, follow):
    with log.open("wb") as file:
        file.seek(1 << 40)
        file.write(b"hello\n")
    assert follow().step().texts() == ["hello"]


def test_a_binary_file_is_just_odd_lines(log, follow):
    content = bytes(range(1, 256)) * 4096
    log.write_bytes(content)
    tailing = follow(once=True).step()
    assert tailing.tail.at_end()
    assert len(tailing.got) == content.count(b"\n") + 1
    assert sum(chunk.end - chunk.start for chunk in tailing.chunks) == len(content)


def test_lines_over_many_blocks_keep_their_offsets(log, follow):
    lines = numbered(0, 5000)
    write(log, lines)
    tailing = follow().step()
    assert [(one.text, one.id[2]) for one in tailing.got] == [(line, 12 * i) for i, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("options", "raw", "replaced", "written"),
    [
        ({}, b"plain ASCII\n" * 3, 0, 0),
        ({}, "größe € 😀 and a \ufffd somebody wrote\n".encode(), 0, 1),
        ({}, b"caf\xe9 \xff\xfe\nfine\n" + "\ufffd ü\n".encode(), 3, 1),
        ({"multiline": {"start": "^A"}}, b"A\xe9\n b\nA\xff\xff" + "\ufffd\n".encode(), 3, 1),
        ({"encoding": "utf-16-le"}, "ab\ufffd\n".encode("utf-16-le") + b"\x00\xd8\n\x00", 1, 1),
        ({"encoding": "shift_jis"}, "表\n".encode("shift_jis") + b"\xff!\n", 1, 0),
        ({"encoding": "latin-1"}, bytes(range(0x80, 0x100)) + b"\n", 0, 0),
    ],
)
def test_invalid_bytes_are_counted_once_they_are_committed(log, follow, options, raw, replaced, written):
    log.write_bytes(raw)
    tailing = follow(source=options, once=True)
    tailing.tail.scan()
    for chunk in tailing.tail.read(1 << 20):
        tailing.tail.rolled_back(chunk)
    assert [one.kind for one in tailing.events] == ["found"]
    tailing.step()
    assert sum(one.bytes for one in tailing.events if one.kind == "replaced") == replaced
    assert sum(text.count("\ufffd") for text in tailing.texts()) == replaced + written
