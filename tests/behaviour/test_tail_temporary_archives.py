"""Files that exist while a container runtime compresses or unpacks, under paths wide enough to find them.

The kubelet compresses `0.log.20260102-030405` to `….tmp`, renames that to `….gz`, and deletes the original. Docker
compresses `X-json.log.1` to `.1.gz`; `docker logs` unpacks `.1.gz` to `.1.gz.tmp` for as long as somebody reads it.
"""

from __future__ import annotations

import gzip

import pytest

from tests.support.tailing import Tailing, numbered, source, write


@pytest.fixture
def log(tmp_path):
    log = tmp_path / "0.log"
    write(log, numbered(0, 10))
    return log


@pytest.fixture
def tailing(log):
    tailing = Tailing(source(f"{log}*")).step()
    yield tailing
    tailing.stop()


@pytest.mark.parametrize("crashes", [False, True])
def test_an_archive_that_the_kubelet_is_making(log, tailing, crashes):
    old = log.with_name("0.log.20260102-030405")
    log.rename(old)
    write(log, numbered(10, 3))
    tailing.step()
    temporary = old.with_name(f"{old.name}.tmp")
    packed = gzip.compress(old.read_bytes())
    temporary.write_bytes(packed[:30])
    tailing.step(20)
    temporary.write_bytes(packed)
    if crashes:
        tailing.crash()
    tailing.step(20)
    temporary.rename(old.with_name(f"{old.name}.gz"))
    tailing.step()
    old.unlink()
    assert tailing.settle().texts() == numbered(0, 13)
    assert not [one for one in tailing.tail.status() if one.state == "unreadable"]


@pytest.mark.parametrize("crashes", [False, True])
def test_an_archive_that_docker_unpacks_for_a_reader(log, tailing, crashes):
    old = log.with_name("0.log.1")
    log.rename(old)
    write(log, numbered(10, 3))
    tailing.step()
    packed, unpacked = old.with_name("0.log.1.gz"), old.with_name("0.log.1.gz.tmp")
    packed.write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    tailing.settle()
    unpacked.write_bytes(gzip.decompress(packed.read_bytes()))
    if crashes:
        tailing.crash()
    tailing.settle()
    unpacked.unlink()
    assert tailing.settle().texts() == numbered(0, 13)


def test_what_is_called_so_and_made_of_nothing_that_is_there_is_read(log, tailing):
    write(log.with_name("0.log.7.tmp"), numbered(50, 2))
    assert tailing.settle().texts() == [*numbered(0, 10), *numbered(50, 2)]
