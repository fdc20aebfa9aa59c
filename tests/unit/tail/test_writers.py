"""The kernel is asked who has a file open for writing."""

from __future__ import annotations

import mmap
import os

import pytest

from logsource.tail.writers import has_writer


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "app.log"
    path.write_bytes(b"a line\n")
    return path


@pytest.fixture
def fd(log):
    opened = os.open(log, os.O_RDONLY)
    yield opened
    os.close(opened)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_writer_is_seen_until_it_closes_the_file(log, fd, mode, named):
    assert has_writer(fd) is False
    with log.open(mode):
        if not named:
            log.unlink()
        assert has_writer(fd) is True
    assert has_writer(fd) is False


def test_a_mapping_writes_as_well(log, fd):
    with log.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 7)
    assert has_writer(fd) is True
    mapped.close()
    assert has_writer(fd) is False


def test_readers_do_not_count_and_asking_leaves_nothing_behind(log, fd):
    with log.open("rb"):
        assert has_writer(fd) is False
    with log.open("ab") as file:  # would wait for a lease that was not given back
        file.write(b"another\n")
    assert os.pread(fd, 100, 0) == b"a line\nanother\n"


def test_who_neither_owns_the_file_nor_has_the_capability_is_told_nothing(fd):
    if os.geteuid() != 0:
        os.close(os.dup(fd))
        null = os.open("/etc/passwd", os.O_RDONLY)
        try:
            assert has_writer(null) is None
        finally:
            os.close(null)
        return
    os.seteuid(65534)
    try:
        assert has_writer(fd) is None
    finally:
        os.seteuid(0)


def test_what_has_no_leases_is_unknown():
    read, write = os.pipe()
    try:
        assert has_writer(read) is None
    finally:
        os.close(read)
        os.close(write)
