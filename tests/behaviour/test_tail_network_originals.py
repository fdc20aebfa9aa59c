"""An archive on a server whose original is deleted there, while a client goes on believing in it."""

from __future__ import annotations

import contextlib
import gzip
import os

import pytest

from tests.support.mounting import RemoteTailing
from tests.support.nfsclient import NfsClient
from tests.support.tailing import numbered, source, write


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize(
    "asked", [["app.log.1"], ["app.log.1", "app.log.1.gz"]], ids=["", "and that it is empty"]
)
def test_an_original_that_only_a_client_believes_in_hides_no_archive(tmp_path, pattern, asked):
    share = tmp_path / "share"
    share.mkdir()
    log, youngest, archive = (share / name for name in ("app.log", "app.log.1", "app.log.1.gz"))
    tailing = RemoteTailing(share, source(share / pattern))
    client = NfsClient(share, tailing.clock.monotonic, files=60.0, directories=60.0, coarse=True)
    write(log, numbered(0, 20))
    with contextlib.ExitStack() as stack, client:
        stack.callback(client.forget)
        tailing.step().stop()
        tailing.clock.advance(1)
        with client.server():
            (share / "app.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
            write(youngest, numbered(20, 20))
            write(log, numbered(40, 20))
            archive.touch()
        os.close(os.open(str(share), os.O_RDONLY))
        for name in asked:
            os.stat(str(share / name))  # noqa: PTH116 - whoever asks here, the client remembers it
        with client.server():
            archive.write_bytes(gzip.compress(youngest.read_bytes()))
            youngest.unlink()
        tailing.start().settle()
        assert sorted(tailing.texts()) == numbered(0, 60)
        assert not tailing.abandoned()
        tailing.stop()
