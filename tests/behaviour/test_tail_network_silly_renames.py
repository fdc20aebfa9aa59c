"""Logs on a server that are rotated on this machine: what we hold open when it is deleted gets another name there.

An NFS client that is asked to delete a file that is open renames it to `.nfs` and a number, and deletes it when it is closed
("silly rename"). So its descriptor is never of a file without a name, and the file system is full until we let go.
"""

from __future__ import annotations

import contextlib
import gzip
import os

import pytest

from tests.support.mounting import RemoteTailing
from tests.support.rotating import Writer, rotate
from tests.support.tailing import descriptors, source


def silly_unlink(path, number):
    """What the client makes of unlink(2)."""
    path.rename(path.with_name(f".nfs{number:024x}"))


def pack(path, number, *, dated):
    """gzip keeps the time of what it packs; `job | gzip` and other packers do not."""
    status, packed = path.stat(), path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    if dated:
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    silly_unlink(path, number)


@pytest.mark.parametrize("pattern", ["app.log", "app.log*", "*"])
@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("read", [True, False])
def test_what_is_packed_under_our_hands_comes_once_and_is_let_go(tmp_path, pattern, dated, read):
    log = tmp_path / "app.log"
    with contextlib.closing(Writer(log)) as writer:
        writer.write(50)
        tailing = RemoteTailing(tmp_path, source(tmp_path / pattern))
        if read:
            tailing.step()
        else:
            tailing.tail.scan()
        rotate(log, "rename", writer, 0)
        writer.write(5)
        tailing.paused = not read
        tailing.step()
        tailing.paused = False
        held = log.with_name("app.log.1")
        assert descriptors(held), "or it would just be deleted"
        pack(held, 1, dated=dated)
        tailing.settle()
        assert tailing.texts() == writer.expected()
        assert not tailing.abandoned()
        tailing.settle().settle()
        assert not descriptors(log.with_name(f".nfs{1:024x}"))
        assert tailing.crash().settle().texts() == writer.expected()
        tailing.stop()


def test_what_is_deleted_under_our_hands_is_read_to_its_end(tmp_path):
    log = tmp_path / "app.log"
    with contextlib.closing(Writer(log)) as writer:
        writer.write(50)
        tailing = RemoteTailing(tmp_path, source(tmp_path / "*.log")).step()
        writer.write(5)
        silly_unlink(log, 1)
        writer.write(5)
        tailing.step()
        writer.close()
        tailing.settle().settle().settle()
        assert tailing.texts() == writer.expected()
        assert not tailing.abandoned()
        assert not descriptors(log.with_name(f".nfs{1:024x}"))
        tailing.stop()
