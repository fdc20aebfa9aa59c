"""`logsource dead`, on an outbox that an agent has open at the same time."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from click.testing import CliRunner

from logsource.cli.letters import ALIGNED
from logsource.cli.main import cli
from logsource.model import MAX_EVENT, DeadLetter
from logsource.store.disk import DiskStore
from logsource.store.letters import AT_ONCE
from tests.support.bodies import batch, event, ids
from tests.support.clocks import ManualClock

ENTITY = (
    '{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":'
    '"iglu:io.logsource/log_source/jsonschema/1-0-0","data":{"source":"web","path":"/var/log/a.log","offset":4711}}]}'
)
EVENT = (
    b'{"e":"ue","eid":"0190c0de-0000-8000-8000-000000000001","co":%s,"stm":"0000000000000"}'
    % json.dumps(ENTITY).encode()
)


@pytest.fixture
def agent(tmp_path):
    store = DiskStore.open(tmp_path, capacity=2**26, sync="normal", clock=ManualClock())
    letters = [
        DeadLetter(event=EVENT, reason="rejected_400", detail="400: no\x1b[31m", at_ms=1_700_000_000_123),
        DeadLetter(
            event=b'{"e":"ue","eid":"2","stm":"0000000000000"}', reason="too_large", detail="413", at_ms=1
        ),
        DeadLetter(event=b"\xff\x00", reason="damaged_row", detail="row 5", at_ms=1),
    ]
    store.commit(batches=[batch(1)], dead=letters)
    yield store
    store.close()


@pytest.fixture
def dead(tmp_path):
    def run(*arguments: str, exit_code: int = 0, stdin: str | None = None, terminal: bool = False):
        command, *rest = arguments
        words = ["dead", command, "--state-dir", str(tmp_path), *rest]
        # Off a terminal, click takes colours out of what we write.
        result = CliRunner().invoke(cli, words, input=stdin, color=terminal)
        assert result.exit_code == exit_code, result.output
        return result

    return run


def test_list_shows_every_letter_with_its_line_and_the_totals(agent, dead):
    lines = dead("list").output.splitlines()
    assert lines[0].split() == ["KEY", "SINCE", "REASON", "BYTES", "EVENT", "PATH:BYTE", "DETAIL"]
    first = lines[1].split()
    assert first[:3] == ["1", "2023-11-14T22:13:20.123Z", "rejected_400"]
    assert "0190c0de-0000-8000-8000-000000000001" in first
    assert "/var/log/a.log:4711" in first
    assert lines[-1] == "1 damaged_row, 1 rejected_400, 1 too_large"
    assert "too_large" not in dead("list", "--reason", "rejected_400").output
    assert dead("list", "--reason", "nothing").output == "no dead letters with reason nothing\n"


def test_json_is_one_object_a_line(agent, dead):
    objects = [json.loads(line) for line in dead("list", "--json").output.splitlines()]
    assert [o["key"] for o in objects] == [1, 2, 3]
    assert objects[0]["line"] == {"source": "web", "path": "/var/log/a.log", "offset": 4711}
    assert objects[0]["event"]["e"] == "ue"
    assert objects[2]["event"] == {"base64": "/wA="}


def test_show_is_complete_and_cannot_move_the_cursor(agent, dead):
    output = dead("show", "1", terminal=True).output
    assert "rejected_400" in output
    assert "/var/log/a.log:4711" in output
    assert "eid" in output
    assert "\x1b" not in output
    assert "\\x1b[31m" in output
    assert "\x1b" not in dead("list", terminal=True).output
    everything = dead("show", "--all").output
    assert "dead letter 3" in everything
    assert "\\xff\\x00" in everything


BAD_ROW = {
    # The rules of generic_error 1-0-0 in Iglu Central.
    "type": "object",
    "required": ["processor", "payload", "failure"],
    "additionalProperties": False,
    "properties": {
        "processor": {
            "type": "object",
            "required": ["artifact", "version"],
            "additionalProperties": False,
            "properties": {
                "artifact": {"type": "string", "maxLength": 512},
                "version": {"type": "string", "pattern": r"^(\d+\.\d+\.\d+.*)$", "maxLength": 32},
            },
        },
        "payload": {"type": "string"},
        "failure": {
            "type": "object",
            "required": ["timestamp", "errors"],
            "additionalProperties": False,
            "properties": {
                "timestamp": {"type": "string", "format": "date-time"},
                "errors": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        },
    },
}


def test_bad_rows_follow_the_schema_of_iglu_central(agent, dead):
    validator = jsonschema_rs.Draft4Validator(BAD_ROW, validate_formats=True)
    rows = [json.loads(line) for line in dead("show", "--all", "--bad-rows").output.splitlines()]
    assert len(rows) == 3
    for row in rows:
        assert set(row) == {"schema", "data"}
        assert row["schema"] == "iglu:com.snowplowanalytics.snowplow.badrows/generic_error/jsonschema/1-0-0"
        validator.validate(row["data"])
    assert json.loads(rows[0]["data"]["payload"])["e"] == "ue"


def test_replay_reaches_the_running_agent(agent, dead):
    assert dead("replay", "2").output == "1 dead letter put back into the outbox\n"
    agent.flush()
    taken = [agent.take(), agent.take()]
    assert b'"eid":"2"' in taken[1].body
    assert agent.stats().dead == 2


def test_many_letters_are_replayed_in_parts_and_all_of_them(agent, dead):
    count = 2 * AT_ONCE + 1
    agent.commit(
        batches=[], dead=[DeadLetter(event=event(n), reason="many", detail="", at_ms=1) for n in range(count)]
    )
    assert dead("replay", "--reason", "many").output == f"{count} dead letters put back into the outbox\n"
    agent.flush()
    assert agent.stats().events == count + 1
    assert agent.stats().dead == 3
    sent = []
    while (taken := agent.take()) is not None:
        sent += ids(json.loads(taken.body)["data"])
        agent.acknowledge(taken)
    assert sent == [1, *range(count)]


def test_a_list_of_many_is_aligned_and_counts_them_all(agent, dead):
    agent.commit(
        batches=[],
        dead=[DeadLetter(event=event(n), reason="many", detail="", at_ms=1) for n in range(ALIGNED)],
    )
    lines = dead("list").output.splitlines()
    assert len(lines) == 1 + 3 + ALIGNED + 2
    column = lines[0].index("REASON")
    assert {line[column : column + 4] for line in lines[4:ALIGNED]} == {"many"}  # below, keys are longer
    assert lines[-1] == f"1 damaged_row, {ALIGNED} many, 1 rejected_400, 1 too_large"


def test_replay_says_what_cannot_be_replayed(agent, dead):
    result = dead("replay", "--all", exit_code=1)
    assert "2 dead letters put back" in result.output
    assert "1 dead letter left" in result.output


def test_purge_asks_first_and_takes_only_what_is_meant(agent, dead):
    dead("purge", "--reason", "too_large", exit_code=1, stdin="n\n")
    assert len(list(agent.dead_letters())) == 3
    assert "1 dead letter deleted" in dead("purge", "--reason", "too_large", stdin="y\n").output
    assert "1 dead letter deleted" in dead("purge", "1", "--yes").output
    assert [letter.key for letter in agent.dead_letters()] == [3]


def test_letters_must_be_named_and_exist(agent, dead):
    assert "--all" in dead("purge", "--yes", exit_code=2).output
    assert "no dead letter 9" in dead("show", "9", exit_code=1).output


def test_without_an_outbox_the_message_helps(tmp_path):
    result = CliRunner().invoke(cli, ["dead", "list", "--state-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "state_dir" in str(result.exception)


def test_the_state_directory_comes_from_the_configuration(agent, tmp_path):
    config = tmp_path / "logsource.yaml"
    config.write_text(
        f"agent: {{state_dir: {tmp_path}}}\ncollector: {{url: 'http://localhost:9090'}}\n"
        f"sources: [{{name: web, paths: ['{tmp_path}/*.log']}}]\n"
    )
    result = CliRunner().invoke(cli, ["dead", "list", "-c", str(config)])
    assert result.exit_code == 0, result.output
    assert "rejected_400" in result.output


def test_an_event_that_collectors_lose_in_silence_is_not_replayed(agent, dead):
    largest = b'{"e":"ue","uid":"%s","stm":"0000000000000"}'
    room = MAX_EVENT - len(largest) + len(b"%s")
    agent.commit(
        batches=[],
        dead=[
            DeadLetter(event=largest % (b"x" * length), reason="too_large", detail="", at_ms=1)
            for length in (room, room + 1)
        ],
    )
    assert "1 dead letter put back" in dead("replay", "4").output
    result = dead("replay", "5", exit_code=1)
    assert "1 dead letter left: no event in it, or one over 1 MB" in result.output
    assert [letter.key for letter in agent.dead_letters()] == [1, 2, 3, 5]
