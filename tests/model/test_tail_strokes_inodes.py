"""The same random programs on file systems that give inode numbers away as soon as they can, to the same log or to another."""

from __future__ import annotations

import os
import random
import shutil

import pytest
from hypothesis import settings

from logsource.tail.birth import birth_of
from tests.model.test_tail import FILE_ACTIONS, FileActions
from tests.model.test_tail_strokes import Program
from tests.support.inodes import Inodes
from tests.support.rotationmodes import MODES
from tests.support.strokes import LoggedTo
from tests.support.tailing import Dated, source

KINDS = {
    "ext4": {},
    "tmpfs": {"generations": False},
    "ext3": {"births": False},
    "vfat": {"generations": False, "births": False},
}
"""What a file system knows of an inode besides its number."""
BIRTHS = ("ext4", "tmpfs")
NEED_BIRTHS = {
    name
    for name, mode in MODES.items()
    if mode.move == "copy"
    or (mode.same and mode.compress)
    or (mode.interrupted and mode.move != "renamecopy")
}
"""That a copy is one of a log that is not going to be cut, that a killed logrotate left it, or how much of what a job has said
again is lost, is known by the births of files."""
SAY_THE_SAME = ("ext4", "tmpfs", "ext3")
"""Where the number of the last generation cannot be told from that of the next one, nobody sees that it is another file."""


class OneLog(Program):
    """Each new file of the program and of logrotate may get a number that an earlier file had."""

    def new_tailing(self, config, **options):
        return Dated(config, **options)


class FileActionsOnUsedInodes(FileActions):
    """The state machine of single actions."""

    def __init__(self):
        super().__init__()
        self.inodes = Inodes(self.folder, random.Random(0), reuse=0.8)
        self.inodes.__enter__()

    def teardown(self):
        try:
            super().teardown()
        finally:
            self.inodes.__exit__()


class Several:
    """Logs in one folder that are written to, and rotated, in turns; has what a program needs of one."""

    def __init__(self, choose, *logs):
        self._choose, self.logs = choose, logs
        self.log, self.mode = logs[0].log, logs[0].mode

    def stroke(self):
        one = self._choose.choice(self.logs)
        return f"{one.log.name}: {one.stroke()}"

    def write(self, count):
        for one in self.logs:
            one.write(count)

    def finish(self):
        for one in self.logs:
            one.finish()

    def close(self):
        for one in self.logs:
            one.close()

    rotating = property(lambda self: any(one.rotating for one in self.logs))
    stranded = property(lambda self: any(one.stranded for one in self.logs))

    @property
    def left_behind(self):
        return any(one.left_behind for one in self.logs)

    @left_behind.setter
    def left_behind(self, value):
        for one in self.logs:
            one.left_behind = value and one.left_behind

    @property
    def may_begin(self):
        return all(one.may_begin for one in self.logs)

    @may_begin.setter
    def may_begin(self, value):
        for one in self.logs:
            one.may_begin = value


class TwoLogs(OneLog):
    """Numbers go from the files of one log to those of another, too; the two may say the same.

    Not on vfat: what has the number of a file of one log there, and says what that said, may be the other one's.
    """

    def new_tailing(self, config, **options):
        same = self.choose.random() < 0.3 and born_of(self.log.log)[1:] != (0, 0)
        word = "line" if same else "text"
        mode = MODES[self.choose.choice(["create", "compress", "keep_two"])]
        other = LoggedTo(self.log.log.with_name("two.log"), mode, self.choose, word)
        other.write(3)
        self.log = Several(self.choose, self.log, other)
        patterns = [*config.paths, *(path.replace("app.log", "two.log") for path in config.paths)]
        self._which = None
        return super().new_tailing(source(*patterns), **options)

    def texts(self):
        return [one.text for one in self.tailing.got if self._which in one.path]

    def given_up(self):
        events, self.tailing.events = (
            self.tailing.events,
            [one for one in self.tailing.events if self._which in one.path],
        )
        found = self.tailing.abandoned()
        self.tailing.events = events
        return found

    def faults(self):
        both, found = self.log, []
        for self.log in both.logs:
            self._which = self.log.log.name
            found += super().faults()
        self.log = both
        return found


def check(folder, mode, seed, length, kind, program=OneLog):
    folder.mkdir()
    chance = random.Random(seed)
    share = chance.choice([0.3, 0.7, 1.0])
    with Inodes(folder, chance, reuse=share, **KINDS[kind]) as inodes:
        return (*program(folder, mode, seed).outcome(length), inodes.reused)


def kinds_for(mode):
    if mode in NEED_BIRTHS:
        return BIRTHS
    return SAY_THE_SAME if MODES[mode].same else tuple(KINDS)


def check_all(folder, mode, seeds, length, program):
    """Kinds in turn; how many numbers were given away."""
    reused = 0
    for seed in seeds:
        kind = kinds_for(mode)[seed % len(kinds_for(mode))]
        faults, story, here = check(folder / str(seed), mode, seed, length, kind, program)
        assert not faults, "\n".join([f"seed {seed} on {kind}: {faults}", *story])
        shutil.rmtree(folder / str(seed))
        reused += here
    return reused


@pytest.mark.parametrize("mode", MODES)
def test_every_line_once_in_order(tmp_path, mode):
    check_all(tmp_path, mode, range(4), 6, OneLog)


@pytest.mark.parametrize(
    "mode", ["keep_two", "compress", "delaycompress", "renamecopy", "copytruncate_compress"]
)
def test_where_files_are_deleted_many_numbers_are_given_away(tmp_path, mode):
    assert check_all(tmp_path, mode, range(10, 14), 12, OneLog) > 2


@pytest.mark.parametrize("mode", MODES)
def test_every_line_once_of_two_logs(tmp_path, mode):
    check_all(tmp_path, mode, range(2), 6, TwoLogs)


TestFileActions = FileActionsOnUsedInodes.TestCase
TestFileActions.settings = settings(FILE_ACTIONS, max_examples=50)


class TestManyFileActions(FileActionsOnUsedInodes.TestCase):
    """The long form."""

    settings = settings(FILE_ACTIONS, max_examples=3000, stateful_step_count=60)


TestManyFileActions = pytest.mark.soak(TestManyFileActions)


@pytest.mark.soak
@pytest.mark.parametrize("program", [OneLog, TwoLogs])
@pytest.mark.parametrize("mode", MODES)
def test_hundreds_of_programs_of_each_mode(tmp_path, mode, program):
    check_all(tmp_path, mode, range(1000, 1300), 12, program)


def test_a_number_is_given_away_when_nobody_has_its_file_any_more(tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    one.touch()
    with Inodes(tmp_path, random.Random(0), reuse=1.0):
        number, born = one.stat().st_ino, born_of(one)
        with one.open() as held:
            one.unlink()
            two.touch()
            assert os.fstat(held.fileno()).st_ino == number
            assert two.stat().st_ino != number
        three.touch()
        assert three.stat().st_ino == number
        assert {entry.name: entry.inode() for entry in os.scandir(tmp_path)}["three"] == number
        assert born_of(three).inode == born.inode
        assert born_of(three).differs(born)


def test_where_inodes_have_no_birth_nothing_else_is_told(tmp_path):
    (tmp_path / "one").touch()
    with Inodes(tmp_path, random.Random(0), reuse=1.0, generations=False, births=False):
        assert born_of(tmp_path / "one")[1:] == (0, 0)
    assert born_of(tmp_path / "one").created_ns


def born_of(path):
    with path.open() as file:
        return birth_of(file.fileno())
