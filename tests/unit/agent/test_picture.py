"""What an agent says about itself can be written down, whatever its files are called."""

from __future__ import annotations

import os

from logsource.agent.agent import Agent
from logsource.config.model import Config
from logsource.tail.api import FileStatus
from logsource.web.ops import status_json
from logsource.web.status import ProgramsView


def test_names_of_files_that_are_no_text_are_no_obstacle_to_the_status(tmp_path):
    config = {
        "agent": {"state_dir": tmp_path / "state"},
        "collector": {"url": "http://127.0.0.1:9"},
        "sources": [{"name": "web", "paths": ["/var/log/*.log"]}],
    }
    file = FileStatus(
        source="web",
        path=os.fsdecode(b"/var/log/caf\xe9.log"),
        file_id="",
        epoch=0,
        offset=0,
        size=0,
        state="unreadable",
        behind_since=None,
        detail=os.fsdecode(b"/var/log/caf\xe9.log: a zip archive"),
    )
    agent = Agent(Config.model_validate(config))
    try:
        told = status_json(agent.pictures.status([file], None, ProgramsView()))["files"]
    finally:
        agent.close()
    assert [(one["path"], one["detail"]) for one in told] == [
        ("/var/log/caf\ufffd.log", "/var/log/caf\ufffd.log: a zip archive")
    ]
