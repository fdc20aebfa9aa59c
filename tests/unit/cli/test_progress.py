"""The progress bar: what matters most is there on any terminal, and nothing is wrapped."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from logsource.agent.result import Progressed
from logsource.cli.progress import ProgressBar


def progressed(**more) -> Progressed:
    values = {
        "read": 0,
        "size": 1_000_000_000,
        "lines": 0,
        "events": 0,
        "sent": 0,
        "waiting": 0,
        "paused": None,
    }
    return Progressed(**{**values, **more})


def drawn(width: int, *steps: Progressed, seconds: float = 10.0, color: bool = True) -> list[str]:
    """The lines on a terminal after the last step; so much time passes between two."""
    now = [0.0]
    screen = io.StringIO()
    console = Console(
        file=screen,
        width=width,
        force_terminal=True,
        no_color=not color,
        color_system="standard",
        get_time=lambda: now[0],
    )
    bar = ProgressBar(console)
    for step in steps:
        bar.show(step)
        now[0] += seconds
    picture = bar.picture()
    bar.close()
    screen.truncate(0)
    screen.seek(0)
    console.print(picture)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()).splitlines()


HALF = (
    progressed(),
    progressed(read=250_000_000, lines=1_000_000, events=1_000_000, sent=1_000_000),
    progressed(read=500_000_000, lines=2_000_000, events=2_000_000, sent=2_000_000),
)


def test_a_wide_terminal_has_it_all():
    (line,) = drawn(140, *HALF)
    bar, said = line.split(" 50%", 1)
    assert len(line) <= 140
    assert set(bar) <= {"━", "╸", "╺", " "}
    assert said.strip() == (
        ", 0:00:20 left, 500.0 MB of 1.0 GB read, 25.0 MB/s, 2,000,000 lines, 2,000,000 delivered"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("color", [True, False], ids=["colour", "no colour"])
def test_on_narrow_ones_the_share_and_the_time_left_are_there_in_one_line(width, color):
    (line,) = drawn(width, *HALF, color=color)
    assert len(line) <= width
    assert "50%, 0:00:20 left" in line
    assert "━" in line
    assert ("delivered" in line) == (width >= 60)


def test_no_time_is_promised_while_there_are_files_that_nobody_has_opened():
    more = progressed(read=500_000_000, lines=2_000_000, events=2_000_000, sent=2_000_000, found=28_766)
    for width in (60, 140):
        (line,) = drawn(width, *HALF[:2], more)
        assert "50%, 28,766 more files to open" in line
        assert " left" not in line


def test_what_was_read_and_not_delivered_is_still_to_be_done():
    waiting = progressed(
        read=1_000_000_000, lines=4_000_000, events=4_000_000, sent=1_000_000, waiting=3_000_000
    )
    before = progressed(read=500_000_000, lines=2_000_000, events=2_000_000, sent=500_000, waiting=1_500_000)
    (line,) = drawn(140, progressed(), before, waiting)
    assert " 25%, 0:01:00 left, 1.0 GB of 1.0 GB read" in line


def test_events_of_an_earlier_run_are_no_progress_of_this_one():
    assert progressed(read=100, events=10, waiting=500).delivered == 0
    assert progressed(read=100, events=0, waiting=500).delivered == 0
    assert progressed(read=100, events=10).delivered == 100
    assert progressed(read=100, events=0).delivered == 100


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"paused": "outbox full"}, "waiting for room in the outbox"),
        ({"ending": True, "waiting": 1_500}, "ending, 1,500 events wait to be sent (again: end at once)"),
    ],
)
def test_why_nothing_moves_is_said_before_numbers(more, told):
    (line,) = drawn(120, progressed(read=10, lines=5_000, events=5_000, sent=3_500, **more))
    assert told in line


def test_nothing_is_known_of_nothing():
    (line,) = drawn(80, progressed(size=0))
    assert "%" not in line
    assert "0 delivered" in line
