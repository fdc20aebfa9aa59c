"""`try` and `detect` read files as the agent does: archives unpacked, and what cannot be unpacked is said to be that."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import zipfile

import pytest
import zstandard
from click.testing import CliRunner

from logsource.cli.main import cli

LINES = "".join(f'{{"level": "info", "number": {number}}}\n' for number in range(3000))
PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}


def run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.parametrize("extension", PACK)
def test_an_archive_is_tried_line_by_line(tmp_path, extension):
    archive = tmp_path / f"app.log.{extension}"
    archive.write_bytes(PACK[extension](LINES.encode()))
    result = run("try", "json_lines", archive, "--json")
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == 3000
    assert all(one["ok"] for one in found)
    detected = run("detect", archive, "--json")
    assert json.loads(detected.stdout)[0] == {"parser": "json_lines", "matched": 1.0}


def test_an_archive_that_breaks_off_is_said_to(tmp_path):
    archive = tmp_path / "app.log.gz"
    archive.write_bytes(gzip.compress(LINES.encode())[:-20])
    result = run("try", "json_lines", archive, "--json")
    assert f"{archive}: the archive ends in its middle" in result.stderr
    assert result.stdout.count("\n") > 1000


def test_a_damaged_archive_is_wrong_usage_behind_what_was_read(tmp_path):
    whole = gzip.compress(LINES.encode())
    (tmp_path / "app.log.gz").write_bytes(whole[:-8] + bytes(8))
    result = run("try", "json_lines", tmp_path / "app.log.gz", "--json")
    assert result.exit_code == 2
    assert "app.log.gz: damaged gz data" in result.stderr


@pytest.mark.parametrize("command", [["try", "plain"], ["detect"]])
def test_what_nobody_here_unpacks_is_named(tmp_path, command):
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("app.log", LINES)
    result = run(*command, tmp_path / "app.zip")
    assert result.exit_code == 2
    assert f"{tmp_path / 'app.zip'}: a zip archive" in result.stderr


@pytest.mark.parametrize("command", [["try", "json_lines", "--json"], ["detect", "--json"]])
def test_a_pipe_is_read_as_it_is(command):
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(LINES[:4000].rpartition("\n")[0].encode())
        result = run(*command, f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert result.exit_code == 0
    assert json.loads(result.stdout.splitlines()[0])


def test_a_file_that_is_no_text_is_doubted(tmp_path):
    (tmp_path / "core").write_bytes(bytes(range(256)) * 40)
    assert "the file holds NUL bytes" in run("detect", tmp_path / "core").stderr
    (tmp_path / "text").write_text("one\ntwo\n")
    assert "NUL" not in run("detect", tmp_path / "text").stderr
