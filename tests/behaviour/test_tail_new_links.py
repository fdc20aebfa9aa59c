"""Links that came while nobody looked, and whose files were rotated, or left, before anybody saw them.

A pod that is started while the agent is updated writes more than the kubelet lets one file hold; a web server is set up with
rotatelogs. What stands behind such a link was written since the last look, and was made since then.
"""

from __future__ import annotations

import gzip
import os

import pytest

from tests.behaviour.test_tail_linked import SCHEMES, Rotator, hard, soft
from tests.support.tailing import Dated, next_tick, numbered, source, write


@pytest.fixture
def folder(tmp_path):
    """Has two directories, for links and for what they lead to, and a log that is known before."""
    made = tmp_path / "logs"
    (made / "containers").mkdir(parents=True)
    (made / "pods").mkdir()
    write(made / "containers/known.log", ["known"])
    return made


@pytest.fixture(params=["stopped", "running"])
def unseen(request, folder):
    """A tailer that has looked at the directory of links, and a way to do things before it looks again."""
    tailing = Dated(source(folder / "containers/*.log")).step(3)
    next_tick(folder / "containers/known.log")

    def _unseen(act):
        if request.param == "stopped":
            tailing.stop()
        act()
        if request.param == "stopped":
            tailing.start()
        tailing.settle()
        return [one.text for one in tailing.got if one.text != "known"]

    yield _unseen
    tailing.crash().settle()
    texts = tailing.texts()
    assert len(texts) == len(set(texts)), "nothing of it comes again"
    tailing.stop()


class Kubelet:
    """Renames `0.log` to a name with the time, and packs all such but the latest; then the container gets a new one."""

    def __init__(self, folder, pod="web"):
        self.log = folder / f"pods/{pod}/0.log"
        self.log.parent.mkdir()
        self.link = folder / f"containers/{pod}.log"
        self._turns = 0

    def start(self, lines):
        write(self.log, lines)
        self.link.symlink_to(self.log)

    def rotate(self, lines):
        for old in self.log.parent.glob("0.log.*"):
            if old.suffix != ".gz":
                (old.parent / f"{old.name}.gz").write_bytes(gzip.compress(old.read_bytes()))
                old.unlink()
        self._turns += 1
        self.log.rename(self.log.with_name(f"0.log.20260102-15040{self._turns}"))
        next_tick(self.log.with_name(f"0.log.20260102-15040{self._turns}"))
        write(self.log, lines)


@pytest.mark.parametrize("turns", [1, 2, 4])
def test_a_pod_that_was_rotated_before_anybody_saw_it(folder, unseen, turns):
    pod = Kubelet(folder)

    def act():
        pod.start(numbered(0, 5))
        for turn in range(1, turns + 1):
            pod.rotate(numbered(5 * turn, 5))

    assert unseen(act) == numbered(0, 5 * (turns + 1))


@pytest.mark.parametrize("turn", [soft, hard])
@pytest.mark.parametrize("scheme", ["seconds", "days", "hours", "before_extension"])
def test_a_server_that_was_set_up_with_rotatelogs(folder, unseen, scheme, turn):
    rotator = Rotator(folder / "containers", SCHEMES[scheme], turn)
    rotator.link = folder / "containers/current.log"
    if scheme == "before_extension":  # `paths` may not name the files themselves
        rotator.folder = folder / "containers/days"

    def act():
        for _ in range(4):
            rotator.next(5)

    assert unseen(act) == rotator.expected()


def test_what_was_there_before_a_link_led_there_is_history(folder):
    pod = Kubelet(folder)
    write(pod.log, numbered(0, 5))
    pod.rotate(numbered(5, 5))
    days = [folder / f"pods/access-2026112{day}" for day in range(3)]
    for day in days:
        write(day, numbered(0, 3, "old"))
    tailing = Dated(source(folder / "containers/*.log")).step(3)
    tailing.stop()
    write(folder / "containers/known.log", ["known, too"])
    later = tailing.clock.now_ms() * 1_000_000 + 60 * 10**9
    os.utime(folder / "containers/known.log", ns=(later, later))
    tailing.start().step(3)
    tailing.stop()
    pod.link.symlink_to(pod.log)
    (folder / "containers/access.log").symlink_to(days[-1])
    tailing.start().settle()
    assert sorted(tailing.texts()) == ["known", "known, too", *numbered(5, 5), *numbered(0, 3, "old")]
    tailing.stop()


def test_workers_that_look_alike_are_not_what_a_new_link_led_to(folder, unseen):
    """All of them were started while nobody looked; only one was asked for."""

    def act():
        for worker in range(4):
            write(folder / f"pods/worker-{worker}.log", numbered(0, 3, f"w{worker}"))
        (folder / "containers/worker.log").symlink_to(folder / "pods/worker-2.log")

    assert unseen(act) == numbered(0, 3, "w2")


def test_a_dead_container_s_log_stays_under_its_own_link(folder, unseen):
    """`0.log` was the first container's, `1.log` is the second's; each has a link."""

    def act():
        pod = folder / "pods/web"
        pod.mkdir()
        for number in range(2):
            write(pod / f"{number}.log", numbered(0, 3, f"c{number}"))
            (folder / f"containers/web-{number}.log").symlink_to(pod / f"{number}.log")

    assert sorted(unseen(act)) == [*numbered(0, 3, "c0"), *numbered(0, 3, "c1")]
