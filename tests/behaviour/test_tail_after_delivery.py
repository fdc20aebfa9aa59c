"""Finished files that are deleted or moved once they are delivered, and everything that must never be touched."""

from __future__ import annotations

import gzip
import lzma
import os
from functools import partial
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from tests.support.tailing import Tailing, numbered, source, write

QUIET = 30
"""Steps of a second until the end of a rotated file is proven."""
LONG = 120


class Box:
    """An outbox with as many batches as the test says."""

    def __init__(self):
        self.span = None

    def __call__(self):
        return self.span


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def follow(tmp_path, box):
    opened = []

    def _follow(pattern="app.log*", **options):
        options.setdefault("after_delivery", "delete")
        patterns = [pattern] if isinstance(pattern, str) else pattern
        paths = [tmp_path / one for one in patterns]
        opened.append(Tailing(source(*paths, **options), undelivered=box))
        return opened[-1]

    yield _follow
    for one in opened:
        one.stop()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "app.log"


def names(directory):
    return sorted(one.name for one in directory.iterdir())


def rotate(log):
    log.rename(f"{log}.1")
    write(log, numbered(100, 1))


def actions(tailing):
    return [(one.label, Path(one.path).name) for one in tailing.events if one.kind == "delivered"]


def test_a_rotated_file_is_deleted_once_it_is_delivered_and_the_live_one_never(tmp_path, log, follow, box):
    write(log, numbered(0, 5))
    tailing = follow().step()
    rotate(log)
    box.span = (3, 7)
    tailing.step(QUIET)
    assert names(tmp_path) == ["app.log", "app.log.1"], "batches 3 to 7 may hold lines of it"
    box.span = (7, 12)
    tailing.step(5)
    assert (tmp_path / "app.log.1").exists(), "batch 7 is still there"
    box.span = (8, 12)
    tailing.step(2)
    assert names(tmp_path) == ["app.log"]
    box.span = None
    tailing.step(LONG)
    assert names(tmp_path) == ["app.log"]
    assert actions(tailing) == [("delete", "app.log.1")]
    assert tailing.texts() == [*numbered(0, 5), *numbered(100, 1)]
    assert not tailing.abandoned()


def test_a_restart_asks_the_same_questions_again(tmp_path, log, follow, box):
    write(log, numbered(0, 5))
    tailing = follow().step()
    rotate(log)
    box.span = (3, 7)
    tailing.step(QUIET)
    tailing.crash()
    box.span = (8, 20)
    tailing.step(QUIET)
    assert (tmp_path / "app.log.1").exists(), "what the outbox held then is not known any more"
    box.span = (21, 30)
    tailing.step(2).crash()
    tailing.step(QUIET)
    assert names(tmp_path) == ["app.log"]
    assert tailing.texts() == [*numbered(0, 5), *numbered(100, 1)], "nothing is read again"
    assert not tailing.abandoned()


def test_without_an_outbox_that_tells_nothing_is_deleted(tmp_path, log):
    write(log, numbered(0, 5))
    tailing = Tailing(source(f"{log}*", after_delivery="delete")).step()
    rotate(log)
    tailing.step(LONG)
    assert (tmp_path / "app.log.1").exists()
    tailing.stop()


@pytest.mark.parametrize("pattern", ["app.log", "app.log.[2-9]"])
def test_a_file_that_paths_do_not_name_is_left_alone(tmp_path, log, follow, pattern):
    write(log, numbered(0, 5))
    tailing = follow(pattern).step()
    rotate(log)
    tailing.step(LONG)
    assert (tmp_path / "app.log.1").exists()


def test_keep_is_the_default(tmp_path, log, follow):
    write(log, numbered(0, 5))
    tailing = follow(after_delivery="keep").step()
    rotate(log)
    tailing.step(LONG)
    assert (tmp_path / "app.log.1").exists()


def test_a_writer_that_goes_on_in_the_rotated_file_keeps_it(tmp_path, log, follow):
    with log.open("ab") as file:
        file.write(b"one\n")
        file.flush()
        tailing = follow().step()
        rotate(log)
        for number in range(LONG):
            file.write(b"more %d\n" % number)
            file.flush()
            tailing.step()
            assert (tmp_path / "app.log.1").exists()
    tailing.step(QUIET)
    assert names(tmp_path) == ["app.log"]
    assert len(tailing.texts()) == LONG + 2


def test_lines_that_came_after_the_end_was_proven_are_read_before_anything_is_deleted(
    tmp_path, log, follow, box
):
    write(log, numbered(0, 5))
    tailing = follow().step()
    rotate(log)
    box.span = (1, 1)
    tailing.step(QUIET)
    write(tmp_path / "app.log.1", numbered(5, 1))
    box.span = None
    tailing.step(QUIET)
    assert sorted(tailing.texts()) == [*numbered(0, 6), *numbered(100, 1)]
    assert names(tmp_path) == ["app.log"]


def test_a_link_is_no_file_of_ours(tmp_path, follow):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = elsewhere / "precious.gz"
    target.write_bytes(gzip.compress(b"one\n"))
    (tmp_path / "app.log.gz").symlink_to(target)
    tailing = follow().step(3)
    assert tailing.texts() == ["one"]
    tailing.step(LONG)
    assert target.exists()
    assert (tmp_path / "app.log.gz").is_symlink()
    assert actions(tailing) == []


def test_a_directory_that_is_a_link_leads_to_nothing_of_ours(tmp_path, follow):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.gz").write_bytes(gzip.compress(b"one\n"))
    (tmp_path / "logs").symlink_to(elsewhere)
    tailing = follow("logs/*.gz").step(3)
    assert tailing.texts() == ["one"]
    tailing.step(LONG)
    assert (elsewhere / "precious.gz").exists()


def test_complete_archives_go_and_those_that_break_off_stay(tmp_path, follow):
    whole = gzip.compress("".join(f"{line}\n" for line in numbered(0, 1000)).encode())
    (tmp_path / "app.log-1.gz").write_bytes(whole)
    (tmp_path / "app.log-2.gz").write_bytes(gzip.compress(b"other\n") + b"\x00" * 512)
    (tmp_path / "app.log-3.gz").write_bytes(gzip.compress(b"third\n" * 9)[:-4])
    tailing = follow().step(3)
    assert len(names(tmp_path)) == 3, "somebody may still be writing them"
    tailing.step(LONG)
    assert names(tmp_path) == ["app.log-3.gz"]
    assert sorted(actions(tailing)) == [("delete", "app.log-1.gz"), ("delete", "app.log-2.gz")]


def test_old_files_go_with_ignore_older_only(tmp_path, follow):
    write(tmp_path / "app.log", numbered(0, 3))
    write(tmp_path / "app.log.half", ["whole"])
    write(tmp_path / "app.log.half", ["half"], end="")
    tailing = follow().step(LONG * 2)
    assert len(names(tmp_path)) == 2
    tailing.stop()
    tailing = follow(ignore_older=100.0).step(95)
    assert len(names(tmp_path)) == 2
    tailing.step(60)
    assert names(tmp_path) == ["app.log.half"], "half a line is not delivered"


def test_moved_files_overwrite_nothing(tmp_path, log, follow):
    done = tmp_path / "done"
    done.mkdir()
    (done / "app.log.1").write_text("somebody else's\n")
    write(log, numbered(0, 5))
    tailing = follow(after_delivery="move", move_to=str(done)).step()
    rotate(log)
    tailing.step(QUIET)
    assert names(tmp_path) == ["app.log", "done"]
    assert (done / "app.log.1").read_text() == "somebody else's\n"
    assert (done / "app.log.1.1").read_text().split("\n")[:-1] == numbered(0, 5)
    assert actions(tailing) == [("move", "app.log.1")]


def test_a_crash_between_the_two_names_of_a_move_leaves_one(tmp_path, log, follow, box):
    done = tmp_path / "done"
    done.mkdir()
    write(log, numbered(0, 5))
    box.span = (1, 1)
    tailing = follow(after_delivery="move", move_to=str(done)).step()
    rotate(log)
    tailing.step(QUIET)
    (done / "app.log.1").hardlink_to(f"{log}.1")
    box.span = None
    tailing.crash().step(QUIET)
    assert names(done) == ["app.log.1"]
    assert names(tmp_path) == ["app.log", "done"]
    assert tailing.texts() == [*numbered(0, 5), *numbered(100, 1)]


@pytest.mark.parametrize("where", ["missing", "."])
def test_what_cannot_be_moved_is_named_and_stays(tmp_path, log, follow, where):
    write(log, numbered(0, 5))
    tailing = follow(after_delivery="move", move_to=str(tmp_path / where)).step()
    rotate(log)
    tailing.step(LONG)
    assert (tmp_path / "app.log.1").exists()
    (event,) = [one for one in tailing.events if one.kind == "delivered"]
    assert event.label == "failed"
    assert event.detail.startswith("cannot move it: ")
    assert tailing.texts() == [*numbered(0, 5), *numbered(100, 1)]


def test_a_file_that_took_the_name_meanwhile_is_not_the_one_that_was_read(tmp_path, log, follow, box):
    write(log, numbered(0, 5))
    tailing = follow().step()
    rotate(log)
    box.span = (1, 1)
    tailing.step(QUIET)
    box.span = None
    (tmp_path / "app.log.1").rename(tmp_path / "kept")
    write(tmp_path / "app.log.1", numbered(500, 1))
    tailing.step()
    assert (tmp_path / "app.log.1").exists()
    assert (tmp_path / "kept").exists()


# -- an archive in the making when its original goes ---------------------------------------------------


@pytest.fixture(params=["beside", "olddir"])
def rolled(request, tmp_path):
    """Where logrotate puts what it rotated; paths name it there, too."""
    where = tmp_path if request.param == "beside" else tmp_path / "archive"
    where.mkdir(exist_ok=True)
    return where / "app.log.1"


@pytest.mark.parametrize("begun", [0, 10, 60, 700], ids="{} bytes so far".format)
@pytest.mark.parametrize("crash", [False, True], ids=["", "crash"])
def test_a_file_that_is_deleted_while_it_is_compressed_is_not_read_again(
    tmp_path, log, follow, rolled, begun, crash
):
    lines = [f"{number:05} {number * 7919 % 10007:05}" for number in range(400)]
    write(log, lines)
    tailing = follow(["app.log*", "archive/*"]).step()
    log.rename(rolled)
    write(log, numbered(1000, 1))
    tailing.step(2)
    original = rolled.stat()
    packed = gzip.compress(rolled.read_bytes())
    archive = rolled.with_name("app.log.1.gz")
    with archive.open("wb") as gz:  # gzip reads on from its descriptor
        gz.write(packed[:begun])
        gz.flush()
        tailing.step(QUIET)
        assert not rolled.exists(), "it was delivered"
        if crash:
            tailing.crash()
        tailing.step(3)
        gz.write(packed[begun:])
        gz.flush()
        tailing.step(3)
    os.utime(archive, ns=(original.st_atime_ns, original.st_mtime_ns))
    archive.rename(rolled.with_name("app.log.2.gz"))
    tailing.step(LONG)
    assert tailing.texts() == [*lines, *numbered(1000, 1)]


@pytest.mark.parametrize("begun", [0, 60, 700], ids="{} bytes so far".format)
@pytest.mark.parametrize(
    ("extension", "pack"),
    [
        ("zst", zstandard.ZstdCompressor(level=1).compress),
        ("xz", lzma.compress),
        ("lzma", partial(lzma.compress, format=lzma.FORMAT_ALONE)),
        ("lz4", lz4.frame.compress),
    ],
)
def test_nor_is_one_that_is_packed_in_another_way(tmp_path, log, follow, extension, pack, begun):
    lines = [f"{number:05} {number * 7919 % 10007:05}" for number in range(400)]
    write(log, lines)
    tailing = follow("app.log*").step()
    rolled = log.with_name("app.log.1")
    log.rename(rolled)
    write(log, numbered(1000, 1))
    tailing.step(2)
    packed = pack(rolled.read_bytes())
    with rolled.with_name(f"app.log.1.{extension}").open("wb") as archive:
        archive.write(packed[:begun])
        archive.flush()
        tailing.step(QUIET)
        assert not rolled.exists(), "it was delivered"
        tailing.step(3)
        archive.write(packed[begun:])
    tailing.step(LONG)
    assert tailing.texts() == [*lines, *numbered(1000, 1)]
