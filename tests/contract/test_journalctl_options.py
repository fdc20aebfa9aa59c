"""The real journalctl knows every option that we give it, and means by it what our stand-in does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logsource.tail.inputs.journalctl import JournalReceiver
from tests.deploy.tools import run

if TYPE_CHECKING:
    from pathlib import Path

CURSOR = "s=8efb4a31dfa140ac84121df301ac8b09;i=2;b=50eeb5d1a8624c1cbb2145bc63dc9493;m=1cb3d901e;t=660d4190dc169;x=6222"


def options(*more: str) -> list[str]:
    receiver = JournalReceiver(
        "journalctl", ["_SYSTEMD_UNIT=x.service"], cursor=CURSOR, from_end=False, once=True
    )
    command = receiver._command(*more)
    receiver.close()
    return command[1:]


@pytest.mark.parametrize("more", [(), ("--lines=1",)])
def test_it_takes_our_options(tmp_path: Path, more: tuple[str, ...]):
    status, said = run("journalctl", f"--directory={tmp_path}", *options(*more))
    assert (status, said) == (0, ""), "an empty journal has no entries, and that is no error"


def test_following_shows_this_boot_only(tmp_path: Path):
    """Why what is there is read before it is followed; without an entry of this boot, following is an error."""
    status, said = run("journalctl", f"--directory={tmp_path}", *options("--follow", "--no-tail"))
    assert status == 1
    assert "Data from the specified boot (+0) is not available" in said


def test_it_refuses_what_it_does_not_know(tmp_path: Path):
    """So that the tests above can fail."""
    status, said = run("journalctl", f"--directory={tmp_path}", "--no-such-option", *options())
    assert status != 0
    assert "no-such-option" in said


def test_a_cursor_that_is_none_is_an_error(tmp_path: Path):
    status, said = run("journalctl", f"--directory={tmp_path}", "--output=json", "--cursor=nonsense", "--")
    assert status == 1
    assert "Failed to seek to cursor" in said
