"""The real logrotate, in each of its modes, while the agent runs, is stopped, or is paused."""

from __future__ import annotations

import os

import pytest

from tests.deploy.tools import run
from tests.support.programs import python_program
from tests.support.rotating import Writer
from tests.support.tailing import Tailing, source

MODES = {
    "create": ("reopens", "create"),
    "nocreate": ("reopens", "nocreate"),
    "copytruncate": ("keeps", "copytruncate"),
    "copytruncate, compress": ("keeps", "copytruncate\ncompress"),
    "copytruncate, no append": ("no_append", "copytruncate"),
    "compress": ("reopens", "compress"),
    "delaycompress": ("reopens", "compress\ndelaycompress"),
    "zstd": ("reopens", "compress\ncompresscmd FOLDER/zst\ncompressext .zst"),
    "xz": ("reopens", "compress\ncompresscmd FOLDER/xz\ncompressext .xz"),
    "bzip2": ("reopens", "compress\ncompresscmd FOLDER/bz2\ncompressext .bz2"),
    "dateext": ("reopens", "dateext\ndateformat -%Y%m%d-0GENERATION"),
    "dateext, compress": ("reopens", "dateext\ndateformat -%Y%m%d-0GENERATION\ncompress"),
    "extension": ("reopens", "extension .log"),
    "olddir": ("reopens", "olddir old\ncreateolddir 0755\ncompress\ndelaycompress"),
    "renamecopy": ("reopens", "renamecopy\nolddir old\ncreateolddir 0755"),
    "shred": ("reopens", "shred\nrotate 2"),
}


@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, mode, state):
    manner, directives = MODES[mode]
    log = tmp_path / "app.log"
    writer = Writer(log, manner)
    tailing = Tailing(source(log))
    writer.write(10)
    tailing.step()
    writer.write(3)
    for generation in range(2):
        if state == "stopped":
            tailing.stop()
        tailing.paused = state == "paused"
        writer.write(5)
        rotate(tmp_path, log, directives.replace("GENERATION", str(generation)))
        writer.rotated()
        writer.write(7)
        if state == "stopped":
            tailing.start()
        tailing.step()
        writer.write(4)
    tailing.paused = False
    tailing.settle()
    tailing.crash().settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert {one.path for one in tailing.got} == {str(log)}
    assert not tailing.abandoned()
    tailing.stop()


COMPRESSORS = {
    "zst": "import zstandard; packed = zstandard.ZstdCompressor().compress(data)",
    "xz": "import lzma; packed = lzma.compress(data)",
    "bz2": "import bz2; packed = bz2.compress(data)",
}
"""What logrotate runs instead of programs that a small machine may lack: standard input to standard output."""


def rotate(folder, log, directives):
    for name, code in COMPRESSORS.items():
        python_program(
            folder / name,
            f"import sys\ndata = sys.stdin.buffer.read()\n{code}\nsys.stdout.buffer.write(packed)\n",
        )
    user = "su root root\n" if os.geteuid() == 0 else ""
    config = folder / "logrotate.conf"
    config.write_text(
        f"{log} {{\nrotate 5\nmissingok\n{user}{directives}\n}}\n".replace("FOLDER", str(folder))
    )
    config.chmod(0o644)
    status, said = run("logrotate", "--force", "--state", folder / "state", config)
    assert status == 0, said
