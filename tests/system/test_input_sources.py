"""The installed agent with sources that are not files."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.agent import LOGSOURCE, source, write_config
from tests.support.sink import Sink

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.system


def message(event: dict[str, str]) -> str:
    return json.loads(event["ue_pr"])["data"]["data"]["message"]


def origin(event: dict[str, str]) -> dict[str, Any]:
    """The log_source entity."""
    return next(one["data"] for one in json.loads(event["co"])["data"] if "/log_source/" in one["schema"])


def run(config: Path, *options: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [LOGSOURCE, "run", "-c", str(config), *options]
    return subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)


def test_a_pipe_is_read_to_its_end(tmp_path: Path):
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"})
        ended = run(config, "--once", given=b"one\ntwo\nthree")
        assert ended.returncode == 0, ended.stderr
        assert [message(one) for one in sink.events()] == ["one", "two", "three"]
        origins = [origin(one) for one in sink.events()]
        assert [(one["source"], one["path"], one["offset"]) for one in origins] == [
            ("piped", "stdin", 0),
            ("piped", "stdin", 4),
            ("piped", "stdin", 8),
        ]
        again = run(config, "--once", given=b"one\n")
        assert again.returncode == 0, again.stderr
        assert len({one["eid"] for one in sink.events()}) == 4, "the same text in another run is another line"


def test_the_agent_ends_with_the_pipe_when_that_is_all_there_is(tmp_path: Path):
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"})
        ended = run(config, given=b"".join(b"%d\n" % number for number in range(20_000)))
        assert ended.returncode == 0, ended.stderr
        assert sorted(int(message(one)) for one in sink.events()) == list(range(20_000))


def test_a_pipe_beside_a_file(tmp_path: Path):
    log = tmp_path / "app.log"
    log.write_text("from the file\n")
    with Sink() as sink:
        config = write_config(tmp_path, sink.url, {"name": "piped", "type": "stdin"}, source(log))
        ended = run(config, "--once", given=b"from the pipe\n")
        assert ended.returncode == 0, ended.stderr
        assert sorted(message(one) for one in sink.events()) == ["from the file", "from the pipe"]
