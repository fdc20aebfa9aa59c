"""A file may call its columns otherwise from some line on: after a restart it is the last header that counts."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tests.support.tailing import dated, write
from tests.support.teaching import Iis, Reader


@pytest.fixture
def iis(tmp_path):
    """A program that has written its first header, and more lines than are shown of a head."""
    program = Iis(tmp_path / "u_ex.log")
    program.header()
    program.log(40)
    return program


@pytest.fixture
def start():
    """Start agents that are stopped in the end."""
    started = []

    def _start(iis, **options):
        started.append(Reader(iis.path, **options))
        return started[-1]

    yield _start
    for one in started:
        one.tail.close()


def forget(agent):
    """Leave rows as an earlier version wrote them."""
    rows = [
        replace(row, state={key: value for key, value in row.state.items() if key != "learned"})
        for row in agent.store.checkpoints()
    ]
    agent.store.commit(batches=[], checkpoints=rows)


ENCODED = [{}, {"part": 10}, {"encoding": "latin-1"}, {"delimiter": "\n"}, {"multiline": {"continue": "^ "}}]


@pytest.mark.parametrize("options", ENCODED, ids=str)
def test_names_change_and_the_agent_is_killed_twice(iis, start, options):
    agent = start(iis, **options).settle()
    for _ in range(2):
        iis.header()
        iis.log(3)
        agent.settle().crash()
        iis.log(2)
        agent.settle().crash()
        iis.log(1)
        agent.settle()
    assert agent.named() == iis.expected


def test_the_header_is_read_and_the_lines_behind_it_come_later(iis, start):
    agent = start(iis).settle()
    iis.header()
    agent.settle().crash()
    iis.log(1)
    agent.settle()
    assert agent.named() == iis.expected


def test_what_could_not_be_committed_was_not_learned(iis, start):
    agent = start(iis).settle()
    iis.log(2)
    iis.header()
    iis.log(2)
    agent.refuse().crash().settle().crash()
    iis.log(1)
    agent.settle()
    assert agent.named() == iis.expected


def test_many_headers_in_a_step_of_several_parts_that_is_refused(iis, start):
    agent = start(iis, part=20).settle()
    iis.log(1)
    for _ in range(20):
        iis.header()
        iis.log(1)
    agent.refuse().settle()
    assert agent.named() == iis.expected
    assert all(len(row["learned"]) <= 4 for row in agent.rows())


@pytest.mark.parametrize("packed", [False, True])
def test_the_file_is_rotated_away_while_nobody_looks(iis, start, packed):
    agent = start(iis, block_size=100)
    iis.header()
    iis.log(300)
    agent.step(3).crash()
    assert 0 < len(agent.found) < len(iis.expected)
    iis.log(3)
    iis.rotate(packed=packed)
    iis.log(3)
    agent.settle().crash()
    iis.log(1)
    agent.settle()
    assert agent.named() == iis.expected


def test_the_rest_of_a_truncated_file_is_read_from_its_copy(iis, start):
    agent = start(iis)
    iis.header()
    iis.log(20)
    agent.settle().crash()
    iis.log(3)
    iis.rotate(copy=True)
    iis.log(3)
    agent.settle()
    assert sorted(agent.named()) == sorted(iis.expected)


def test_the_power_failed_and_the_last_header_was_not_on_the_disk(tmp_path, start):
    """The file goes on behind what is left of it, under the header that is left."""
    iis = Iis(tmp_path / "a.log")
    agent = start(iis)
    for name, first, last in (("one", 0, 200), ("two", 200, 2000), ("three", 2000, 2010)):
        left = iis.path.stat().st_size if first else 0
        iis.write(f"#Fields: time word {name}\n")
        for number in range(first, last, 10):
            write(iis.path, dated(number, 10))
            agent.step()
    agent.crash()
    os.truncate(iis.path, left)
    write(iis.path, dated(2200, 20))
    agent.settle().crash()
    write(iis.path, dated(2220, 20))
    agent.settle()
    names = [
        (next(name for name in fields if name not in {"time", "word"}), fields) for fields in agent.found
    ]
    for name, fields in names:
        number = int(fields[name])
        assert name == ("one" if number < 200 else "three" if 2000 <= number < 2010 else "two")
    assert [fields[name] for name, fields in names][-40:] == [f"{number:06d}" for number in range(2200, 2240)]
    assert len(agent.found) < 2010 + 40 + 1800, (
        "what is left of it is not read again from before the second header"
    )


def test_the_head_of_a_file_ends_where_reading_goes_on(tmp_path, start):
    """An agent of an earlier version read two lines; it did not keep from which of them it learned."""
    iis = Iis(tmp_path / "a.log")
    iis.header()
    agent = start(iis).settle()
    forget(agent)
    iis.log(1)
    iis.header()
    iis.log(1)
    agent.crash().settle()
    assert agent.named() == iis.expected


def test_a_header_behind_more_comments_than_are_shown_of_a_head(tmp_path, start):
    iis = Iis(tmp_path / "a.log")
    iis.write("#a comment\n" * 100)
    iis.header()
    iis.log(1)
    agent = start(iis).settle().crash()
    iis.log(1)
    agent.settle()
    assert agent.named() == iis.expected


def test_a_row_of_an_earlier_version_says_nothing_of_headers(iis, start):
    agent = start(iis).settle()
    forget(agent)
    agent.crash()
    iis.log(2)
    agent.settle()
    assert agent.rows()[0]["learned"] == [], "it is still the head of the file that tells"
    iis.header()
    iis.log(1)
    agent.settle().crash()
    iis.log(1)
    agent.settle()
    assert agent.named() == iis.expected


@pytest.mark.parametrize("changed", [False, True])
def test_parsers_that_are_made_anew_by_a_reload_know_the_names(iis, start, changed):
    agent = start(iis).settle()
    if changed:
        iis.header()
        agent.settle()
    agent.reload()
    iis.log(2)
    agent.settle()
    assert agent.named() == iis.expected


def test_two_parts_of_a_chain_learn_from_headers_of_their_own(tmp_path, start):
    """The one was taught once, at the beginning; the other again and again."""
    chain = {
        "hits": {"csv": {"w3c": True}},
        "jobs": {"csv": {"w3c": True}},
        "outer": {"regex": r"(?P<app>\w+): (?P<message>.*)"},
        "sheet": {
            "chain": {
                "envelope": "outer",
                "field": "message",
                "inner": [
                    {"parser": "hits", "when": {"app": "hits"}},
                    {"parser": "jobs", "when": {"app": "jobs"}},
                ],
                "entity": False,
            }
        },
    }
    log = Iis(tmp_path / "both.log")
    agent = start(log, parsers=chain)
    log.write("hits: #Fields: a b\n")
    for number in range(30):
        log.write(f"jobs: #Fields: x{number} y\njobs: 1 2\n")
        agent.settle()
    agent.crash()
    log.write("hits: 3 4\njobs: 5 6\n")
    agent.settle()
    assert agent.found[-2:] == [{"a": "3", "b": "4"}, {"x29": "5", "y": "6"}]
    assert len(agent.rows()[0]["learned"]) <= 4


def test_a_source_without_such_a_parser_has_nothing_to_say(iis, start):
    agent = start(
        iis, parsers={"sheet": {"csv": {"columns": ["a", "b"], "delimiter": " ", "comment": "#"}}}
    ).settle()
    assert agent.rows()[0]["learned"] == []
    assert agent.found[0] == {"a": "1", "b": "1"}
