"""Records that are longer than they may be, end to end: the agent is killed between two parts, and each part says that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.test_tail_containers import cri
from tests.support.agent import AgentProcess, run_once, source, write_config
from tests.support.collector import record_of, source_of
from tests.support.sink import Sink
from tests.support.tailing import write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.system

KINDS = {
    "multiline": (
        {"multiline": {"start": "^A", "max_lines": 2, "flush_after": "1d"}},
        ["A", " 1", " 2", " 3", " 4", "A next", "A last"],
        [("A\n 1", True), (" 2\n 3", True), (" 4", True), ("A next", False), ("A last", False)],
    ),
    "json": (
        {"multiline": {"json": True, "max_lines": 2, "flush_after": "1d"}},
        ["{", ' "a": [', "  1", " ]", "}", '{"b": 2}', "text"],
        [('{\n "a": [', True), ("  1\n ]", True), ("}", True), ('{"b": 2}', False), ("text", False)],
    ),
    "cri": (
        {"container": "cri", "max_line": 1024},
        [cri("P", "a" * 900), cri("P", "b" * 900), cri("F", "c"), cri("F", "next")],
        [("a" * 900, True), ("b" * 900 + "c", True), ("next", False)],
    ),
}


def told(sink: Sink) -> list[tuple[str, bool]]:
    """Text of each event, and whether it is a part, in the order of the file."""
    events = sorted(sink.events(), key=lambda event: source_of(event)["offset"])
    return [
        (record_of(event)[1]["message"], "truncated" in source_of(event).get("flags", ())) for event in events
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_killed_behind_the_first_part(tmp_path: Path, kind: str):
    keys, lines, records = KINDS[kind]
    log = tmp_path / "app.log"
    # The first part is known to be one by the line behind it, which is not committed with it.
    first = len(records[0][0].split("\n")) + 1
    write(log, lines[:first])
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, source(log, start_at="beginning", **keys))
        with AgentProcess(config) as agent:
            sink.wait_for(lambda: told(sink) == records[:1])
            counted = f'logsource_cuts_total{{limit="{"max_lines" if "multiline" in keys else "max_line"}",source="web"}}'
            agent.wait_until(lambda: agent.metric(counted) == 1)
            agent.kill()
        write(log, lines[first:])
        once = run_once(config)
        assert once.process.returncode == 0
        assert sorted(set(told(sink))) == sorted(records)
        assert len({event["eid"] for event in sink.events()}) == len(records)
