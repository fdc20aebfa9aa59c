"""Commands of somebody who may not look into the agent's directory: one line that says so, and no traceback."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.agent import LOGSOURCE, source, write_config
from tests.system.test_bad_input import OBEY_PERMISSIONS

pytestmark = pytest.mark.system


@pytest.mark.parametrize("command", [["status"], ["dead", "list"]], ids=" ".join)
def test_a_directory_that_is_not_ours_is_named(tmp_path, command):
    config = write_config(tmp_path, "http://127.0.0.1:9", source(tmp_path / "web.log"))
    state = tmp_path / "state"
    state.mkdir(mode=0)
    try:
        done = subprocess.run(
            [*OBEY_PERMISSIONS, LOGSOURCE, *command, "-c", str(config)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        state.chmod(0o700)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert str(state) in line
    assert "belongs to another user; run this as the agent's user" in line
