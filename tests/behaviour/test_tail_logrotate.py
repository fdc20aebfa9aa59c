"""The real logrotate, in each of its modes, while the agent runs, is stopped, or is paused."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.support.rotating import Writer
from tests.support.tailing import Tailing, source

LOGROTATE = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")

MODES = {
    "create": ("reopens", "create"),
    "nocreate": ("reopens", "nocreate"),
    "copytruncate": ("keeps", "copytruncate"),
    "copytruncate, compress": ("keeps", "copytruncate\ncompress"),
    "copytruncate, no append": ("no_append", "copytruncate"),
    "compress": ("reopens", "compress"),
    "delaycompress": ("reopens", "compress\ndelaycompress"),
    "zstd": ("reopens", "compress\ncompresscmd /usr/bin/zstd\ncompressext .zst\ncompressoptions --rm -q"),
    "xz": ("reopens", "compress\ncompresscmd /usr/bin/xz\ncompressext .xz"),
    "bzip2": ("reopens", "compress\ncompresscmd /bin/bzip2\ncompressext .bz2"),
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
    assert LOGROTATE, "logrotate is needed: make system-deps"
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


def rotate(folder, log, directives):
    config = folder / "logrotate.conf"
    config.write_text(f"{log} {{\nrotate 5\nmissingok\nsu root root\n{directives}\n}}\n")
    if os.geteuid() != 0:
        config.write_text(config.read_text().replace("su root root\n", ""))
    config.chmod(0o644)
    subprocess.run(
        [LOGROTATE, "--force", "--state", str(folder / "state"), str(config)],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
