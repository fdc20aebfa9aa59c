"""An archive on a server whose original is deleted there, while a client goes on believing in it."""

from __future__ import annotations

import contextlib
import gzip
import os

import pytest

from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.tailing import numbered, source, write


class Coarse:
    """A folder of a server whose time stamps are so coarse that what happens within the block leaves none."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        self._before = self._folder.stat()

    def __exit__(self, *_):
        os.utime(self._folder, ns=(self._before.st_atime_ns, self._before.st_mtime_ns))


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_an_original_that_only_a_client_believes_in_hides_no_archive(tmp_path, pattern):
    share = tmp_path / "share"
    share.mkdir()
    log, youngest, archive = (share / name for name in ("app.log", "app.log.1", "app.log.1.gz"))
    tailing = RemoteTailing(share, source(share / pattern))
    client = NfsClient(share, tailing.clock.monotonic, files=60.0, directories=60.0)
    write(log, numbered(0, 20))
    with contextlib.ExitStack() as stack, client:
        stack.callback(client.forget)
        tailing.step().stop()
        with client.server():
            (share / "app.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
            write(youngest, numbered(20, 20))
            write(log, numbered(40, 20))
            archive.touch()
        with os.scandir(str(share)):
            os.stat(str(youngest))  # noqa: PTH116 - `ls -l`: the client remembers the names
        with client.server(), Coarse(share):
            archive.write_bytes(gzip.compress(youngest.read_bytes()))
            youngest.unlink()
        assert tailing.start().settle().texts() == numbered(0, 60)
        assert not tailing.abandoned()
        tailing.stop()
