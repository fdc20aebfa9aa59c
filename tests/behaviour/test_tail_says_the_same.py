"""A job that says the same every night, and logs that only look like it: moved, restored, saved by an editor.

Both leave a file of another inode that holds what was read. The first is read each time, the second never again.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from logsource.tail.mounts import Mounts
from tests.support.mounting import MountTable, mounted
from tests.support.rotating import compress
from tests.support.tailing import Tailing, dated, next_tick, numbered, source, write

SHORT = ["backup started", "backup ok"]
LONG = [f"file {number} of 400 copied" for number in range(400)]
BUILT = ["job 1.2, built 2020-01-02 03:04:05", "nothing to do"]
STATES = ("seen absent", "between two looks", "stopped", "paused")
HOUR = 3600 * 10**9


class Watched:
    """A log that is followed, and what the agent is doing while something happens to it."""

    def __init__(self, folder, state, *, births=True, pattern="job.log"):
        self.folder, self.log, self.state = folder, folder / "job.log", state
        self._births = births
        self._held = []
        # What another machine says of births is not believed, so nobody asks: as on file systems that know none.
        table = {} if births else {"mounts": Mounts(MountTable(mounted(folder)))}
        self.tailing = Tailing(source(folder / pattern), **table)

    def meanwhile(self, happens, *said):
        """Let something happen to the log; then the agent goes on."""
        next_tick(self.log)  # nights are further apart than that
        if not self._births:
            self._held.append(self.log.open("rb"))  # so nobody is given the number of this inode
        if self.state == "stopped":
            self.tailing.stop()
        self.tailing.paused = self.state == "paused"
        happens(self, *said)
        if self.state == "stopped":
            self.tailing.start()
        self.tailing.step(2)
        self.tailing.paused = False
        self.tailing.step(2)

    def vanish(self):
        self.log.unlink()
        if self.state in ("seen absent", "paused"):
            self.tailing.step(2)

    def end(self):
        for file in self._held:
            file.close()
        self.tailing.stop()


@pytest.fixture
def watched(tmp_path):
    found = []

    def _watched(state, **options):
        folder = tmp_path / "logs"
        folder.mkdir()
        found.append(Watched(folder, state, **options))
        return found[-1]

    yield _watched
    for one in found:
        one.end()


# The same is written again


def deleted_and_written(job, lines):
    job.vanish()
    write(job.log, lines)


def written_in_pieces(job, lines):
    """The agent sees a file that is only a beginning of what it knows."""
    job.vanish()
    for line in lines:
        write(job.log, [line])
        if job.state in ("seen absent", "paused") and len(lines) < 5:
            job.tailing.step()


def replaced(job, lines):
    """There is never a moment without a log."""
    write(job.folder / "new", lines)
    (job.folder / "new").rename(job.log)


def moved_from_another_disk(job, lines):
    """As mv does it there: copied with its times, which are tonight's and older than the inode."""
    spool = job.folder / "spool"
    write(spool, lines)
    os.utime(spool, ns=(spool.stat().st_atime_ns, spool.stat().st_mtime_ns + 10**7))
    job.vanish()
    shutil.copyfile(spool, job.log)
    times = spool.stat()
    os.utime(job.log, ns=(times.st_atime_ns, times.st_mtime_ns))
    spool.unlink()


def with_its_directory(job, lines):
    job.vanish()
    job.folder.rmdir()
    job.folder.mkdir()
    write(job.log, lines)


WAYS = [deleted_and_written, written_in_pieces, replaced, moved_from_another_disk]


@pytest.mark.parametrize("births", [True, False], ids=["births", "no births"])
@pytest.mark.parametrize("lines", [SHORT, LONG, BUILT], ids=["short", "long", "banner"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_again_is_read_again(watched, way, state, lines, births):
    job = watched(state, births=births)
    write(job.log, lines)
    job.tailing.step(2)
    for _ in range(3):
        job.meanwhile(way, lines)
    assert job.tailing.settle().texts() == lines * 4
    assert len({one.id for one in job.tailing.got}) == len(lines) * 4
    assert not job.tailing.abandoned()
    assert job.tailing.crash().settle().texts() == lines * 4


@pytest.mark.parametrize("state", STATES)
def test_a_directory_that_is_made_anew(watched, state):
    job = watched(state)
    write(job.log, SHORT)
    job.tailing.step(2)
    for _ in range(3):
        job.meanwhile(with_its_directory, SHORT)
    assert job.tailing.settle().texts() == SHORT * 4


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", [deleted_and_written, replaced])
def test_it_says_the_same_and_then_more(watched, way, state):
    job = watched(state)
    write(job.log, SHORT)
    job.tailing.step(2)
    job.meanwhile(way, [*SHORT, "one warning"])
    job.meanwhile(way, [*SHORT, "one warning"])
    assert job.tailing.settle().texts() == [*SHORT, *[*SHORT, "one warning"] * 2]


# The same stands in one generation after the other


def rotated(log, packs):
    for old in sorted(log.parent.glob("job.log.*"), reverse=True):
        name, _, number = old.name.removesuffix(".gz").rpartition(".")
        old.rename(old.with_name(f"{name}.{int(number) + 1}{old.suffix if old.suffix == '.gz' else ''}"))
    log.rename(log.with_name("job.log.1"))
    if packs:
        compress(log.with_name("job.log.1"))


@pytest.mark.parametrize("packs", [False, True], ids=["plain", "compressed"])
@pytest.mark.parametrize("lines", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("nights", [1, 2, 3])
@pytest.mark.parametrize("state", ["looking each night", "stopped", "paused"])
@pytest.mark.parametrize("pattern", ["job.log", "job.log*"])
def test_every_generation_is_read(watched, pattern, state, nights, lines, packs):
    job = watched(state, pattern=pattern)
    write(job.log, lines)
    job.tailing.step(2)
    if state == "stopped":
        job.tailing.stop()
    job.tailing.paused = state == "paused"
    for _ in range(nights):
        next_tick(job.log)
        rotated(job.log, packs)
        write(job.log, lines)
        if state != "stopped":
            job.tailing.step(3)
    if state == "stopped":
        job.tailing.start()
    job.tailing.paused = False
    assert job.tailing.settle().texts() == lines * (nights + 1)
    assert len({one.id for one in job.tailing.got}) == len(lines) * (nights + 1)
    assert job.tailing.crash().settle().texts() == lines * (nights + 1)


# It was only copied


def kept_times(job, more):
    """cp -a, rsync -a, tar."""
    shutil.copy2(job.log, job.folder / "copy")
    job.vanish()
    (job.folder / "copy").rename(job.log)
    write(job.log, more)


def whole_directory(job, more):
    """A migration: the directory is another one, and so are all inodes."""
    moved = job.folder.with_name("moved")
    shutil.copytree(job.folder, moved)
    shutil.rmtree(job.folder)
    moved.rename(job.folder)
    write(job.log, more)


def saved_by_an_editor(job, more):
    shutil.copyfile(job.log, job.folder / "saved")
    (job.folder / "saved").rename(job.log)
    write(job.log, more)


def restored_late(job, more):
    text = job.log.read_bytes()
    job.vanish()
    job.log.write_bytes(text)
    write(job.log, more)


COPIES = [kept_times, whole_directory, saved_by_an_editor, restored_late]


@pytest.mark.parametrize("births", [True, False], ids=["births", "no births"])
@pytest.mark.parametrize("more", [0, 5])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_of_lines_with_times_goes_on(watched, copy, state, more, births):
    job = watched(state, births=births)
    write(job.log, dated(0, 60))
    job.tailing.step(2)
    job.meanwhile(copy, dated(60, more))
    assert job.tailing.settle().texts() == dated(0, 60 + more)
    assert len({one.id[:2] for one in job.tailing.got}) == 1
    assert not job.tailing.abandoned()


@pytest.mark.parametrize("births", [True, False], ids=["births", "no births"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("copy", [kept_times, whole_directory])
def test_a_copy_that_kept_its_times_goes_on_whatever_it_says(watched, copy, state, births):
    job = watched(state, births=births)
    write(job.log, SHORT)
    an_hour_ago(job.log)
    job.tailing.step(2)
    job.meanwhile(copy, [])
    write(job.log, ["later"])
    assert job.tailing.settle().texts() == [*SHORT, "later"]


def test_what_was_unread_is_read_from_a_copy_that_kept_its_times(watched):
    job = watched("stopped")
    write(job.log, SHORT)
    an_hour_ago(job.log)
    job.tailing.step(2).stop()
    write(job.log, ["said while nobody looked"])
    an_hour_ago(job.log)
    shutil.copy2(job.log, job.folder / "copy")
    (job.folder / "copy").rename(job.log)
    job.tailing.start().settle()
    assert job.tailing.texts() == [*SHORT, "said while nobody looked"]


@pytest.mark.parametrize(("lines", "again"), [(3000, False), (30, True)])
def test_on_another_disk_much_is_the_same_and_little_is_in_doubt(watched, lines, again):
    """Without times, and written to before the agent was started again."""
    job = watched("stopped")
    write(job.log, numbered(0, lines, "this is a line of some length"))
    job.tailing.step(2).stop()
    for key, row in job.tailing.rows.items():
        state = {**row.state, "dev": row.state["dev"] + 1, "ino": row.state["ino"] + 1}
        state["born"] = [state["ino"], row.state["born"][1] - HOUR, 7]
        state["written_ms"] -= 3600_000
        job.tailing.rows[key] = replace(row, state=state)
    write(job.log, ["later"])
    job.tailing.start().settle()
    first = numbered(0, lines, "this is a line of some length")
    assert job.tailing.texts() == [*first, *(first if again else []), "later"]


def an_hour_ago(path):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - HOUR))
