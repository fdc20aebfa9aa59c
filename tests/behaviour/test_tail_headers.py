"""Lines that are no records: headers of so many lines, and W3C comments; counted, and left out again after rotation."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import numbered, write

W3C = [
    "#Software: Microsoft Internet Information Services 10.0",
    "#Version: 1.0",
    "#Fields: date time cs-method",
]


def skipped(tailing):
    """Lines left out, by reason."""
    total = Counter()
    for chunk in tailing.chunks:
        total.update(chunk.skipped)
    return total


CODECS = ["utf-8", "utf-8-sig", "latin-1", "utf-16-le"]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_header_lines_are_left_out_and_the_offsets_of_the_rest_stay(log, follow, codec, end):
    lines = ["date;größe", "----", *numbered(0, 2000)]
    log.write_bytes("".join(line + end for line in lines).encode(codec))
    tailing = follow(source={"skip_lines": 2, "encoding": codec}).step()
    assert tailing.texts() == lines[2:]
    assert skipped(tailing) == {"header": 2}
    assert tailing.got[0].id[2] == len("".join(line + end for line in lines[:2]).encode(codec))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_comments_are_left_out_wherever_they_stand(log, follow, codec, end):
    lines = [*W3C, *numbered(0, 1000, "ü"), *W3C, "", " # no comment", *numbered(1000, 1000, "ü"), "#", "end"]
    log.write_bytes("".join(line + end for line in lines).encode(codec))
    tailing = follow(source={"comment": "#", "encoding": codec}).step()
    assert tailing.texts() == [line for line in lines if not line.startswith("#")]
    assert skipped(tailing) == {"comment": 7}


def test_one_byte_at_a_time_and_a_restart_after_each(log, follow):
    tailing = follow(source={"skip_lines": 2, "comment": "#"})
    for byte in b"a;b\n#2\n1;2\n#note\n\n##\n3;4\n":
        with log.open("ab") as file:
            file.write(bytes([byte]))
        tailing.step().crash()
    tailing.step()
    assert tailing.texts() == ["1;2", "", "3;4"]
    assert skipped(tailing) == {"header": 2, "comment": 2}


@pytest.mark.parametrize("kind", ["rename", "compress"])
@pytest.mark.parametrize("state", ["running", "stopped"])
def test_every_generation_has_a_header_of_its_own(log, follow, kind, state):
    tailing = follow(source={"skip_lines": 3})
    writer = Writer(log, "reopens")
    written = []
    for generation in range(3):
        write(log, W3C[:2])
        tailing.step()
        if state == "stopped":
            tailing.stop()
        write(log, W3C[2:])
        writer.write(5)
        written += W3C
        rotate(log, kind, writer, generation)
        if state == "stopped":
            tailing.start()
    write(log, W3C)
    writer.write(2)
    tailing.settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert skipped(tailing) == {"header": len(written) + 3}


def test_a_log_that_is_written_anew_has_a_header_again(log, follow):
    tailing = follow(source={"skip_lines": 3})
    write(log, [*W3C, *numbered(0, 9)])
    tailing.step()
    log.write_text("")
    write(log, [*W3C, *numbered(9, 3)])
    tailing.settle()
    assert tailing.texts() == numbered(0, 12)
    assert skipped(tailing) == {"header": 6}


def test_a_writer_that_leaves_a_hole_repeats_no_header(log, follow):
    tailing = follow(source={"skip_lines": 3})
    with log.open("wb") as file:
        file.write("".join(line + "\n" for line in [*W3C, *numbered(0, 9)]).encode())
        file.flush()
        tailing.step()
        with log.open("r+b") as other:
            other.truncate(0)
        file.write("".join(line + "\n" for line in numbered(9, 3)).encode())
    tailing.settle()
    assert tailing.texts() == numbered(0, 12)
    assert skipped(tailing) == {"header": 3}


@pytest.mark.parametrize(("there", "left"), [(1, 2), (3, 0), (50, 0)])
def test_starting_at_the_end_counts_the_header_that_is_there(log, follow, there, left):
    write(log, [*W3C, *numbered(0, 50)][:there])
    tailing = follow(source={"skip_lines": 3, "start_at": "end"}).step()
    write(log, [*W3C[there:], *numbered(100, 5)])
    tailing.step()
    assert tailing.texts() == numbered(100, 5)
    assert skipped(tailing) == ({"header": left} if left else {})


def test_a_header_line_that_is_too_long_is_passed_and_its_bytes_counted(log, follow):
    write(log, ["h" * 5000, "second", "record", "#" + "c" * 5000, "end"])
    tailing = follow(source={"skip_lines": 2, "comment": "#", "max_line": 1024}).step()
    assert tailing.texts() == ["record", "end"]
    assert skipped(tailing) == {"header": 2, "comment": 1}
    assert tailing.abandoned() == {"max_line": 5000 - 1024 + 5001 - 1024}


def test_a_file_of_nothing_but_header_is_at_its_end(log, follow):
    write(log, W3C[:2])
    write(log, W3C[2:], end="")
    tailing = follow(source={"skip_lines": 5}, once=True).step()
    assert tailing.tail.at_end()
    assert tailing.texts() == []
    assert skipped(tailing) == {"header": 3}


@pytest.mark.parametrize(
    "multiline",
    [{"start": "^A"}, {"continue": "^ "}, {"json": False, "count": 2}],
    ids=["start", "continue", "count"],
)
def test_comments_are_taken_out_before_lines_are_joined(log, follow, multiline):
    tailing = follow(
        source={"skip_lines": 1, "comment": "#", "multiline": {**multiline, "flush_after": 60.0}}
    )
    for line in ["#", "#1", "A1", "#2", " a", "#3", "#4", "A2", " b", "#5", "A3", " c", "A4"]:
        write(log, [line])
        tailing.step(seconds=0.1).crash()
    tailing.step()
    assert tailing.texts() == ["A1\n a", "A2\n b", "A3\n c"]
    assert skipped(tailing) == {"header": 1, "comment": 5}


def test_only_comments_do_not_wait_for_a_record(log, follow):
    tailing = follow(source={"comment": "//", "multiline": {"start": "^A", "flush_after": 60.0}})
    write(log, ["// one", "// two"])
    tailing.step()
    assert skipped(tailing) == {"comment": 2}
    assert next(iter(tailing.rows.values())).offset == log.stat().st_size


def test_blocks_without_a_comment_stay_blocks(log, follow):
    write(log, ["# one", *numbered(0, 4000)])
    tailing = follow(source={"comment": "#"}).step()
    assert tailing.texts() == numbered(0, 4000)
    assert [chunk.lines is None for chunk in tailing.chunks] == [False] + [True] * (len(tailing.chunks) - 1)
    assert len(tailing.chunks) > 3
