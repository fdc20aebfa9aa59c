"""Logs that are found by a link, as those of containers are, and rotated where the link leads."""

from __future__ import annotations

import gzip

import pytest

from tests.support.tailing import write


@pytest.fixture
def pod(tmp_path):
    folder = tmp_path / "pods" / "shop_web_1" / "web"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def link(tmp_path, pod):
    """Two links away, the first of them relative."""
    middle = tmp_path / "pods" / "web.log"
    middle.symlink_to("shop_web_1/web/0.log")
    path = tmp_path / "containers" / "web-1.log"
    path.parent.mkdir()
    path.symlink_to(middle)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_generations_that_came_and_went_while_nobody_looked(pod, link, follow, packed):
    log = pod / "0.log"
    write(log, ["one"])
    tailing = follow(link).step(3).stop()
    expected = ["one"]
    for number in range(4):
        write(log, [f"{number} last"])
        old = pod / f"0.log.20260102-03040{number}"
        log.rename(old)
        if packed and number < 3:
            old.with_name(old.name + ".gz").write_bytes(gzip.compress(old.read_bytes()))
            old.unlink()
        write(log, [f"{number} first"])
        expected += [f"{number} last", f"{number} first"]
    assert tailing.start().step(20).texts() == expected


def test_generations_that_come_and_go_between_two_scans(pod, link, follow):
    log = pod / "0.log"
    tailing = follow(link)
    expected = []
    for number in range(12):
        write(log, [f"{number} last"])
        tailing.step(seconds=0.3)
        log.rename(pod / f"0.log.20260102-0304{number:02d}")
        write(log, [f"{number} first"])
        tailing.step(seconds=0.3)
        expected += [f"{number} last", f"{number} first"]
    assert tailing.step(20).texts() == expected


def test_what_stands_beside_the_target_of_another_log_is_left_alone(pod, link, follow):
    write(pod / "0.log", ["mine"])
    write(pod / "1.log", ["the next container's"])
    write(pod / "1.log.20260102-030401", ["its too"])
    tailing = follow(link).step(3)
    (pod / "0.log").rename(pod / "0.log.20260102-030405")
    write(pod / "0.log", ["mine again"])
    assert tailing.step(20).texts() == ["mine", "mine again"]
