"""Transactions on the database: all or nothing, whatever goes wrong inside."""

from __future__ import annotations

import sqlite3

import pytest

from logsource.errors import StoreUnavailable
from logsource.store.disk_rows import DiskRows
from logsource.store.guard import open_cache
from logsource.store.rows import Put


@pytest.fixture
def rows(tmp_path):
    rows = DiskRows(open_cache(tmp_path, "normal"))
    yield rows
    rows.close()


def nothing_was_written(rows: DiskRows) -> None:
    assert rows.get("old") == b"1"
    assert rows.get("new") is None
    with rows.transaction() as transaction:
        transaction.put([Put("new", b"2")])
    assert rows.get("new") == b"2"


@pytest.fixture
def with_old(rows):
    with rows.transaction() as transaction:
        transaction.put([Put("old", b"1")])
    return rows


def test_an_exception_of_our_own_undoes_everything(with_old):
    def write_and_fail() -> None:
        with with_old.transaction() as transaction:
            transaction.put([Put("new", b"x"), Put("old", b"x")])
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    nothing_was_written(with_old)


def test_a_mistake_in_sql_undoes_everything_and_is_not_taken_for_disk_trouble(with_old):
    def write_and_fail() -> None:
        with with_old.transaction() as transaction:
            transaction.delete(["old"])
            transaction.put([Put("new", b"x")])
            with_old._connection.execute("SELECT nonsense")

    with pytest.raises(sqlite3.OperationalError):
        write_and_fail()
    nothing_was_written(with_old)


def test_a_database_that_somebody_else_keeps_locked_is_unavailable(with_old, tmp_path):
    with_old._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "cache.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"), with_old.transaction():
        raise AssertionError("must not begin")
    other.execute("ROLLBACK")
    other.close()
    nothing_was_written(with_old)


def test_rows_are_listed_by_kind_and_in_order(rows):
    keys = [3 << 20, -2, 1 << 20, "checkpoint:b", "tally:x", -1, "checkpoint:a", "checkpointless"]
    with rows.transaction() as transaction:
        transaction.put(
            Put(key, b"v" * (i + 1), events=i, committed_ms=1000 + i) for i, key in enumerate(keys)
        )
    last = 2**63 - 1
    assert [info.key for info in rows.infos(1, last)] == [1 << 20, 3 << 20]
    assert [info.key for info in rows.infos(-last, -1)] == [-2, -1]
    first = next(rows.infos(1, last))
    assert (first.events, first.stored, first.committed_ms) == (2, 3, 1002)
    assert sorted(rows.texts("checkpoint:")) == [("a", b"v" * 7), ("b", b"v" * 4)]


def test_a_row_written_twice_is_replaced(rows):
    for value in (b"1", b"2"):
        with rows.transaction() as transaction:
            transaction.put([Put(7, value, events=len(value), committed_ms=5)])
    assert rows.get(7) == b"2"
    assert len(list(rows.infos(1, 100))) == 1
    with rows.transaction() as transaction:
        transaction.delete([7, 8])
    assert rows.get(7) is None
