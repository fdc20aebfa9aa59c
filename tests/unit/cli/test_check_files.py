"""`logsource check` names files that cannot be read, and file systems on which logs cannot be recognised."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import zipfile

import pytest
from click.testing import CliRunner

from logsource.cli.checkfiles import remarks
from logsource.cli.main import cli
from logsource.tail.mounts import Mounts
from tests.support.mounting import MountTable, mounted


def packed() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.log", "a line\n")
    return data.getvalue()


def test_archives_that_cannot_be_unpacked_are_warned_about_at_their_source(tmp_path):
    for number in range(5):
        (tmp_path / f"old{number}.zip").write_bytes(packed())
    (tmp_path / "app.log").write_text("a line\n")
    os.mkfifo(tmp_path / "pipe")
    config = tmp_path / "logsource.yaml"
    config.write_text(
        f"agent: {{state_dir: {tmp_path}/state}}\ncollector: {{url: 'https://collector.example.com'}}\n"
        f"sources:\n  - name: web\n    paths: ['{tmp_path}/*.*']\n    exclude: ['**/*.yaml']\n"
    )
    result = CliRunner().invoke(cli, ["check", "-c", str(config)])
    assert result.exit_code == 0
    warned = [line for line in result.stderr.splitlines() if "zip" in line or "packed" in line]
    assert [line.split("logsource.yaml:")[1] for line in warned] == [
        *(
            f"5:12: source web: {tmp_path}/old{number}.zip cannot be read, it is a zip archive "
            "(unpack it, or leave it out with exclude)"
            for number in range(3)
        ),
        "5:12: source web: 2 more files are packed in ways that cannot be read",
    ]


def test_pipes_and_sockets_with_the_name_of_a_log_are_warned_about_and_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket has at most 108 bytes
    (tmp_path / "app.log").write_text("a line\n")
    os.mkfifo(tmp_path / "pipe.log")
    config = tmp_path / "logsource.yaml"
    config.write_text(
        f"agent: {{state_dir: {tmp_path}/state}}\ncollector: {{url: 'https://collector.example.com'}}\n"
        f"sources:\n  - name: web\n    paths: ['{tmp_path}/*.log', '{tmp_path}/app.log']\n"
        "  - name: null-device\n    paths: [/dev/null]\n"
    )
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as taken:
        taken.bind("sock.log")
        result = CliRunner().invoke(cli, ["check", "-c", str(config)])
    assert result.exit_code == 0
    assert [line.split("logsource.yaml:")[1].split(",")[0] for line in result.stderr.splitlines()] == [
        f"5:12: source web: {tmp_path}/pipe.log is a named pipe",
        f"5:12: source web: {tmp_path}/sock.log is a socket",
        "7:12: source null-device: /dev/null is a device",
    ]
    assert "source     web          1 file now" in result.stdout


@pytest.mark.parametrize(
    ("kind", "warned"), [("fuse.sshfs", True), ("nfs4", False), ("fuse.glusterfs", False)]
)
def test_file_systems_that_number_names_are_warned_about(tmp_path, kind, warned):
    (tmp_path / "logs").mkdir()
    mounts = Mounts(MountTable(mounted(tmp_path, kind)))
    found = list(remarks([], [str(tmp_path / "logs"), str(tmp_path / "logs")], mounts))
    assert len(found) == warned
    if warned:
        ((what, hint),) = found
        assert what.startswith(f"{tmp_path} is a mount of sshfs")
        assert "NFS" in hint
