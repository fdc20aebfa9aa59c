"""Random programs of file actions against a small model.

The model knows every line written and when each was destroyed. The guarantee: what came out is what was
written, in order within each content, nothing twice; and where content was destroyed before it was read, what
is missing is no more than what the `abandoned` counters say, or was never seen by any look.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.rotating import compress
from tests.support.tailing import Tailing, source


class FileActions(RuleBasedStateMachine):
    """One log, its writer, its rotation, and an agent that is stepped, paused, stopped and killed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.log = self.folder / "app.log"
        self.number = 0
        self.partial = ""
        self.expected: list[str] = []
        """Lines that were written whole, in the order of writing."""
        self.at_risk: set[str] = set()
        """Lines that a truncation or a deletion destroyed before it is certain that they were read."""

    @initialize(matched=st.sampled_from(["live", "all"]), block_size=st.sampled_from([64, 4096]))
    def start(self, matched: str, block_size: int) -> None:
        pattern = self.log if matched == "live" else f"{self.log}*"
        self.tailing = Tailing(source(pattern, max_line=1024), block_size=block_size)
        self.running = True
        # What is rotated away before anybody knew of the log is history, not loss.
        self._append("first\n")
        self.expected.append("first")
        self.tailing.step()

    # The writer

    @rule(count=st.integers(1, 12), width=st.integers(0, 40))
    def write(self, count: int, width: int) -> None:
        lines = [f"{self._next():06d}{'.' * width}" for _ in range(count)]
        self._append(self.partial_end() + "".join(f"{line}\n" for line in lines))
        self.expected.extend(lines)

    @rule()
    def write_partial(self) -> None:
        if not self.partial:
            self.partial = f"{self._next():06d} begun"
            self._append(self.partial)

    # The rotation

    @precondition(lambda self: self.log.exists())
    @rule(packed=st.booleans())
    def rotate_by_rename(self, packed: bool) -> None:
        self._finish_line()
        self._shift()
        self.log.rename(self._old(1))
        if packed:
            compress(self._old(1))

    @precondition(lambda self: self.log.exists())
    @rule(packed=st.booleans(), late=st.integers(0, 3), look=st.booleans())
    def rotate_by_copytruncate(self, packed: bool, late: int, look: bool) -> None:
        """`late` lines are written between copy and cut, when an agent that looks may still read them."""
        self._finish_line()
        if late:
            self._append_lines(2, "." * 600)  # a copy shorter than the head proves little, and is read again
        self._shift()
        shutil.copyfile(self.log, self._old(1))
        if late:
            lines = self._append_lines(late, " late")
            if look and self.running:
                self.tailing.step()
            got = {one.text for one in self.tailing.got}
            self.at_risk |= {line for line in lines if line not in got}
        os.truncate(self.log, 0)
        if packed:
            compress(self._old(1))

    @precondition(lambda self: self._old(1).exists())
    @rule()
    def compress_later(self) -> None:
        compress(self._old(1))

    @precondition(lambda self: self.log.exists())
    @rule()
    def truncate(self) -> None:
        self._destroy(self.log)
        os.truncate(self.log, 0)

    @precondition(lambda self: self.log.exists())
    @rule()
    def delete(self) -> None:
        self._destroy(self.log)
        self.log.unlink()

    # The agent

    @precondition(lambda self: self.running)
    @rule(times=st.integers(1, 3))
    def step(self, times: int) -> None:
        self.tailing.step(times)

    @precondition(lambda self: self.running)
    @rule()
    def pause_or_go_on(self) -> None:
        self.tailing.paused = not self.tailing.paused

    @precondition(lambda self: self.running)
    @rule()
    def crash(self) -> None:
        self.tailing.crash()

    @precondition(lambda self: self.running)
    @rule()
    def crash_before_the_commit(self) -> None:
        self.tailing.clock.advance(1)
        self.tailing.tail.scan()
        self.tailing.tail.read(1 << 20)
        self.tailing.crash()

    @rule()
    def stop_or_start(self) -> None:
        if self.running:
            self.tailing.stop()
        else:
            self.tailing.start()
        self.running = not self.running

    @precondition(lambda self: self.running)
    @rule()
    def settle(self) -> None:
        self.tailing.paused = False
        self.tailing.settle()
        self.check_complete()

    # The guarantee

    @invariant()
    def nothing_twice(self) -> None:
        if hasattr(self, "tailing"):
            texts = [one.text for one in self.tailing.got if not one.flags]
            assert len(texts) == len(set(texts)), "a line came twice"

    def check_complete(self) -> None:
        got = [one.text for one in self.tailing.got if not one.flags]
        missing = [line for line in self.expected if line not in set(got)]
        assert set(missing) <= self.at_risk
        assert set(got) <= set(self.expected)
        if not self.at_risk:
            assert got == self.expected
        # A gap the agent could know of is counted: each line it saw has been read, or its bytes were given up.
        assert sum(self.tailing.abandoned().values()) <= sum(
            len(line) + 1 for line in [*self.at_risk, self.partial]
        )

    def teardown(self) -> None:
        if hasattr(self, "tailing"):
            if not self.running:
                self.tailing.start()
            self.tailing.paused = False
            self.tailing.settle()
            self.check_complete()
            self.tailing.crash().settle()
            self.check_complete()
            self.nothing_twice()
            self.tailing.stop()
        shutil.rmtree(self.folder)

    # Helpers

    def _next(self) -> int:
        self.number += 1
        return self.number

    def partial_end(self) -> str:
        if not self.partial:
            return ""
        self.expected.append(f"{self.partial} ended")
        self.partial = ""
        return " ended\n"

    def _finish_line(self) -> None:
        """A writer ends its line before its log is rotated; else no reader can know that two parts are one."""
        if end := self.partial_end():
            self._append(end)

    def _append_lines(self, count: int, rest: str) -> list[str]:
        lines = [f"{self._next():06d}{rest}" for _ in range(count)]
        self._append("".join(f"{line}\n" for line in lines))
        self.expected.extend(lines)
        return lines

    def _append(self, text: str) -> None:
        with self.log.open("a") as file:
            file.write(text)

    def _old(self, number: int) -> Path:
        return self.log.with_name(f"app.log.{number}")

    def _shift(self) -> None:
        for number in range(60, 0, -1):
            for extension in ("", ".gz"):
                old = Path(f"{self._old(number)}{extension}")
                if old.exists():
                    old.rename(f"{self._old(number + 1)}{extension}")

    def _destroy(self, path: Path) -> None:
        got = {one.text for one in self.tailing.got}
        self.at_risk |= {line for line in path.read_text().splitlines() if line not in got}
        self.partial = ""


FILE_ACTIONS = settings(
    max_examples=150,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestFileActions = FileActions.TestCase
TestFileActions.settings = FILE_ACTIONS


class TestManyFileActions(FileActions.TestCase):
    """The long form."""

    settings = settings(FILE_ACTIONS, max_examples=3000, stateful_step_count=60)


TestManyFileActions = pytest.mark.soak(TestManyFileActions)
