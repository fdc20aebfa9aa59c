"""The mount table: what is on other machines, under which numbers, and whether it answers."""

from __future__ import annotations

import os
import threading

import pytest

from logsource.tail.identity import Locator
from logsource.tail.mounts import KernelTable, Mounts, is_remote, parse
from logsource.tail.pulse import TRUSTED_FOR, Pulse
from tests.support.clocks import ManualClock
from tests.support.mounting import MountTable

TABLE = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 0:50 / /var/log/remote rw,relatime shared:20 master:3 - nfs4 filer:/export/logs rw,vers=4.2
41 40 0:51 / /var/log/remote/ram rw - tmpfs tmpfs rw
42 27 0:52 / /mnt/with\040space rw - fuse.sshfs me@host:/var/log rw
43 27 0:53 / /mnt/windows rw - cifs //server/share rw
44 27 0:50 /sub /srv/long/name/of/a/bind/mount rw - nfs4 filer:/export/logs rw,vers=4.2
45 27 8:1 / /mnt/stick rw - fuseblk /dev/sdb1 rw
this is no line of a mount table
"""


def stat_result(device, inode):
    return os.stat_result((0o100644, inode, device, 1, 0, 0, 0, 0, 0, 0))


@pytest.fixture
def mounts():
    return Mounts(MountTable(TABLE))


def test_what_is_on_other_machines():
    points, remote = parse(TABLE)
    assert {point for point, mount in points.items() if mount.volume} == {
        "/var/log/remote",
        "/mnt/with space",
        "/mnt/windows",
        "/srv/long/name/of/a/bind/mount",
    }
    assert sorted(mount.point for mount in remote.values()) == [
        "/mnt/windows",
        "/mnt/with space",
        "/var/log/remote",
    ]
    assert len({mount.volume for mount in remote.values()}) == 3


@pytest.mark.parametrize(
    ("kind", "remote"),
    [
        ("nfs", True),
        ("nfs4", True),
        ("cifs", True),
        ("smb3", True),
        ("9p", True),
        ("virtiofs", True),
        ("ceph", True),
        ("fuse.glusterfs", True),
        ("fuse.sshfs", True),
        ("fuse.s3fs", True),
        ("fuse", True),
        ("fuseblk", False),
        ("fuse.fuse-overlayfs", False),
        ("ext4", False),
        ("xfs", False),
        ("btrfs", False),
        ("overlay", False),
        ("tmpfs", False),
        ("zfs", False),
    ],
)
def test_types(kind, remote):
    assert is_remote(kind) is remote


def test_a_locator_outlives_a_remount_under_another_device_number(mounts):
    before = mounts.locator(stat_result(os.makedev(0, 50), 7))
    again = Mounts(MountTable(TABLE.replace("0:50", "0:99")))
    assert again.locator(stat_result(os.makedev(0, 99), 7)) == before
    assert before.device < 0
    assert before.is_of(stat_result(os.makedev(0, 99), 7))
    assert not before.is_of(stat_result(os.makedev(0, 50), 8))


def test_two_mounts_that_call_themselves_alike_are_two_volumes():
    table = """
40 27 0:50 / /mnt/one rw - fuse.s3fs s3fs rw
41 27 0:51 / /mnt/two rw - fuse.s3fs s3fs rw
"""
    mounts = Mounts(MountTable(table))
    one, two = (mounts.locator(stat_result(os.makedev(0, minor), 7)) for minor in (50, 51))
    assert one != two


def test_a_local_device_is_what_it_is(mounts):
    locator = mounts.locator(stat_result(os.makedev(254, 0), 7))
    assert locator == Locator(os.makedev(254, 0), 7)
    assert locator.is_of(stat_result(os.makedev(254, 0), 7))
    assert not locator.is_of(stat_result(os.makedev(254, 1), 7))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/log/remote", "nfs4"),
        ("/var/log/remote/a/b.log", "nfs4"),
        ("/var/log/remote/ram/x.log", None),
        ("/var/log/remoter/x.log", None),
        ("/mnt/with space/x.log", "fuse.sshfs"),
        ("/srv/long/name/of/a/bind/mount/x.log", "nfs4"),
        ("/", None),
        ("", None),
        ("relative", None),
    ],
)
def test_which_mount_a_path_leads_to(mounts, path, kind):
    mount = mounts.beneath(path)
    assert (mount.kind if mount else None) == kind


def test_the_uppermost_of_two_mounts_at_one_point_counts():
    table = """
40 27 0:50 / /data rw - nfs4 filer:/export rw
41 40 8:1 / /data rw - ext4 /dev/sda1 rw
"""
    assert Mounts(MountTable(table)).beneath("/data/x.log") is None


def test_a_change_of_the_table_is_learned():
    table = MountTable("")
    mounts = Mounts(table)
    assert mounts.beneath("/mnt/windows/x.log") is None
    table.set(TABLE)
    assert mounts.beneath("/mnt/windows/x.log") is None, "not before it is asked for"
    mounts.refresh()
    assert mounts.beneath("/mnt/windows/x.log").kind == "cifs"


def test_the_kernels_table_is_read_once_until_it_changes():
    table = KernelTable()
    try:
        assert table.changed()
        points, _ = parse(table.read())
        assert "/" in points
        assert not table.changed()
        assert parse(table.read())[0] == points, "read from its beginning again"
    finally:
        table.close()
        table.close()


def test_a_system_without_a_table(tmp_path):
    table = KernelTable(str(tmp_path / "none"))
    assert not table.changed()
    mounts = Mounts(table)
    assert mounts.beneath("/any/path") is None
    mounts.close()


class Server:
    """Answers, or keeps whoever asks waiting."""

    def __init__(self):
        self.up = threading.Event()
        self.asked = []

    def __call__(self, point):
        self.asked.append(point)
        self.up.wait(30)


def test_a_server_is_asked_now_and_then():
    clock, server = ManualClock(), Server()
    server.up.set()
    pulse = Pulse(clock, ask=server)
    for _ in range(5):
        pulse.require("/mnt")
    pulse.require("/other")
    assert server.asked == ["/mnt", "/other"]
    clock.advance(TRUSTED_FOR)
    pulse.require("/mnt")
    assert server.asked == ["/mnt", "/other", "/mnt"]


def test_a_server_that_is_gone_keeps_nobody_waiting_twice():
    clock, server = ManualClock(), Server()
    pulse = Pulse(clock, ask=server, patience=0.01)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            pulse.require("/mnt")
        clock.advance(TRUSTED_FOR)
    assert server.asked == ["/mnt"], "one thread waits for it, not one for each question"
    server.up.set()
    (waiting,) = [one for one in threading.enumerate() if one.name == "logsource-pulse"]
    waiting.join(60)
    pulse.require("/mnt")


def test_an_error_is_an_answer():
    def gone(point):
        raise OSError("stale file handle")

    Pulse(ManualClock(), ask=gone).require("/mnt")


def test_a_server_that_is_far_away_is_asked_less_often():
    clock, asked = ManualClock(), []

    def slow(point):
        asked.append(point)
        clock.advance(0.1)

    pulse = Pulse(clock, ask=slow)
    for _ in range(100):
        pulse.require("/mnt")
        clock.advance(0.05)
    assert len(asked) == 5, "once a second for what takes a tenth of one"
