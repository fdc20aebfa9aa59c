"""The programs of file actions once more, with records of several lines that begin in one generation and end in another.

What a record is may depend on when it was looked at (one that stays open is given out); its lines may not: none is lost
or comes twice, and they come in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.model.test_tail import FILE_ACTIONS, FileActions
from tests.support.tailing import Got, Tailing, source

if TYPE_CHECKING:
    from logsource.model import Chunk


class LineByLine(Tailing):
    """Remembers the lines of records, and how many lines came with others."""

    joined = 0

    def commit(self, chunks: list[Chunk]) -> None:
        before = len(self.got)
        super().commit(chunks)
        came, self.got[before:] = self.got[before:], []
        for one in came:
            *lines, last = one.text.split("\n")
            self.joined += len(lines)
            self.got += [self._line(one, line, frozenset()) for line in lines]
            self.got.append(self._line(one, last, one.flags))

    @staticmethod
    def _line(record: Got, text: str, flags: frozenset[str]) -> Got:
        line = Got.__new__(Got)
        line.id, line.path, line.source = record.id, record.path, record.source
        line.text, line.flags = text, flags
        return line


class RecordActions(FileActions):
    """Five lines make a record, wherever they stand."""

    @initialize(matched=st.sampled_from(["live", "all"]), block_size=st.sampled_from([64, 4096]))
    def start(self, matched: str, block_size: int) -> None:
        pattern = self.log if matched == "live" else f"{self.log}*"
        config = source(pattern, max_line=1024, multiline={"start": r"^\d{5}[05]", "flush_after": 3.0})
        self.tailing = LineByLine(config, block_size=block_size)
        self.running = True
        self._append("first\n")
        self.expected.append("first")
        self.tailing.step(4)


TestRecordActions = RecordActions.TestCase
TestRecordActions.settings = settings(FILE_ACTIONS, max_examples=60)


class TestManyRecordActions(RecordActions.TestCase):
    """The long form."""

    settings = settings(FILE_ACTIONS, max_examples=3000, stateful_step_count=60)


TestManyRecordActions = pytest.mark.soak(TestManyRecordActions)
