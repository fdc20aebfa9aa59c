"""What survives a restart: machines that number devices anew, kills at every point, versions to come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.rotating import Writer, rotate
from tests.support.tailing import Tailing, dated, numbered, source, write


@pytest.fixture
def tailing(log):
    one = Tailing(source(log))
    yield one
    one.stop()


def test_a_device_number_that_changed_at_boot(tailing, log):
    write(log, numbered(0, 50))
    tailing.step().stop()
    for key, row in tailing.rows.items():
        tailing.rows[key] = replace(row, state={**row.state, "dev": row.state["dev"] + 1})
    write(log, numbered(50, 5))
    tailing.start().settle()
    assert tailing.texts() == numbered(0, 55)
    assert len({one.id[0] for one in tailing.got}) == 1


def test_a_file_restored_from_a_backup_goes_on(tailing, log):
    write(log, dated(0, 50))
    tailing.step().stop()
    content = log.read_bytes()
    log.unlink()
    tailing.start().step(3).stop()
    log.write_bytes(content)
    write(log, dated(50, 5))
    tailing.start().settle()
    assert tailing.texts() == dated(0, 55)


def test_a_row_of_a_later_version_makes_the_file_be_read_again_and_is_kept(tailing, log):
    write(log, numbered(0, 3))
    tailing.step().stop()
    (key,) = tailing.rows
    tailing.rows[key] = later = replace(tailing.rows[key], state={**tailing.rows[key].state, "v": 99})
    tailing.start().step(3)
    assert tailing.texts() == numbered(0, 3) * 2
    assert tailing.rows[key] == later


@pytest.mark.parametrize("kind", ["rename", "copytruncate", "compress", "dateext"])
@pytest.mark.parametrize("survive", range(8))
def test_a_kill_at_every_step_of_a_rotation(log, kind, survive):
    """After `survive` commits the process dies; what comes after it begins with what was committed."""
    tailing = Tailing(source(log), block_size=64)
    writer = Writer(log, "keeps" if kind == "copytruncate" else "reopens")
    writer.write(4)
    tailing.step()
    writer.write(20)
    rotate(log, kind, writer, 0)
    writer.write(20)
    tailing.clock.advance(1)
    tailing.tail.scan()
    for _ in range(survive):
        tailing.commit(tailing.tail.read(1)[:1])
    tailing.tail.read(1 << 20)
    tailing.crash().settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert len({one.id for one in tailing.got}) == writer.number
    tailing.stop()


def test_committed_rows_alone_are_enough(tailing, log):
    """Every chunk is followed by a kill; the reader begins anew each time."""
    write(log, numbered(0, 2000))
    for _ in range(8):
        tailing.clock.advance(1)
        tailing.tail.scan()
        tailing.commit(tailing.tail.read(1))
        tailing.crash()
    tailing.step()
    assert tailing.texts() == numbered(0, 2000)


@pytest.mark.parametrize("others", [False, True], ids=["alone", "among others"])
@pytest.mark.parametrize("paths", ["*.log", "**/*.log"])
def test_a_log_that_was_put_aside_under_its_own_name_is_read_to_its_end(tmp_path, log, paths, others):
    """`mv app.log archive/` while the agent is down: nothing in the name says that it was rotated, its inode does."""
    folder = tmp_path / "archive"
    folder.mkdir()
    if others:
        write(folder / "other.log", ["of nobody"])
    tailing = Tailing(source(tmp_path / paths, exclude=["**/archive"]))
    write(log, numbered(0, 20))
    tailing.step().stop()
    write(log, numbered(20, 20))
    log.rename(folder / log.name)
    write(log, numbered(100, 5))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 40), *numbered(100, 5)]
    tailing.crash().settle()
    write(log, numbered(105, 5))
    assert tailing.step(2).texts() == [*numbered(0, 40), *numbered(100, 10)]
    assert len({one.id[0] for one in tailing.got}) == 2
    assert not tailing.abandoned()
    tailing.stop()


def test_another_file_of_the_same_name_in_a_directory_for_old_logs_is_none_of_the_log(tmp_path, tailing, log):
    (tmp_path / "archive").mkdir()
    write(tmp_path / "archive" / log.name, numbered(0, 20))
    write(log, numbered(0, 20))
    tailing.step().stop()
    log.unlink()
    write(log, numbered(100, 5))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 20), *numbered(100, 5)]


@pytest.mark.parametrize(
    "name", ["app.log.save", "app.log~", "incident-4711", "2026-11-22/app.log", "backup/app.log"]
)
def test_a_log_that_was_renamed_by_hand_is_known_by_its_inode(tmp_path, tailing, log, name):
    write(log, numbered(0, 20))
    tailing.step().stop()
    write(log, numbered(20, 20))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    log.rename(tmp_path / name)
    write(log, numbered(100, 5))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 40), *numbered(100, 5)]
    tailing.crash().settle()
    write(log, numbered(105, 5))
    assert tailing.step(2).texts() == [*numbered(0, 40), *numbered(100, 10)]
    assert not tailing.abandoned()


def test_an_inode_that_was_given_to_something_else_beside_the_log_is_not_followed(tmp_path, tailing, log):
    write(log, numbered(0, 20))
    tailing.step().stop()
    with log.open("r+b") as file:  # as if the number had been given away at once
        file.truncate(0)
        file.write(b"what somebody noted\n" * 30)
    log.rename(tmp_path / "notes.txt")
    write(log, numbered(100, 5))
    tailing.start().settle()
    assert tailing.texts() == [*numbered(0, 20), *numbered(100, 5)]
