"""The installed wrapper command, for the user who runs the tests."""

from __future__ import annotations

import os
import shlex

from tests.deploy.tools import DEPLOY
from tests.support.agent import LOGSOURCE


def wrapper(path, directory, config, program=LOGSOURCE):
    """`logsource.sh` at `path`, with `directory`/environment for its secrets."""
    text = (DEPLOY / "systemd/logsource.sh").read_text()
    for theirs, ours in (
        ("environment=/etc/logsource/environment", f"environment={directory}/environment"),
        ("/etc/logsource/logsource.yaml", str(config)),
        ("/opt/logsource/bin/logsource", shlex.quote(str(program))),
        (
            "--reuid=logsource --regid=logsource --init-groups",
            f"--reuid={os.getuid()} --regid={os.getgid()} {GROUPS}",
        ),
        ('"$(id -u)" -ne 0', f'"$(id -u)" -ne {os.getuid()}'),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    path.write_text(text)
    path.chmod(0o755)
    return path


GROUPS = "--init-groups" if os.getuid() == 0 else "--keep-groups"
"""Only root may take other groups."""
