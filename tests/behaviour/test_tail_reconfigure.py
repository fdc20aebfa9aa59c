"""SIGHUP: sources come, go and change while their files are being read."""

from __future__ import annotations

import os

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, descriptors, numbered, source, write


@pytest.fixture
def follow(opened):
    def _follow(*configs, **options):
        opened.append(Tailing(*configs, **options))
        return opened[-1]

    return _follow


def test_an_unchanged_source_keeps_its_descriptor_and_its_place(tmp_path, log, follow):
    write(log, numbered(0, 5))
    tailing = follow(source(log)).step()
    held = descriptors(log)
    assert len(held) == 1
    write(log, numbered(5, 5))
    other = tmp_path / "other.log"
    write(other, ["other"])
    tailing.reconfigure(source(other, name="other"), source(log))
    assert descriptors(log) == held
    tailing.step()
    assert descriptors(log) == held
    assert tailing.texts(str(log)) == numbered(0, 10)
    assert tailing.texts(str(other)) == ["other"]


def test_what_becomes_of_records_is_no_reason_to_let_go(log, follow):
    write(log, numbered(0, 5))
    tailing = follow(source(log)).step()
    held = descriptors(log)
    tailing.reconfigure(source(log, unmatched="drop", skip_empty=False, parser="logfmt"))
    assert descriptors(log) == held


def test_a_deleted_log_of_an_unchanged_source_is_read_to_its_end(log, follow):
    write(log, numbered(0, 5))
    tailing = follow(source(log)).step()
    with log.open("ab") as file:
        log.unlink()
        tailing.step()
        file.write("".join(f"{line}\n" for line in numbered(5, 5)).encode())
        file.flush()
        tailing.reconfigure(source(log), source(f"{log}.other", name="other")).step(3)
    assert tailing.texts() == numbered(0, 10)
    assert not tailing.abandoned()


def test_another_multiline_begins_at_the_committed_offset_and_splits_no_record(log, follow):
    plain = source(log, multiline={"start": "^A", "flush_after": 60.0})
    tailing = follow(plain)
    write(log, ["A1", " 1", "A2", " 2"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1"]
    tailing.reconfigure(source(log, multiline={"start": "^[AB]", "flush_after": 60.0}))
    write(log, [" 3", "B3", " 4"])
    tailing.step()
    assert tailing.texts() == ["A1\n 1", "A2\n 2\n 3"]
    tailing.reconfigure(source(log))
    tailing.step()
    assert tailing.texts() == ["A1\n 1", "A2\n 2\n 3", "B3", " 4"]
    assert [one.id[2] for one in tailing.got] == [0, 6, 15, 18]
    assert len({one.id[:2] for one in tailing.got}) == 1


def test_a_removed_source_lets_go_and_goes_on_at_its_checkpoint_when_it_comes_back(tmp_path, log, follow):
    other = source(tmp_path / "other.log", name="other")
    write(log, numbered(0, 5))
    tailing = follow(source(log), other).step()
    tailing.reconfigure(other)
    assert descriptors(log) == set()
    assert tailing.tail.status() == []
    write(log, numbered(5, 5))
    tailing.step(20)
    assert tailing.texts() == numbered(0, 5)
    tailing.reconfigure(source(log), other).step()
    assert tailing.texts() == numbered(0, 10)
    assert len({one.id[0] for one in tailing.got}) == 1
    assert not tailing.abandoned()


@pytest.mark.parametrize("kind", ["rename", "copytruncate", "compress"])
def test_a_source_that_was_away_during_a_rotation_misses_nothing(tmp_path, log, follow, kind):
    other = source(tmp_path / "other.log", name="other")
    writer = Writer(log, "keeps" if kind == "copytruncate" else "reopens")
    writer.write(9)
    tailing = follow(source(log), other).step()
    tailing.reconfigure(other)
    writer.write(4)
    rotate(log, kind, writer, 0)
    writer.write(4)
    tailing.step(5).reconfigure(source(log), other).settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert not tailing.abandoned()


def test_start_at_end_of_a_source_that_comes_with_a_reload_is_the_end_at_that_time(tmp_path, log, follow):
    other = source(tmp_path / "other.log", name="other")
    tailing = follow(other).step()
    write(log, numbered(0, 5))
    tailing.reconfigure(other, source(log, start_at="end")).step()
    write(log, numbered(5, 2))
    tailing.step()
    assert tailing.texts() == numbered(5, 2)


def test_narrower_paths_let_go_of_the_rest(tmp_path, follow):
    logs = [tmp_path / f"{name}.log" for name in "abc"]
    for log in logs:
        write(log, [log.stem])
    tailing = follow(source(tmp_path / "*.log")).step()
    tailing.reconfigure(source(logs[1])).step()
    for log in logs:
        write(log, [f"{log.stem} again"])
    tailing.step(5)
    assert [len(descriptors(log)) for log in logs] == [0, 1, 0]
    assert tailing.texts() == ["a", "b", "c", "b again"]
    tailing.reconfigure(source(tmp_path / "*.log")).step(2)
    assert sorted(tailing.texts()) == ["a", "a again", "b", "b again", "c", "c again"]


def test_many_reloads_leave_no_descriptor_behind(log, follow):
    write(log, numbered(0, 1))
    tailing = follow(source(log)).step()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number
    for number in range(20):
        tailing.reconfigure(source(log, max_line=1024 + number)).step()
        write(log, numbered(number + 1, 1))
        tailing.step()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - see above
    assert tailing.texts() == numbered(0, 21)
