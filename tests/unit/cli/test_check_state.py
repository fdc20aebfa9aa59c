"""`logsource check` and the agent tell of a state directory on the file system of another machine."""

from __future__ import annotations

import contextlib
import logging

import pytest

from logsource.agent.statedir import StateDirectory
from logsource.cli.checkstate import state_warnings
from logsource.clock import SystemClock
from logsource.config.load import load
from logsource.metrics import Metrics
from logsource.store.memory import MemoryStore
from logsource.tail.mounts import Mounts
from tests.support.mounting import MountTable, mounted


def loaded(folder, outbox=""):
    file = folder / "logsource.yaml"
    file.write_text(
        f"agent: {{state_dir: {folder}/state}}\ncollector: {{url: 'https://collector.example.com'}}\n{outbox}"
        f"sources: [{{name: web, paths: ['{folder}/*.log']}}]\n"
    )
    return load(file, env={})


@pytest.mark.parametrize(("kind", "named"), [("nfs4", "nfs4"), ("cifs", "cifs"), ("fuse.sshfs", "sshfs")])
def test_a_state_directory_on_a_server(tmp_path, kind, named):
    (warning,) = state_warnings(loaded(tmp_path), Mounts(MountTable(mounted(tmp_path, kind))))
    assert warning.startswith(
        f"{tmp_path}/logsource.yaml:1:20: agent.state_dir {tmp_path}/state is on {tmp_path}, a mount of {named}: "
    )
    assert warning.endswith("(choose a directory on a disk of this machine, such as /var/lib/logsource)")


@pytest.mark.parametrize("kind", ["ext4", "overlay", "tmpfs", "fuse.fuse-overlayfs"])
def test_a_state_directory_on_this_machine(tmp_path, kind):
    assert state_warnings(loaded(tmp_path), Mounts(MountTable(mounted(tmp_path, kind)))) == []


def test_an_outbox_in_memory_needs_none(tmp_path):
    memory = loaded(tmp_path, "outbox: {storage: memory}\n")
    assert state_warnings(memory, Mounts(MountTable(mounted(tmp_path)))) == []


@pytest.mark.parametrize(("kind", "told"), [("nfs", True), ("ext4", False)])
def test_the_agent_says_it_too(tmp_path, caplog, kind, told):
    config = loaded(tmp_path).config
    config.agent.state_dir.mkdir(mode=0o700)
    clock = SystemClock()
    mounts = Mounts(MountTable(mounted(tmp_path, kind)))
    directory = StateDirectory(Metrics(), clock, trouble=lambda: None, mounts=mounts)
    with contextlib.closing(directory), caplog.at_level(logging.WARNING, "logsource.agent"):
        directory.open(config, MemoryStore(capacity=1 << 20, clock=clock), once=True)
    assert ("event=state_dir_remote" in caplog.text) is told
