"""A program that uses the tracker can be checked with `mypy --strict`, without plugins; its mistakes are found there."""

from __future__ import annotations

import subprocess
import sys
import textwrap

PROGRAM = textwrap.dedent(
    """
    from __future__ import annotations

    from collections.abc import Sequence
    from datetime import UTC, datetime
    from uuid import uuid4

    from logsource.tracker import (
        Collector, Event, EventInvalid, Failure, PagePing, PageView, ScreenView, SelfDescribing, StoreFull, Subject, Tracker,
    )


    def failed(failures: Sequence[Failure]) -> None:
        for one in failures:
            print(one.event_id, one.reason, one.detail)


    collector = Collector(url="https://c.example.com", method="get", headers={"X-Token": "y"}, timeout=5)
    somebody = Subject(user_id="u", screen=(1920, 1080))
    with Tracker(collector, state_dir=None, subject=somebody, on_failed=failed, when_full=1.5) as tracker:
        try:
            event_id: str = tracker.self_describing(
                "iglu:a/b/jsonschema/1-0-0", {"a": [1, None]}, event_id=uuid4(), true_timestamp=datetime.now(UTC)
            )
            entity = SelfDescribing("iglu:a/b/jsonschema/1-0-0", {})
            tracker.page_view("https://x", title="t", entities=[entity], platform="web")
            tracker.struct("a", "b", value=1, subject=Subject(language="de"))
            tracker.track_all([Event(body=ScreenView("x", type="y")), Event(body=PagePing("https://x"))])
        except EventInvalid as error:
            print(error.problems)
        except StoreFull:
            pass
        done: bool = tracker.flush(1.0)
        print(tracker.status().waiting, done, event_id)
    with Tracker.from_config("logsource.yaml", app_id="x") as for_the_agent:
        for_the_agent.track(Event(body=PageView("https://x")))
    """
)
MISTAKES = {
    'platform="web"': ('platform="car"', "\"Literal['car']\""),
    "event_id=uuid4()": ("event_id=5", 'Argument "event_id"'),
    'title="t"': ('titel="t"', 'Unexpected keyword argument "titel"'),
    'body=ScreenView("x", type="y")': ('body="x"', 'Argument "body" to "Event"'),
    'method="get"': ('method="put"', 'Argument "method" to "Collector"'),
}


def test_a_program_that_uses_the_tracker_is_checked(tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(PROGRAM)
    spoiled = PROGRAM
    for right, (wrong, _) in MISTAKES.items():
        assert spoiled.count(right) == 1
        spoiled = spoiled.replace(right, wrong)
    bad.write_text(spoiled)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--cache-dir",
        str(tmp_path / "cache"),
    ]
    checked = subprocess.run(
        [*command, "good.py", "bad.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    errors = [line for line in checked.stdout.splitlines() if ": error: " in line]
    assert [line for line in errors if not line.startswith("bad.py")] == []
    for _, said in MISTAKES.values():
        assert any(said in line for line in errors), (said, checked.stdout)
    assert len(errors) == len(MISTAKES)
