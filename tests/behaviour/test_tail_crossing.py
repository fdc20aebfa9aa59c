"""A record that begins in one generation of a log and ends in the next is one record, once, whenever it is looked at."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.behaviour.test_tail_containers import EXPECTED, LOGS, cri, docker, line, runtime_log
from tests.behaviour.test_tail_presets import written
from tests.support.tailing import write

if TYPE_CHECKING:
    from pathlib import Path

JAVA = {"multiline": {"preset": "java", "flush_after": 1.0}}


def rotate(log: Path) -> None:
    """As Docker does: rename all, and begin anew."""
    for number in range(9, 0, -1):
        old = log.with_name(f"{log.name}.{number}")
        if old.exists():
            old.rename(log.with_name(f"{log.name}.{number + 1}"))
    log.rename(log.with_name(f"{log.name}.1"))
    log.touch()


@pytest.mark.parametrize("once", [False, True], ids=["followed", "once"])
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gz"])
def test_what_docker_wrote_while_it_rotated(log, follow, compress, once):
    """Three generations with lines of 50,000 bytes: each rotation fell between two pieces of a line."""
    for name in ("docker_many.log.2", "docker_many.log.1", "docker_many"):
        number = name.removeprefix("docker_many").removeprefix(".log")
        raw = (
            runtime_log(name)
            if name == "docker_many"
            else gzip.decompress((LOGS / f"{name}.gz").read_bytes())
        )
        path = log.with_name(log.name + number)
        if compress and number:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(raw))
        else:
            path.write_bytes(raw)
    tailing = follow(log.with_name("app.log*"), source={"container": "docker"}, once=once)
    tailing.step(1 if once else 30)
    assert tailing.texts() == ["x" * 847 + ".", *(line(f"m{number:03d}", 50000) for number in range(20, 30))]


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("name", ["java", "python", "go", "node", "rust"])
def test_a_rotation_between_any_two_lines_of_a_trace(log, follow, name, restarts):
    records = written(name)[:4]
    lines = "\n".join(records).split("\n")
    for at in range(1, len(lines)):
        path = log.with_name(f"{at}.log")
        write(path, lines[:at])
        tailing = follow(path, source={"multiline": {"preset": name, "flush_after": 1.0}}).step(seconds=0.05)
        rotate(path)
        tailing.step(seconds=0.05)
        if restarts:
            tailing.crash()
        for one in lines[at:]:
            write(path, [one])
            tailing.step(seconds=0.05)
            if restarts:
                tailing.crash()
        tailing.step(30)
        assert tailing.texts() == records
        assert len({one.id for one in tailing.got}) == len(records)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_the_kubelet_rotates_within_a_line(tmp_path, follow, packed):
    """It renames `0.log`, has the runtime open a new one, and compresses what it renamed before; pods' logs are links."""
    pod = tmp_path / "pods" / "shop_web_1" / "web"
    pod.mkdir(parents=True)
    log, link = pod / "0.log", tmp_path / "containers" / "web.log"
    link.parent.mkdir()
    link.symlink_to(log)
    tailing = follow(link, source={"container": "cri"})
    expected, count = [], 12
    for number in range(count):
        text = f"{number:02d}" + "y" * 300
        write(log, [cri("F", f"{number:02d} whole"), cri("P", text[:200])])
        tailing.step(seconds=0.3)
        old = pod / f"0.log.20260102-0304{number:02d}"
        log.rename(old)
        write(log, [cri("F", text[200:])])
        for elder in sorted(pod.glob("0.log.2*[0-9]"))[:-1] if packed else ():
            elder.with_name(elder.name + ".gz").write_bytes(gzip.compress(elder.read_bytes()))
            elder.unlink()
        tailing.step(seconds=0.3)
        if number % 4 == 3:
            tailing.crash()
        expected += [f"{number:02d} whole", text]
    assert tailing.step(20).texts() == expected


@pytest.mark.parametrize("runtime", ["docker", "podman"])
def test_a_rotation_between_any_two_pieces_and_a_kill_after_each(log, follow, runtime):
    pieces = runtime_log(f"{runtime}_sizes").decode().splitlines()
    for at in range(1, len(pieces)):
        path = log.with_name(f"{at}.log")
        write(path, pieces[:at])
        tailing = follow(path, source={"container": "auto"}).step(seconds=0.05).crash()
        rotate(path)
        tailing.step(seconds=0.05).crash()
        write(path, pieces[at:])
        tailing.step(seconds=0.05).crash().step(30)
        assert tailing.texts() == EXPECTED[f"{runtime}_sizes"]
        assert len({one.id for one in tailing.got}) == len(tailing.got)


def test_what_the_younger_one_begins_with_is_not_read_twice(log, follow):
    write(log, ["2026-01-02 ERROR a", "java.io.IOException: b"])
    tailing = follow(source=JAVA).step(seconds=0.05)
    rotate(log)
    write(log, ["\tat a.B.c(B.java:1)", "2026-01-02 INFO d", "2026-01-02 INFO e"])
    tailing.step(seconds=0.05).crash().step(30)
    assert tailing.texts() == [
        "2026-01-02 ERROR a\njava.io.IOException: b\n\tat a.B.c(B.java:1)",
        "2026-01-02 INFO d",
        "2026-01-02 INFO e",
    ]
    assert [one.id[2] for one in tailing.got] == [0, 20, 38]
    assert tailing.got[0].id[0] != tailing.got[1].id[0], "the offset is that of the file in which it begins"


def test_a_commit_that_does_not_happen_leaves_both_as_they_were(log, follow):
    write(log, ["2026-01-02 ERROR a"])
    tailing = follow(source=JAVA).step(seconds=0.05)
    rotate(log)
    write(log, ["\tat a.B.c(B.java:1)", "2026-01-02 INFO d"])
    tailing.paused = True
    tailing.step(5)
    assert tailing.texts() == []
    tailing.paused = False
    tailing.step(30)
    assert tailing.texts() == ["2026-01-02 ERROR a\n\tat a.B.c(B.java:1)", "2026-01-02 INFO d"]


def test_a_record_that_ends_with_its_file_need_not_wait(log, follow):
    write(log, ["2026-01-02 INFO a"])
    tailing = follow(source={"multiline": {"preset": "java", "flush_after": 60.0}}).step(seconds=0.05)
    rotate(log)
    write(log, ["2026-01-02 INFO b"])
    assert tailing.step(3, seconds=0.4).texts() == ["2026-01-02 INFO a"]


def test_nobody_waits_for_a_generation_that_stays_empty(log, follow):
    write(log, ["2026-01-02 ERROR a"])
    tailing = follow(source=JAVA).step(seconds=0.05)
    rotate(log)
    assert tailing.step(4).texts() == ["2026-01-02 ERROR a"]


def test_a_record_of_one_stream_among_records_of_the_other(log, follow):
    """It cannot be had apart from what begins in the younger file: two records, and nothing is lost or doubled."""
    write(log, [cri("F", "A1"), cri("P", "A2 be", "stderr")])
    tailing = follow(source={"container": "cri"}).step(seconds=0.05)
    rotate(log)
    write(log, [cri("F", "A3"), cri("F", "gun", "stderr"), cri("F", "A4")])
    tailing.step(30)
    assert sorted(tailing.texts()) == ["A1", "A2 be", "A3", "A4", "gun"]


def test_a_line_of_many_generations(log, follow):
    """A file may hold nothing but a piece: then what is behind it is a record of its own; nothing is lost."""
    pieces = [letter * 16384 for letter in "abc"]
    write(log, [docker(pieces[0])])
    tailing = follow(source={"container": "docker"}).step(seconds=0.05)
    for piece in pieces[1:]:
        rotate(log)
        write(log, [docker(piece)])
        tailing.step(seconds=0.05)
    rotate(log)
    write(log, [docker("end\n")])
    tailing.step(40)
    assert "".join(tailing.texts()) == "".join(pieces) + "end"


def test_lines_that_are_records_do_not_care(log, follow):
    write(log, ["one", "  two"])
    tailing = follow().step(seconds=0.05)
    rotate(log)
    write(log, ["  three"])
    assert tailing.step(10).texts() == ["one", "  two", "  three"]
