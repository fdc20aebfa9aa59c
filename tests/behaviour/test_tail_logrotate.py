"""The real logrotate, in each of its modes, while the agent runs, is stopped, or is paused."""

from __future__ import annotations

import os
import re

import pytest

from tests.deploy.tools import run
from tests.support.programs import python_program
from tests.support.rotating import Writer
from tests.support.tailing import Tailing, source

MODES = {
    "create": ("reopens", "create"),
    "nocreate": ("reopens", "nocreate"),
    "nocopytruncate, nocreate": ("reopens", "nocopytruncate\nnocreate"),
    "copytruncate": ("keeps", "copytruncate"),
    "copytruncate, compress": ("keeps", "copytruncate\ncompress"),
    "copytruncate, no append": ("no_append", "copytruncate"),
    "copy": ("keeps", "copy"),
    "copy, compress": ("keeps", "copy\ncompress"),
    "copy, delaycompress, dateext": ("keeps", "copy\ncompress\ndelaycompress\n-%Y%m%d-0GENERATION"),
    "compress": ("reopens", "compress"),
    "delaycompress": ("reopens", "compress\ndelaycompress"),
    "zstd": ("reopens", "compress\ncompresscmd FOLDER/zst\ncompressext .zst"),
    "xz": ("reopens", "compress\ncompresscmd FOLDER/xz\ncompressext .xz"),
    "bzip2": ("reopens", "compress\ncompresscmd FOLDER/bz2\ncompressext .bz2"),
    "dateext": ("reopens", "-%Y%m%d-0GENERATION"),
    "dateext, compress": ("reopens", "-%Y%m%d-0GENERATION\ncompress"),
    "dateext, seconds": ("reopens", "-%Y%m%d-%sGENERATION\ncompress\ndelaycompress"),
    "dateext, hours, extension": ("reopens", "-%Y-%m-%d_%HGENERATION\nextension .log"),
    "dateyesterday": ("reopens", ".%Y%m%d.GENERATION\ndateyesterday\ncompress"),
    "extension": ("reopens", "extension .log"),
    "extension, compress": ("reopens", "extension .log\ncompress\ndelaycompress"),
    "addextension": ("reopens", "addextension .log\ncompress"),
    "addextension, messages": ("reopens", "addextension .log\ncompress\ndelaycompress"),
    "addextension, app.out": ("reopens", "addextension .log\n-%Y%m%d-0GENERATION"),
    "start 0": ("reopens", "start 0\ncompress\ndelaycompress"),
    "start 5": ("reopens", "start 5\nrotate 9"),
    "maxage": ("reopens", "maxage 1\ncompress"),
    "olddir": ("reopens", "olddir old\ncreateolddir 0755\ncompress\ndelaycompress"),
    "olddir, dateext": ("reopens", "olddir old\ncreateolddir 0755\n-%Y%m%d-0GENERATION"),
    "renamecopy": ("reopens", "renamecopy"),
    "renamecopy, compress": ("reopens", "renamecopy\ncompress\ncreate"),
    "renamecopy, delaycompress": ("reopens", "renamecopy\ncompress\ndelaycompress"),
    "renamecopy, olddir": ("reopens", "renamecopy\nolddir old\ncreateolddir 0755"),
    "renamecopy, extension": ("reopens", "renamecopy\nextension .log\n-%Y%m%d-0GENERATION"),
    "shred": ("reopens", "shred\nrotate 2"),
}
"""How the program takes it, and the directives; one that begins with a dash or a dot is a format of dates."""


LOGS = {"addextension, messages": "messages", "addextension, app.out": "app.out"}


@pytest.mark.parametrize("names", ["the log", "all"])
@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, mode, state, names):
    manner, directives = MODES[mode]
    log = tmp_path / LOGS.get(mode, "app.log")
    writer = Writer(log, manner)
    tailing = Tailing(source(log if names == "the log" else tmp_path / f"{log.stem}*"))
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
    assert {one.path for one in tailing.got} == {str(log)} or names == "all"
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("directives", ["rotate 0", "rotate 0\ncompress", "rotate 0\ncopytruncate"])
def test_of_generations_that_nobody_keeps_nothing_that_was_seen_is_lost(tmp_path, directives):
    log = tmp_path / "app.log"
    writer = Writer(log, "keeps" if "copytruncate" in directives else "reopens")
    tailing = Tailing(source(log))
    for _ in range(3):
        writer.write(10)
        tailing.step()
        rotate(tmp_path, log, directives)
        writer.rotated()
    writer.write(10)
    tailing.settle()
    tailing.crash().settle()
    writer.close()
    assert tailing.texts() == writer.expected()
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
    directives = re.sub(r"^([-.].*)$", r"dateext\ndateformat \1", directives, flags=re.MULTILINE)
    user = "su root root\n" if os.geteuid() == 0 else ""
    config = folder / "logrotate.conf"
    config.write_text(
        f"{log} {{\nrotate 5\nmissingok\n{user}{directives}\n}}\n".replace("FOLDER", str(folder))
    )
    config.chmod(0o644)
    status, said = run("logrotate", "--force", "--state", folder / "state", config)
    assert status == 0, said
