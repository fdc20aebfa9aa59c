"""The unit as systemd reads it: in a root directory laid out as the README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from logsource.config.model import AgentConfig, CollectorConfig
from tests.deploy.tools import DEPLOY, UNPACKED, run
from tests.deploy.wrapped import wrapper

HERE = DEPLOY / "systemd"
UNIT = HERE / "logsource.service"
EXPOSURE = 20
"""Tenths on systemd's scale from 0 (closed) to 100; a unit without any of this has 96."""


class _Unit(RawConfigParser):
    """Keys keep their case and may repeat; the last one counts, which is enough for what is asked here."""

    def __init__(self) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str


def service():
    unit = _Unit()
    unit.read(UNIT)
    return unit["Service"]


@pytest.fixture
def installed(tmp_path):
    """A root with systemd's own units, the command where the README puts it, and our unit."""
    theirs = next(
        path
        for path in (
            Path("/usr/lib/systemd/system"),
            UNPACKED / "lib/systemd/system",
            UNPACKED / "usr/lib/systemd/system",
        )
        if (path / "multi-user.target").exists()
    )
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    for one in theirs.iterdir():
        if one.suffix in (".target", ".slice", ".mount") and one.is_file():
            shutil.copy(one, units)
    command = tmp_path / "opt/logsource/bin/logsource"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    kill = tmp_path / "bin/kill"
    kill.parent.mkdir(parents=True, exist_ok=True)
    kill.write_text("#!/bin/sh\n")
    kill.chmod(0o755)
    etc = tmp_path / "etc/systemd/system"
    etc.mkdir(parents=True)
    shutil.copy(UNIT, etc)
    return tmp_path


def verify(root):
    return run("systemd-analyze", "verify", f"--root={root}", "--man=no", "logsource.service")


def test_systemd_finds_nothing_to_say_about_the_unit(installed):
    assert verify(installed) == (0, ""), "unknown keys and odd values are warnings with status 0"


def test_systemd_would_have_said_something(installed):
    unit = installed / "etc/systemd/system/logsource.service"
    unit.write_text(unit.read_text().replace("MemoryMax=1G", "MemoryMax=lots\nMemoryMaximum=1G"))
    _, said = verify(installed)
    assert "MemoryMaximum" in said
    assert "lots" in said
    (installed / "opt/logsource/bin/logsource").unlink()
    status, said = verify(installed)
    assert status != 0
    assert "/opt/logsource/bin/logsource" in said


def test_the_unit_exposes_little(installed):
    status, said = run(
        "systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={installed}", f"--threshold={EXPOSURE}",
        "logsource.service",
    )  # fmt: skip
    assert status == 0, said


def test_the_drop_in_that_reads_everything_is_valid_and_still_exposes_little(installed):
    target = installed / "etc/systemd/system/logsource.service.d"
    target.mkdir()
    shutil.copy(HERE / "read-all-logs.conf", target)
    assert verify(installed) == (0, "")
    status, said = run(
        "systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={installed}", f"--threshold={EXPOSURE}",
        "logsource.service",
    )  # fmt: skip
    assert status == 0, said
    assert re.search(r"✗ AmbientCapabilities=", said), "the drop-in took effect"


def test_sysusers_makes_the_user_that_the_unit_names(installed):
    rules = installed / "usr/lib/sysusers.d/logsource.conf"
    rules.parent.mkdir(parents=True)
    shutil.copy(HERE / "logsource.sysusers", rules)
    (installed / "etc/group").write_text("root:x:0:\nadm:x:4:\n")
    (installed / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    status, said = run("systemd-sysusers", f"--root={installed}", "logsource.conf")
    assert status == 0, said
    users = (installed / "etc/passwd").read_text()
    groups = (installed / "etc/group").read_text()
    assert re.search(
        rf"^{service()['User']}:x:\d+:\d+:[^:]*:/var/lib/logsource:/usr/sbin/nologin$", users, re.MULTILINE
    )
    assert re.search(r"^adm:x:4:logsource$", groups, re.MULTILINE)
    assert service()["SupplementaryGroups"] == "adm"


def test_the_unit_and_the_agents_defaults_agree():
    unit = service()
    assert unit["ExecStart"].endswith("/bin/logsource run -c /etc/logsource/logsource.yaml")
    assert f"/var/lib/{unit['StateDirectory']}" == str(AgentConfig().state_dir)
    drain = CollectorConfig(url="http://127.0.0.1:9090").drain_timeout
    assert float(unit["TimeoutStopSec"].removesuffix("s")) >= drain + 10, (
        "the drain and an orderly end fit in"
    )
    assert unit["Type"] == "notify"
    assert unit["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_the_wrapper_runs_the_command_with_the_services_secrets_and_user(tmp_path):
    (tmp_path / "environment").write_text("TOKEN='a b'\n")
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$(id -u)/$TOKEN/$LOGSOURCE_CONFIG/$1/$2"\nexit 7\n')
    program.chmod(0o755)
    command = wrapper(tmp_path / "logsource", tmp_path, "/etc/x.yaml", program=program)
    done = subprocess.run([command, "dead", "a  b"], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (7, f"{os.getuid()}/a b//etc/x.yaml/dead/a  b\n"), done.stderr


def test_the_wrapper_becomes_the_user_and_runs_the_program_that_the_unit_names():
    text = (HERE / "logsource.sh").read_text()
    unit = service()
    program, _, _, config = unit["ExecStart"].split()
    assert f"--reuid={unit['User']} --regid={unit['Group']} --init-groups {program} " in text
    assert f":-{config}}}" in text
    assert f"environment={unit['EnvironmentFile'].removeprefix('-')}\n" in text


def test_the_readme_installs_every_file_beside_it():
    text = (HERE / "README.md").read_text()
    for path in HERE.iterdir():
        assert path.name in text or path.name == "README.md"
