"""Archives that nobody knows are unpacked once, and not at every look nor at every rotation.

A server that rotates often, with a hundred archives of each log, on a busy machine: if each look unpacks them all again,
a look takes longer than the time between two rotations, and nothing else is done any more.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from logsource.tail.compressed import hole_of
from logsource.tail.holes import Holes
from logsource.tail.identity import Locator
from logsource.tail.making import Making
from logsource.tail.open import open_content
from logsource.tail.siblings import Sibling
from tests.support.rotating import compress
from tests.support.tailing import Tailing, numbered, source, write

HEADER = ["# " + "the same at the beginning of each log " * 40]
"""Longer than a head, so that only what stands before the offset tells one from another."""
ARCHIVES = 12
HOLE = 4_000_000


def bytes_read():
    """Bytes that this thread has read from files and directories so far."""
    return int(Path("/proc/thread-self/io").read_text().split()[1])


def long_log(path, first):
    """300 kB that hardly get smaller when they are packed."""
    write(path, [*HEADER, *(os.urandom(1500).hex() for _ in range(100)), *numbered(first, 3)])


def shift(log):
    """Rotate: every generation gets the next number."""
    for age in range(ARCHIVES + 20, 0, -1):
        for end in (".gz", ""):
            old = log.with_name(f"{log.name}.{age}{end}")
            if old.exists():
                old.rename(log.with_name(f"{log.name}.{age + 1}{end}"))
    log.rename(log.with_name(f"{log.name}.1"))


@pytest.fixture
def log(tmp_path):
    """A log with archives of a time before the agent, and one generation that vanished with unread bytes."""
    log = tmp_path / "app.log"
    for age in range(ARCHIVES, 0, -1):
        old = log.with_name(f"{log.name}.{age}")
        long_log(old, 0)
        os.utime(old, (old.stat().st_mtime - 3600 * age,) * 2)
        compress(old)
    long_log(log, 10)
    return log


def test_a_rotation_that_gives_all_archives_other_names(log):
    tailing = Tailing(source(log)).step(3)
    tailing.stop()
    with log.open():  # nobody else is to get its inode
        log.unlink()
        write(log, [*HEADER, *numbered(20, 3)])
        tailing.start().settle()
        assert tailing.texts()[-3:] == numbered(20, 3)
        before = bytes_read()
        for generation in range(5):
            shift(log)
            write(log, [*HEADER, *numbered(30 + generation, 1)])
            tailing.step(3)
    assert tailing.texts()[-1] == numbered(34, 1)[0]
    assert bytes_read() - before < 500_000, "none was unpacked again"
    tailing.stop()


def test_an_archive_whose_original_is_still_held_open_while_rotations_rename_it(log):
    tailing = Tailing(source(log)).step(3)
    tailing.paused = True
    write(log, numbered(20, 3))
    shift(log)
    tailing.step()
    compress(log.with_name(f"{log.name}.1"))
    tailing.step()
    before = bytes_read()
    for generation in range(5):
        write(log, [*HEADER, *numbered(30 + generation, 1)])
        shift(log)
        tailing.step(3)
    assert bytes_read() - before < 150_000, "that it has another name does not change what it holds"
    tailing.paused = False
    write(log, numbered(40, 1))
    tailing.settle()
    lines = [one for one in tailing.texts() if one not in HEADER]
    assert lines[-9:] == [*numbered(20, 3), *numbered(30, 5), *numbered(40, 1)]
    tailing.stop()


def sibling(path):
    status = path.stat()
    return Sibling(str(path), Locator.of(status), status.st_size, status.st_mtime_ns)


def test_a_long_hole_is_unpacked_once_for_each_file(tmp_path):
    hole, text, holes = 20_000_000, b"a line\n" * 10, Holes()
    for name in ("app.log.1", "app.log.2"):
        (tmp_path / name).write_bytes(bytes(hole) + text)
        compress(tmp_path / name)
        hole += 4
    for path, names in (("app.log.1.gz", 2), ("app.log.2.gz", 1)):
        archive = tmp_path / path
        for name in range(names):
            archive = archive.rename(f"{archive}-{name}")
            content, _ = open_content(str(archive))
            holes.tell(sibling(archive), content)
            before = bytes_read()
            assert hole_of(content) == 20_000_000 + (4 if "log.2" in path else 0)
            assert (bytes_read() - before > 10_000) == (name == 0)
            assert content.read(hole_of(content), 1000) == text
            content.close()


def test_generations_with_long_holes_that_were_all_packed_while_nobody_looked(tmp_path):
    log = tmp_path / "app.log"
    log.touch()
    tailing = Tailing(source(log)).step()
    with log.open("r+b", buffering=0) as writer:  # does not append: each generation begins with a longer hole
        writer.truncate(HOLE)
        writer.seek(HOLE)
        for generation in range(ARCHIVES):
            writer.write(f"line {generation:06d}\n".encode() * 20)
            tailing.step(3)
            shift_copies(log)
            tailing.step(3)
    tailing.settle().stop()
    packed = [log.with_name(f"{log.name}.{age}") for age in range(1, ARCHIVES + 1)]
    for one in packed:
        compress(one)
    size = sum(one.with_name(f"{one.name}.gz").stat().st_size for one in packed)
    assert size > ARCHIVES * HOLE // 1100
    before = bytes_read()
    tailing.start().settle()
    assert bytes_read() - before < 8 * size, "a few times each, and not once for each pair of them"
    assert tailing.texts() == [f"line {generation:06d}" for generation in range(ARCHIVES) for _ in range(20)]
    tailing.stop()


def shift_copies(log):
    """`copytruncate`."""
    for age in range(ARCHIVES, 0, -1):
        old = log.with_name(f"{log.name}.{age}")
        if old.exists():
            old.rename(log.with_name(f"{log.name}.{age + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


class TestArchivesInTheMaking:
    @pytest.fixture
    def making(self, log):
        """Of a source that has lost something, so that an archive may be what is missing; nobody knows who writes to it."""
        tailing = Tailing(source(log), has_writer=lambda _content: None).step(3)
        tailing.stop()
        log.unlink()
        tailing.start()
        files = tailing.tail._sources["app"]
        yield Making(files.registry, files._environment)
        tailing.stop()

    def test_one_that_is_whole_is_not_looked_into_again_whatever_it_is_called(self, log, making):
        archive = log.with_name("app.log.3.gz")
        assert not making.awaits(sibling(archive), str(log))
        moved = archive.rename(log.with_name("app.log.40.gz"))
        before = bytes_read()
        assert not making.awaits(sibling(moved), str(log))
        assert bytes_read() - before < 10_000

    def test_one_that_grows_is_looked_into_until_it_is_whole(self, log, making):
        archive = log.with_name("app.log.3.gz")
        data = archive.read_bytes()
        archive.write_bytes(data[:1000])
        assert making.awaits(sibling(archive), str(log))
        archive.write_bytes(data)
        assert making.awaits(sibling(archive), str(log)), "it may go on growing"
        assert not making.awaits(sibling(archive), str(log))

    def test_another_file_under_its_name_is_another_one(self, log, making):
        archive = log.with_name("app.log.3.gz")
        seen = sibling(archive)
        log.with_name("app.log.2.gz").rename(archive)
        assert not making.awaits(seen, str(log)), "it is not the one that was listed"
        data = archive.read_bytes()
        archive.write_bytes(data[:1000])
        assert making.awaits(sibling(archive), str(log)), "nothing was learnt of it before"
