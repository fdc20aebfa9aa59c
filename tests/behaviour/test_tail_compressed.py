"""Compressed files: read like others, started at their end, broken off, damaged."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os

import lz4.frame
import pytest
import zstandard

from logsource.tail.birth import birth_of
from tests.support.tailing import next_tick, numbered, write

COMPRESS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "lz4": lambda data: lz4.frame.compress(data, content_checksum=True),
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


DIGEST = {"gz": -5, "zst": -1, "lz4": -1}
"""Where a byte of the digest of all content stands."""


def packed(lines, kind="gz"):
    return COMPRESS[kind]("".join(line + "\n" for line in lines).encode())


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("once", [True, False])
def test_compressed_files_are_read_like_others_and_not_again(tmp_path, follow, kind, once):
    (tmp_path / f"old.{kind}").write_bytes(packed(numbered(0, 3000), kind))
    tailing = follow(tmp_path / f"*.{kind}", once=once).step(2)
    assert tailing.texts() == numbered(0, 3000)
    assert [one.id[2] for one in tailing.got[:3]] == [0, 12, 24]
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 3000)
    if once:
        assert tailing.tail.at_end()


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("content", [b"", bytes(3000)], ids=["empty", "a hole"])
@pytest.mark.parametrize("once", [True, False])
def test_an_archive_without_a_line_is_at_its_end_after_every_start(tmp_path, follow, kind, content, once):
    (tmp_path / f"old.{kind}").write_bytes(COMPRESS[kind](content))
    tailing = follow(tmp_path / f"*.{kind}", once=once).step(2)
    for _ in range(3):
        assert tailing.tail.at_end()
        assert [one.lag for one in tailing.tail.status()] == [0]
        tailing.crash().step(2)
    assert tailing.texts() == []


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_restart_goes_on_inside_the_decompressed_stream(tmp_path, follow, kind):
    (tmp_path / f"old.{kind}").write_bytes(packed(numbered(0, 3000), kind))
    tailing = follow(tmp_path / f"*.{kind}")
    tailing.clock.advance(1)
    tailing.tail.scan()
    tailing.commit(tailing.tail.read(1))
    assert 0 < len(tailing.got) < 3000
    tailing.crash().step()
    assert tailing.texts() == numbered(0, 3000)


def test_start_at_end_leaves_out_what_is_packed(tmp_path, follow):
    (tmp_path / "a.log.1.gz").write_bytes(packed(numbered(0, 30)))
    write(tmp_path / "a.log", numbered(30, 5))
    tailing = follow(tmp_path / "a.log*", source={"start_at": "end"}).step()
    write(tmp_path / "a.log", numbered(35, 5))
    tailing.step().crash().settle()
    assert tailing.texts() == numbered(35, 5)


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("halves", [False, True], ids=["at once", "in two halves"])
def test_members_that_are_added_later_are_read(tmp_path, follow, kind, halves):
    path = tmp_path / f"old.{kind}"
    path.write_bytes(packed(numbered(0, 30), kind))
    tailing = follow(tmp_path / f"*.{kind}").step(3)
    assert tailing.tail.at_end()
    more = packed(numbered(30, 30), kind)
    for piece in (more[:3], more[3:]) if halves else (more,):
        with path.open("ab") as file:
            file.write(piece)
        tailing.step(3)
    assert tailing.texts() == numbered(0, 60)
    tailing.crash().step(3)
    assert tailing.texts() == numbered(0, 60)


def test_frames_of_pzstd_are_read(tmp_path, follow):
    """Before each frame stands one to be skipped, which says how long it is."""
    frames = [packed(numbered(first, 500), "zst") for first in range(0, 2000, 500)]
    sizes = [b"\x50\x2a\x4d\x18\x04\x00\x00\x00" + len(frame).to_bytes(4, "little") for frame in frames]
    (tmp_path / "old.zst").write_bytes(
        b"".join(size + frame for size, frame in zip(sizes, frames, strict=True))
    )
    tailing = follow(tmp_path / "*.zst", once=True).step(2)
    assert tailing.texts() == numbered(0, 2000)
    assert tailing.tail.at_end()


def test_a_stream_that_breaks_off_is_read_as_far_as_it_goes_and_waited_for(tmp_path, follow):
    whole = packed(numbered(0, 3000))
    path = tmp_path / "old.gz"
    path.write_bytes(whole[:4000])
    tailing = follow(tmp_path / "*.gz").step(3)
    got = len(tailing.texts())
    assert 0 < got < 3000
    with path.open("ab") as file:
        file.write(whole[4000:])
    tailing.step(3)
    assert tailing.texts() == numbered(0, 3000)


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("missing", [1, 300])
def test_of_an_archive_that_breaks_off_this_is_known_and_its_last_line_is_none(
    tmp_path, follow, kind, once, missing
):
    whole = packed(numbered(0, 20_000), kind)
    path = tmp_path / f"old.{kind}"
    path.write_bytes(whole[:-missing])
    tailing = follow(tmp_path / "old.*", once=once).step(3)
    (status,) = tailing.tail.status()
    assert status.broken_off
    assert (status.state, status.detail[:32]) == ("waiting", "the archive ends in its middle: ")
    assert tailing.tail.at_end()
    got = tailing.texts()
    assert got == numbered(0, len(got))
    with path.open("ab") as file:
        file.write(whole[-missing:])
    tailing.crash().step(3)
    assert tailing.texts() == numbered(0, 20_000)
    (status,) = tailing.tail.status()
    assert not status.broken_off
    assert "ends in its middle" not in status.detail


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_damaged_file_is_named_and_hurts_nobody_else(tmp_path, follow, kind):
    damaged = bytearray(packed(numbered(0, 30_000), kind))
    for index in range(len(damaged) // 2, len(damaged), 50):
        damaged[index] ^= 0xFF
    (tmp_path / f"damaged.{kind}").write_bytes(damaged)
    write(tmp_path / "good.log", numbered(0, 3))
    tailing = follow(tmp_path / "*").step(5)
    assert tailing.texts(str(tmp_path / "good.log")) == numbered(0, 3)
    assert [one.label for one in tailing.events if one.kind == "unreadable"] == ["EBADMSG"]
    assert "unreadable" in {one.state for one in tailing.tail.status()}


@pytest.mark.parametrize("kind", DIGEST)
def test_all_that_stands_before_the_damage_is_read(tmp_path, follow, kind):
    """Here all lines do: only the checksum at the end is wrong."""
    damaged = bytearray(packed(numbered(0, 30_000), kind))
    damaged[DIGEST[kind]] ^= 1
    (tmp_path / f"damaged.{kind}").write_bytes(damaged)
    tailing = follow(tmp_path / "damaged.*").step(3)
    assert tailing.texts() == numbered(0, 30_000)
    assert [(one.kind, one.label) for one in tailing.events if one.kind != "found"] == [
        ("unreadable", "EBADMSG")
    ]
    tailing.crash().step(3)
    assert tailing.texts() == numbered(0, 30_000)


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("nuls", [4, 512, 100_000])
def test_padding_between_members_and_behind_them_is_passed_over(tmp_path, follow, kind, nuls):
    path = tmp_path / f"old.{kind}"
    first, more = packed(numbered(0, 30), kind), packed(numbered(30, 30), kind)
    path.write_bytes(first + bytes(nuls) + more + bytes(nuls))
    tailing = follow(tmp_path / "*", once=True).step(2)
    assert tailing.texts() == numbered(0, 60)
    assert tailing.tail.at_end()
    assert [one.state for one in tailing.tail.status()] == ["idle"]


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("state", ["there", "added"])
def test_what_stands_behind_an_archive_and_is_none_is_not_left_out_in_silence(tmp_path, follow, kind, state):
    """A program that does not know that its log was packed goes on writing to it, say."""
    path = tmp_path / f"old.{kind}"
    path.write_bytes(packed(numbered(0, 30), kind))
    write(tmp_path / "good.log", numbered(0, 3))
    if state == "there":
        write(path, numbered(30, 30))
    tailing = follow(
        tmp_path / "*", source={"after_delivery": "delete" if state == "there" else "keep"}
    ).step(2)
    if state == "added":
        write(path, numbered(30, 30))
    tailing.settle()
    assert tailing.texts(str(path)) == numbered(0, 30)
    (unreadable,) = [one for one in tailing.events if one.kind == "unreadable"]
    assert f"behind the end of the {kind} data" in unreadable.detail
    assert path.exists()
    assert tailing.texts(str(tmp_path / "good.log")) == numbered(0, 3)


def test_why_frames_of_zstd_cannot_be_read_is_told(tmp_path, follow):
    text = "".join(line + "\n" for line in numbered(0, 300)).encode()
    dictionary = zstandard.train_dictionary(4096, [line.encode() * 9 for line in numbered(0, 2000)])
    (tmp_path / "a.zst").write_bytes(zstandard.ZstdCompressor(dict_data=dictionary).compress(text))
    wide = zstandard.ZstdCompressionParameters.from_level(3, window_log=28, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    (tmp_path / "b.zst").write_bytes(packer.compress(text) + packer.flush())
    tailing = follow(tmp_path / "*.zst").step(2)
    told = {one.path: one.detail for one in tailing.events if one.kind == "unreadable"}
    assert "with a dictionary (zstd -D): unpack them" in told[str(tmp_path / "a.zst")]
    assert "a window of more than 128 MiB (zstd --long): unpack them" in told[str(tmp_path / "b.zst")]


def test_a_damaged_sibling_does_not_stand_in_the_way_of_a_rotation(tmp_path, follow):
    log = tmp_path / "app.log"
    write(log, numbered(0, 300))
    tailing = follow(log).step().stop()
    write(log, numbered(300, 3))
    damaged = bytearray(packed(numbered(0, 300)))
    damaged[10:30] = b"\xff" * 20  # from its first block on
    (tmp_path / "app.log.3.gz").write_bytes(damaged)
    (tmp_path / "app.log.2.gz").write_bytes(b"\x1f\x8b\x08")
    log.rename(tmp_path / "app.log.1")
    write(log, numbered(303, 3))
    tailing.start().settle()
    assert tailing.texts() == numbered(0, 306)


def test_while_a_rotated_log_is_being_compressed_it_is_read_once(tmp_path, follow):
    log = tmp_path / "app.log"
    write(log, numbered(0, 300))
    tailing = follow(f"{log}*").step()
    write(log, numbered(300, 5))
    log.rename(tmp_path / "app.log.1")
    whole = gzip.compress((tmp_path / "app.log.1").read_bytes())
    for end in (0, 10, 100, len(whole)):
        (tmp_path / "app.log.1.gz").write_bytes(whole[:end])
        tailing.step(3)
    (tmp_path / "app.log.1").unlink()
    tailing.settle().crash().settle()
    assert tailing.texts() == numbered(0, 305)


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("steps", [1, 3])
def test_an_archive_that_was_an_empty_file_first_is_unpacked(tmp_path, follow, kind, steps):
    """Whoever copies one there makes an empty file first; how it is compressed is seen when its bytes come."""
    archive = tmp_path / f"old.{kind}"
    archive.write_bytes(b"")
    tailing = follow(tmp_path / "old.*").step(2)
    data = packed(numbered(0, 1000), kind)
    before = 0
    for end in (0, 5, 300, len(data)):
        with archive.open("ab") as file:
            file.write(data[before:end])
        before = end
        tailing.step(steps)
    tailing.step(2)
    assert tailing.texts() == numbered(0, 1000)
    assert [one.lag for one in tailing.tail.status()] == [0]
    tailing.crash().settle()
    assert tailing.texts() == numbered(0, 1000)


@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("hours", [0, 3])
def test_the_archive_of_a_copy_has_the_time_of_the_log_and_is_older_than_the_copy(
    tmp_path, follow, state, hours
):
    """logrotate's `copytruncate` with `compress`: the copy is made at night, of what was written at noon."""
    log, copies = tmp_path / "app.log", [tmp_path / f"app.log-2026010{day}" for day in (2, 3)]
    write(log, numbered(0, 20))
    tailing = follow(log).step(2)
    tailing.stop()
    for number, copy in enumerate(copies):
        write(log, numbered(20 + 20 * number, 20))
        written = log.stat().st_mtime_ns
        next_tick(log)
        copy.write_bytes(log.read_bytes())
        os.truncate(log, 0)
    tailing.start()
    tailing.paused = True  # what nobody saw before is known now, and not read
    tailing.step(2)
    if state == "stopped":
        tailing.stop()
    archive = tmp_path / f"{copies[1].name}.gz"
    archive.write_bytes(packed(numbered(40, 20)))
    os.utime(archive, ns=(written, max(written - hours * 3600 * 10**9, log_born(log))))
    copies[1].unlink()
    if state == "stopped":
        tailing.start()
    tailing.step(2)
    tailing.paused = False
    write(log, numbered(60, 5))
    assert sorted(tailing.settle().texts()) == numbered(0, 65)
    assert not tailing.abandoned()


def log_born(log):
    with log.open("rb") as file:
        return birth_of(file.fileno()).created_ns
