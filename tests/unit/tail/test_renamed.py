"""Which sources are about to read what others have read."""

from __future__ import annotations

import pytest

from logsource.tail.renamed import renamed_sources
from tests.support.tailing import Tailing, numbered, source, write


@pytest.fixture
def rows(tmp_path):
    """Two logs were read by the source `web`, one by `db`."""
    for name in ("a.log", "b.log", "db.log"):
        write(tmp_path / name, numbered(0, 3))
    tailing = Tailing(
        source(tmp_path / "[ab].log", name="web"), source(tmp_path / "db.log", name="db")
    ).step()
    tailing.stop()
    return list(tailing.rows.values())


def told(rows, *sources):
    return [tuple(one) for one in renamed_sources(sources, rows)]


def test_as_it_was_nothing_is_told(rows, tmp_path):
    web, db = source(tmp_path / "[ab].log", name="web"), source(tmp_path / "db.log", name="db")
    assert told(rows, web, db) == told(rows, db, web) == []
    assert told([], web, db) == []


def test_another_name(rows, tmp_path):
    assert told(rows, source(tmp_path / "[ab].log", name="shop"), source(tmp_path / "db.log", name="db")) == [
        ("shop", "web", 2, True)
    ]


def test_all_in_one(rows, tmp_path):
    assert told(rows, source(tmp_path / "*.log", name="all")) == [
        ("all", "db", 1, True),
        ("all", "web", 2, True),
    ]


def test_names_that_were_exchanged(rows, tmp_path):
    one, two = source(tmp_path / "db.log", name="web"), source(tmp_path / "[ab].log", name="db")
    assert told(rows, one, two) == [("web", "db", 1, False), ("db", "web", 2, False)]


def test_a_file_that_both_read_has_been_read_by_both(tmp_path):
    log = tmp_path / "a.log"
    write(log, numbered(0, 3))
    tailing = Tailing(source(log, name="one"), source(log, name="two")).step()
    tailing.stop()
    assert told(tailing.rows.values(), source(log, name="two")) == []


def test_other_files_and_excluded_ones(rows, tmp_path):
    assert told(rows, source(tmp_path / "c.log", name="shop")) == []
    assert told(rows, source(tmp_path / "[ab].log", name="shop", exclude=[str(tmp_path / "b*")])) == [
        ("shop", "web", 1, True)
    ]


def test_after_the_first_start_it_is_told_no_more(rows, tmp_path):
    renamed = source(tmp_path / "[ab].log", name="shop")
    tailing = Tailing(renamed)
    tailing.rows = {row.file_id: row for row in rows}
    tailing.crash().step().stop()
    assert told(tailing.rows.values(), renamed) == []


def test_what_is_gone_matters_to_nobody(tmp_path):
    log = tmp_path / "a.log"
    write(log, numbered(0, 3))
    tailing = Tailing(source(log, name="one")).step()
    log.unlink()
    tailing.step(80).stop()
    assert told(tailing.rows.values(), source(log, name="two")) == []


def test_the_sentence_says_what_and_why_and_what_to_do(rows, tmp_path):
    (one,) = renamed_sources([source(tmp_path / "[ab].log", name="shop")], rows)
    assert one.what == (
        "source shop reads 2 logs anew, under new ids, that source web has read: "
        "positions belong to the name of a source"
    )
    assert one.hint == "name it web again"
