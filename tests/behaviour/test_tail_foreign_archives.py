"""What is packed in a way that is not read: named with its reason, and not taken for lines."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from logsource.tail.magic import compression_of, why_unreadable
from tests.support.tailing import numbered, write


def _zip():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.log", "a line\n" * 100)
    return packed.getvalue()


def _tar(mode="w"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        entry = tarfile.TarInfo("app.log")
        entry.size = 700
        archive.addfile(entry, io.BytesIO(b"a line\n" * 100))
    return packed.getvalue()


FOREIGN = {
    "zip": (_zip(), "a zip archive"),
    "Z": (b"\x1f\x9d\x90a\n\x04\n", "compress"),  # two members of its alphabet are line ends
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04\n\n", "7z"),
    "lz": (b"LZIP\x01\x0c\n\n", "lzip"),
    "lzo": (b"\x89LZO\x00\r\n\x1a\n\x10", "lzop"),
    "journal": (b"LPKSHHRH\n\n\n", "journald"),
    "tar": (_tar(), "a tar archive"),
    "tgz": (_tar("w:gz"), "a tar archive"),
    "txz": (_tar("w:xz"), "a tar archive"),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("once", [True, False])
def test_it_is_named_and_gives_no_lines(tmp_path, follow, kind, once):
    data, why = FOREIGN[kind]
    foreign, log = tmp_path / f"old.{kind}", tmp_path / "app.log"
    foreign.write_bytes(data)
    write(log, numbered(0, 3))
    tailing = follow(tmp_path / "*", once=once).step(3)
    assert tailing.texts() == numbered(0, 3)
    (one,) = [one for one in tailing.tail.status() if one.state == "unreadable"]
    assert one.path == str(foreign)
    assert why in one.detail
    (event,) = [one for one in tailing.events if one.kind == "unreadable"]
    assert event.label == "ENOTSUP"
    assert why in event.detail
    assert not once or tailing.tail.at_end()
    tailing.crash().step(3)
    assert tailing.texts() == numbered(0, 3)


@pytest.mark.parametrize("kind", ["zip", "tar", "journal"])
def test_it_is_named_when_it_was_empty_first(tmp_path, follow, kind):
    data, why = FOREIGN[kind]
    foreign = tmp_path / "old"
    foreign.write_bytes(b"")
    tailing = follow(foreign).step(3)
    foreign.write_bytes(data)
    tailing.step(3)
    assert tailing.texts() == []
    (one,) = tailing.tail.status()
    assert one.state == "unreadable"
    assert why in one.detail


def test_once_it_is_unpacked_in_place_it_is_read(tmp_path, follow):
    log = tmp_path / "app.log"
    log.write_bytes(gzip.compress(_tar()))
    tailing = follow(log).step(3)
    assert tailing.texts() == []
    log.unlink()
    write(log, numbered(0, 5))
    tailing.step(70)
    assert tailing.texts() == numbered(0, 5)
    assert [one.state for one in tailing.tail.status()] == ["idle"]


@pytest.mark.parametrize(
    "text",
    [
        b"]\n[error] what begins like LZMA's properties",
        "] utf-16".encode("utf-16-le"),
        "] utf-32, and longer than a header".encode("utf-32-le"),
        b"PK is a country code",
        b"LZIP is a word",
        b"BZh9 as well\n",
        b"Rar! it cried\n",
        b"7z is a program\n",
        b"x" * 257 + b"vstar",
        bytes(300),
    ],
)
def test_text_is_text(text):
    assert compression_of(text) == ""
    assert why_unreadable(text) == ""
