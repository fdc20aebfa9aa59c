"""The journal as a source: the cursor is the checkpoint, and goes where the events go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from logsource.config.model import SourceConfig
from tests.support.journal import Journal
from tests.support.receiving import Receiving
from tests.support.tailing import numbered

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def journald(journal: Journal, **options) -> SourceConfig:
    return SourceConfig(name="system", type="journald", journalctl=journal.program, **options)


def test_messages_of_the_past_and_of_now(journal: Journal):
    journal.write("one", "two")
    with Receiving(journald(journal)) as input_:
        input_.until_got(2)
        journal.write("three")
        input_.until_got(3)
        assert input_.texts() == ["one", "two", "three"]
        assert {one.path for one in input_.got} == {"journald"}
        (row,) = input_.rows.values()
        assert row.state["cursor"].startswith("s=8f;i=3;")


def test_a_restart_goes_on_behind_the_cursor_under_the_same_ids(journal: Journal):
    journal.write(*numbered(0, 100))
    with Receiving(journald(journal)) as input_:
        input_.until_got(100)
        input_.crash()
        journal.write(*numbered(100, 100))
        input_.until_got(200)
        assert input_.texts() == numbered(0, 200)
        assert len({one.id for one in input_.got}) == 200
        assert len({one.id[0] for one in input_.got}) == 1, "one file id for ever"
        offsets = [one.id[2] for one in input_.got]
        assert offsets == sorted(offsets)
        assert any("--cursor=s=8f;i=64;" in argument for argument in journal.calls[-1])


def test_the_first_entry_that_outlived_a_vacuum_is_not_taken_for_the_one_that_was_read(journal: Journal):
    """The entry of the cursor is gone; journalctl seeks to the next one, which nobody has read."""
    journal.write(*numbered(0, 10))
    with Receiving(journald(journal)) as input_:
        input_.until_got(10)
        input_.crash()
        journal.write(*numbered(10, 10))
        journal.vacuum(keep=5)
        input_.until_got(15)
        assert input_.texts() == [*numbered(0, 10), *numbered(15, 5)]
        journal.write("after it")
        input_.until_got(16)
        assert input_.texts()[15:] == ["after it"]


def test_the_first_entry_of_other_matches_is_not_taken_for_the_one_that_was_read(journal: Journal):
    journal.write("of a", UNIT="a")
    with Receiving(journald(journal, matches=["UNIT=a"])) as input_:
        input_.until_got(1)
        journal.write("of b", "and of b", UNIT="b")
        input_.configs = (journald(journal, matches=["UNIT=b"]),)
        input_.crash()
        input_.until_got(3)
        assert input_.texts() == ["of a", "of b", "and of b"]


def test_what_was_read_and_not_committed_is_read_again(journal: Journal):
    journal.write("one", "two")
    with Receiving(journald(journal)) as input_:
        input_.until_got(2)
        input_.paused = True
        journal.write("three")
        input_.until(lambda: input_.tail.waiting > 0)
        input_.crash()
        assert not input_.abandoned(), "it is still in the journal"
        input_.paused = False
        input_.until_got(3)
        assert input_.texts() == ["one", "two", "three"]


def test_earlier_boots_are_not_left_out(journal: Journal):
    journal.write("before the reboot")
    journal.boot = "c" * 32
    journal.write("after the reboot")
    with Receiving(journald(journal)) as input_:
        input_.until_got(2)
        journal.write("now")
        input_.until_got(3)
        assert input_.texts() == ["before the reboot", "after the reboot", "now"]


def test_a_journalctl_that_dies_is_started_again_and_nothing_is_missing(journal: Journal):
    journal.write("one")
    with Receiving(journald(journal)) as input_:
        input_.until_got(1)
        input_.until(lambda: len(journal.calls) == 2)  # it follows now
        journal.write("dies", DIE=True)
        input_.until(lambda: any(one.kind == "unreadable" for one in input_.events))
        assert "Assertion failed" in next(one.detail for one in input_.events if one.kind == "unreadable")
        journal.write("two")
        input_.until_got(3)
        assert input_.texts() == ["one", "dies", "two"]
        assert [one.kind for one in input_.events] == ["unreadable", "readable"]


def test_the_trouble_is_told_when_it_cannot_be_read(journal: Journal):
    with Receiving(journald(journal, matches=["FAIL=broken"])) as input_:
        input_.until(lambda: bool(input_.events))
        assert input_.events[0].detail == (
            "journalctl ended with status 1: Failed to open the journal: Permission denied"
        )
    journal.program.unlink()
    with Receiving(journald(journal)) as input_:
        input_.until(lambda: bool(input_.events))
        (status,) = input_.tail.status()
        assert status.state == "unreadable"
        assert status.detail == f"{journal.program} cannot be run: No such file or directory"


def test_from_the_end_means_from_now_even_if_the_agent_dies_before_the_first_entry(journal: Journal):
    journal.write("old", "older")
    config = journald(journal, start_at="end")
    with Receiving(config) as input_:
        input_.until(lambda: bool(input_.rows))
        input_.crash()
        journal.write("written while it was down")
        input_.until_got(1)
        assert input_.texts() == ["written while it was down"]


def test_matches_are_arguments_and_nothing_else(journal: Journal):
    journal.write("mine", _SYSTEMD_UNIT="a b; rm -rf /.service")
    journal.write("other", _SYSTEMD_UNIT="c")
    config = journald(journal, matches=["_SYSTEMD_UNIT=a b; rm -rf /.service"])
    with Receiving(config) as input_:
        input_.until_got(1)
        assert input_.texts() == ["mine"]
        assert journal.calls[0][-2:] == ["--", "_SYSTEMD_UNIT=a b; rm -rf /.service"]


def test_which_journal_is_read_is_for_journalctl_to_find(journal: Journal):
    """The host's in a container, that of a namespace; asked for its end, read, and followed."""
    journal.write("old")
    config = journald(
        journal, journal_directory="/host/log/journal", journal_namespace="+web", start_at="end"
    )
    with Receiving(config) as input_:
        input_.until(lambda: any("--follow" in call for call in journal.calls))
        journal.write("new")
        input_.until_got(1)
        assert input_.texts() == ["new"]
        assert len(journal.calls) == 3
        for call in journal.calls:
            assert {"--directory=/host/log/journal", "--namespace=+web"} <= set(call[: call.index("--")])


def test_every_form_of_a_message(journal: Journal):
    journal.write("text", [104, 195, 188, 255], None, "two\nlines", ["first", "second"])
    with Receiving(journald(journal)) as input_:
        input_.until_got(5)
        assert input_.texts() == ["text", "hü\ufffd", "", "two\nlines", "first\nsecond"]


def test_whole_entries_for_the_journald_parser(journal: Journal):
    journal.write("text", _PID="7")
    with Receiving(journald(journal, parser="journald")) as input_:
        input_.until_got(1)
        assert json.loads(input_.texts()[0])["_PID"] == "7"
        (chunk,) = input_.chunks
        assert chunk.data, "blocks, not lines"


def test_a_message_of_bytes_is_text_for_the_parser_too(journal: Journal):
    journal.write([104, 105, 255], ["first", "second"], "plain")
    with Receiving(journald(journal, parser="journald")) as input_:
        input_.until_got(3)
        entries = [json.loads(text) for text in input_.texts()]
        assert [one["MESSAGE"] for one in entries] == ["hi\ufffd", "first\nsecond", "plain"]
        assert all(one["_HOSTNAME"] == "web-1" for one in entries)


@pytest.mark.parametrize("cursor_first", [True, False])
def test_an_entry_that_is_too_long_is_cut_and_the_cursor_moves_on(journal: Journal, *, cursor_first: bool):
    journal.write("one")
    entry = {"__CURSOR": "s=8f;i=fff;b=1;m=1;t=2;x=3", "_BOOT_ID": journal.boot, "MESSAGE": "x" * 5_000_000}
    journal.extend([entry if cursor_first else dict(reversed(entry.items()))])
    with Receiving(journald(journal, parser="journald")) as input_:
        input_.until_got(2)
        assert [bool(one.flags) for one in input_.got] == [False, True]
        assert input_.abandoned()["max_line"] > 700_000
        assert input_.cuts() == {"max_line": 1}
        (row,) = input_.rows.values()
        assert row.state["cursor"] == entry["__CURSOR"]
        journal.write("two")
        input_.until_got(3)
        input_.crash()
        journal.write("three")
        input_.until_got(4)
        assert json.loads(input_.texts()[-1])["MESSAGE"] == "three"


def test_once_reads_what_is_there(journal: Journal):
    journal.write(*numbered(0, 5000))
    with Receiving(journald(journal), once=True, block_size=65_536) as input_:
        input_.until(input_.tail.at_end)
        assert input_.texts() == numbered(0, 5000)
        assert len(journal.calls) == 1
    with Receiving(journald(journal, matches=["FAIL=broken"]), once=True) as input_:
        input_.until(lambda: input_.tail.at_end() and bool(input_.events))
        assert input_.tail.status()[0].state == "unreadable"


def test_journalctl_waits_while_nothing_is_committed(journal: Journal):
    journal.write(*[f"{line} {'x' * 500}" for line in numbered(0, 3000)])
    with Receiving(journald(journal, buffer=65_536)) as input_:
        input_.paused = True
        input_.until(lambda: input_.tail.status()[0].state == "waiting")
        assert input_.tail.waiting < 65_536 + 300_000
        input_.paused = False
        input_.until_got(3000)
        assert [text.split(" x")[0] for text in input_.texts()] == numbered(0, 3000)
