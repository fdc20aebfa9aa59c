"""The loggers of service supervisors: daemontools' multilog, runit's svlogd, s6-log.

They write to `current` and rotate it to `@` and a TAI64N label; a processor may compress it on the way. The steps are
those that strace shows of the programs.
"""

from __future__ import annotations

import gzip

import pytest

from logsource.tail.siblings import family_of, generation, in_order
from tests.support.rotating import Writer, compress
from tests.support.tailing import Tailing, source


def label(number):
    return f"@40000000{0x6B02E3D9 + number:08x}{0x0B388D0C:08x}"


def rename(current, number):
    """multilog, svlogd, s6-log without a processor."""
    current.rename(current.with_name(f"{label(number)}.s"))


def multilog(current, number):
    """s6-log as well: a processor reads `previous` and writes `processed`."""
    previous, processed = current.with_name("previous"), current.with_name("processed")
    current.rename(previous)
    processed.write_bytes(gzip.compress(previous.read_bytes()))
    processed.rename(current.with_name(f"{label(number)}.s"))
    previous.unlink()


def svlogd(current, number):
    """A processor reads `.u` and writes `.t`."""
    unfinished, temporary = current.with_name(f"{label(number)}.u"), current.with_name(f"{label(number)}.t")
    current.rename(unfinished)
    temporary.write_bytes(gzip.compress(unfinished.read_bytes()))
    temporary.rename(current.with_name(f"{label(number)}.s"))
    unfinished.unlink()


def killed(current, number):
    """s6-log was killed before its processor was done."""
    previous = current.with_name("previous")
    if previous.exists():
        previous.rename(current.with_name(f"{label(number - 1)}.u"))
    current.rename(previous)


def packed_later(current, number):
    """Somebody's job packs what is there, each day."""
    rename(current, number)
    older = current.with_name(f"{label(number - 1)}.s")
    if older.exists():
        compress(older)


@pytest.mark.parametrize("paths", [["current"], ["current", "@*"]], ids=str)
@pytest.mark.parametrize("state", ["running", "stopped", "paused"])
@pytest.mark.parametrize("rotate", [rename, multilog, svlogd, killed, packed_later])
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, rotate, state, paths):
    current = tmp_path / "current"
    writer = Writer(current)
    tailing = Tailing(source(*(tmp_path / path for path in paths)))
    writer.write(10)
    tailing.step()
    for number in range(0, 6, 2):
        if state == "stopped":
            tailing.stop()
        tailing.paused = state == "paused"
        for further in (0, 1):  # while nobody reads, a whole generation comes and goes
            writer.write(5)
            rotate(current, number + further)
            writer.rotated()
        writer.write(4)
        if state == "stopped":
            tailing.start()
        tailing.step()
    tailing.paused = False
    tailing.settle()
    tailing.crash().settle()
    writer.close()
    assert tailing.texts() == writer.expected()
    assert {one.path for one in tailing.got} == {str(current)}
    assert not tailing.abandoned()
    tailing.stop()


@pytest.mark.parametrize("looks", [1, 30])
def test_what_svlogd_compresses_to_is_not_read_beside_its_original(tmp_path, looks):
    current = tmp_path / "current"
    writer = Writer(current)
    tailing = Tailing(source(current, tmp_path / "@*"))
    writer.write(10)
    tailing.step()
    writer.write(5)
    unfinished, temporary = tmp_path / f"{label(1)}.u", tmp_path / f"{label(1)}.t"
    current.rename(unfinished)
    writer.rotated()
    writer.write(5)
    packed = gzip.compress(unfinished.read_bytes())
    temporary.write_bytes(packed[:30])
    tailing.step(looks)
    temporary.write_bytes(packed)
    tailing.step(looks)
    finished = temporary.rename(tmp_path / f"{label(1)}.s")
    tailing.crash().step(looks)
    unfinished.unlink()
    tailing.settle()
    assert tailing.texts() == writer.expected()
    assert finished.exists()
    writer.close()
    tailing.stop()


def test_names():
    assert family_of("/l/@400000006b02e3d90b388d0c.s") == "/l/current"
    assert family_of("/l/@400000006b02e3d90b388d0c.u") == "/l/current"
    assert family_of("/l/@400000006b02e3d90b388d0c.s.gz") == "/l/current"
    assert family_of("/l/@400000006b02e3d90b388d0c.t") == "/l/@400000006b02e3d90b388d0c.t", "in the making"
    assert family_of("/l/@home.s") == "/l/@home.s"
    assert generation("/l/current", "previous") == "previous"
    assert generation("/l/app.log", "previous") is None
    assert generation("/l/app.log", "@400000006b02e3d90b388d0c.s") is None


def test_the_oldest_label_comes_first_and_what_is_processed_last():
    names = [
        "previous",
        "@400000006b02e3d90b388d0c.s",
        "@400000006b02e3d80b388d0c.u",
        "@400000006b02e3d9ffffffff.s",
    ]
    order = [name for name, _ in in_order((name, None) for name in names)]
    assert order == [names[2], names[1], names[3], names[0]]
