"""Programs of other users hand events over: `agent.track_group` opens the way to one socket, and to nothing else."""

from __future__ import annotations

import grp
import logging
import os
import stat
from typing import TYPE_CHECKING

import pytest

from logsource.clock import SystemClock
from logsource.store.disk import DiskStore
from logsource.store.sockets import connect_in, share_with
from logsource.tracker import Tracker
from logsource.tracker.handover import SOCKET
from logsource.tracker.server import HandoverServer
from tests.support.sink import Sink

if TYPE_CHECKING:
    from pathlib import Path

OURS = grp.getgrgid(os.getegid()).gr_name
"""A group of this process, so that it may give files to it."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def store(state):
    one = DiskStore.open(state, capacity=2**20, sync="normal", clock=SystemClock())
    yield one
    one.close()


@pytest.fixture
def server():
    one = HandoverServer(who="agent", clock=SystemClock())
    yield one
    one.close()


def test_without_a_group_it_is_for_the_owner_alone(state, store, server):
    server.open(state, store, sends_to="http://collector")
    assert (mode(state), mode(state / SOCKET)) == (0o700, 0o600)


def test_members_may_enter_and_connect_and_read_nothing(state, store, server):
    server.open(state, store, sends_to="http://collector", group=OURS)
    assert (mode(state), mode(state / SOCKET)) == (0o710, 0o660)
    assert state.stat().st_gid == (state / SOCKET).lstat().st_gid == os.getegid()
    assert mode(state / "lock") & 0o077 == 0
    assert mode(state / "outbox") & 0o077 == 0


def test_what_members_track_arrives(tmp_path, state, store, server):
    with Sink() as sink:
        server.open(state, store, sends_to=sink.url, group=OURS)
        config = tmp_path / "logsource.yaml"
        config.write_text(
            f"agent: {{state_dir: {state}, track_group: {OURS}}}\ncollector: {{url: '{sink.url}'}}\n"
            f"sources: [{{name: web, paths: ['{tmp_path}/*.log']}}]\n"
        )
        with Tracker.from_config(config) as tracker:
            tracker.struct("shop", "add")
            assert tracker.status().sender == "agent"
    taken = store.take()
    assert taken is not None
    assert b'"se_ac":"add"' in taken.body


def test_the_next_start_without_a_group_closes_it_again(state, store, server):
    server.open(state, store, sends_to="http://collector", group=OURS)
    server.close()
    store.close()
    again = DiskStore.open(state, capacity=2**20, sync="normal", clock=SystemClock())
    try:
        assert mode(state) == 0o700
    finally:
        again.close()


def test_a_group_that_is_none_is_told_and_opens_nothing(state, store, server, caplog):
    with caplog.at_level(logging.WARNING):
        server.open(state, store, sends_to="http://collector", group="no-such-group-here")
    assert "event=not_shared group=no-such-group-here" in caplog.text
    assert "there is no such group" in caplog.text
    assert (mode(state), mode(state / SOCKET)) == (0o700, 0o600)
    connection = connect_in(state, SOCKET)
    assert connection is not None, "the owner's programs still can"
    connection.close()


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path):
    deep = tmp_path / ("d" * 120)
    store = DiskStore.open(deep, capacity=2**20, sync="normal", clock=SystemClock())
    server = HandoverServer(who="agent", clock=SystemClock())
    try:
        server.open(deep, store, sends_to="http://collector")
        share_with(OURS, deep, SOCKET)
        deep.chmod(0o310)  # who may enter it, and not list it
        connection = connect_in(deep, SOCKET)
        assert connection is not None
        connection.close()
    finally:
        deep.chmod(0o700)
        server.close()
        store.close()
