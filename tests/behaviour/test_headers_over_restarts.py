"""Columns that a header names: the names belong to the file, whatever is read in between and however often we start."""

from __future__ import annotations

import gzip
from dataclasses import replace

import orjson
import pytest

from logsource.model import EVENT_START
from tests.support.rendering import chunk_of, renderer
from tests.support.tailing import Tailing, source, write

CSV = {"sheet": {"csv": {"header": True}}}
W3C = {"sheet": {"csv": {"w3c": True}}}


def rendering(parsers=CSV):
    """What a newly started agent renders with."""
    return renderer("sheet", parsers=parsers)


def fields(rendered):
    """The fields of each event, the reason for those that have none."""
    found = []
    assert rendered.events.startswith(EVENT_START) or not rendered.events
    for event in orjson.loads(b"[" + rendered.events + b"]"):
        data = orjson.loads(event["ue_pr"])["data"]["data"]
        found.append(data.get("reason") or data["fields"])
    return found


def test_after_a_restart_columns_have_the_names_of_their_header(tmp_path):
    log = tmp_path / "a.csv"
    write(log, ["client,status", "192.0.2.1,200"])
    tail = Tailing(source(log)).step()
    assert fields(rendering().render(tail.chunks[0])) == [{"client": "192.0.2.1", "status": "200"}]
    tail.crash()
    write(log, ["192.0.2.2,404"])
    tail.step()
    again = rendering()
    assert fields(again.render(tail.chunks[1])) == [{"client": "192.0.2.2", "status": "404"}]
    write(log, ["192.0.2.3,500"])
    tail.step()
    assert tail.chunks[2].head == (), "it is read once"
    assert fields(again.render(tail.chunks[2])) == [{"client": "192.0.2.3", "status": "500"}]


@pytest.mark.parametrize("unmatched", ["event", "dead_letter", "drop"])
def test_lines_that_name_columns_are_counted_and_are_no_events(unmatched):
    lines = ["#Software: x", "#Fields: c-ip cs-method", "192.0.2.1 GET", "#Fields: cs-method", "PUT", "a b c"]
    rendered = renderer("sheet", parsers=W3C, unmatched=unmatched).render(chunk_of(lines))
    assert rendered.tally.read == 6
    assert rendered.tally.dropped["header"] == 3
    assert rendered.tally.unparsed == {"no_match": 1}
    sent = fields(rendered)
    assert sent[:2] == [{"c-ip": "192.0.2.1", "cs-method": "GET"}, {"cs-method": "PUT"}]
    assert len(sent) == (3 if unmatched == "event" else 2)


def test_a_header_behind_comments_in_a_compressed_file_of_another_encoding(tmp_path):
    log = tmp_path / "a.log.gz"
    lines = ["#Version: 1.0", "", "#Fields: cs-method größe", "GET 1"] + ["PUT 2"] * 2000
    log.write_bytes(gzip.compress("".join(f"{line}\r\n" for line in lines).encode("latin-1")))
    tail = Tailing(source(log, encoding="latin-1"))
    tail.tail.scan()
    tail.commit(tail.tail.read(4096))
    tail.crash().settle()
    later = tail.chunks[1]
    assert later.start > 0
    first, *_ = fields(rendering(W3C).render(later))
    assert first == {"cs-method": "PUT", "größe": "2"}


@pytest.mark.parametrize(
    "options",
    [
        {"skip_lines": 1},
        {"comment": "!"},
        {"comment": "!", "delimiter": "||"},
        {"comment": "!", "multiline": {"continue": "^ ", "flush_after": "10s"}},
    ],
    ids=str,
)
def test_the_header_is_found_behind_lines_that_are_no_records(tmp_path, options):
    log = tmp_path / "a.csv"
    end = options.get("delimiter", "\n")
    write(log, ["!exported by a tool", "a,b", "1,2"], end=end)
    tail = Tailing(source(log, **options)).settle().crash()
    write(log, ["3,4"], end=end)
    tail.settle()
    (later,) = (chunk for chunk in tail.chunks if chunk.head)
    assert fields(rendering().render(later)) == [{"a": "3", "b": "4"}]


def test_two_files_of_one_source_have_their_own_headers(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "two.csv"
    write(one, ["a,b", "1,2"])
    write(other, ["x,y", "8,9"])
    tail = Tailing(source(tmp_path / "*.csv")).step()
    made = rendering()
    for file in (one, other, one):
        write(file, ["5,6"])
        tail.step()
    found = {}
    for chunk in tail.chunks:
        found.setdefault(chunk.path, []).extend(fields(made.render(chunk)))
    assert found[str(one)] == [{"a": "1", "b": "2"}, {"a": "5", "b": "6"}, {"a": "5", "b": "6"}]
    assert found[str(other)] == [{"x": "8", "y": "9"}, {"x": "5", "y": "6"}]


def test_a_chunk_that_was_refused_is_the_same_when_it_comes_again(tmp_path):
    log = tmp_path / "a.log"
    write(log, ["#Fields: a b", "1 2"])
    tail = Tailing(source(log)).step()
    write(log, ["3 4", "#Fields: x y", "5 6"])
    tail.step()
    made = rendering(W3C)
    first, second = tail.chunks
    made.render(first)
    assert made.render(second) == made.render(second)
    assert fields(made.render(second)) == [{"a": "3", "b": "4"}, {"x": "5", "y": "6"}]


def test_what_is_left_out_between_two_chunks_changes_no_names(tmp_path):
    log = tmp_path / "a.csv"
    write(log, ["a,b", "1,2"])
    tail = Tailing(source(log)).step()
    made = rendering()
    made.render(tail.chunks[0])
    write(log, ["3,4"])
    later = replace(tail.step().chunks[1], start=9, end=13)
    assert fields(made.render(later)) == [{"a": "3", "b": "4"}]


def test_a_truncated_file_begins_with_a_header_of_its_own(tmp_path):
    log = tmp_path / "a.csv"
    write(log, ["a,b", "1,2", "3,4"])
    tail = Tailing(source(log)).step()
    log.write_text("x,y\n5,6\n")
    tail.settle()
    made = rendering()
    assert [fields(made.render(chunk)) for chunk in tail.chunks][1] == [{"x": "5", "y": "6"}]


def test_a_header_longer_than_what_is_read_at_first(tmp_path):
    log = tmp_path / "a.csv"
    names = [f"column_{number:05d}" for number in range(3000)]
    write(log, [",".join(names)])
    tail = Tailing(source(log)).step().crash()
    write(log, ["1,2"])
    tail.step()
    assert fields(rendering().render(tail.chunks[-1])) == [{names[0]: "1", names[1]: "2"}]
