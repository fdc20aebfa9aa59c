"""Outboxes that are not opened: each with a message that helps, and not one byte of them changed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import diskcache
import pytest

from logsource.errors import StoreLocked, StoreUnavailable, StoreUnreadable
from logsource.model import Batch, Checkpoint
from logsource.store.disk import DiskStore
from tests.support.bodies import batch
from tests.support.clocks import ManualClock

if TYPE_CHECKING:
    from pathlib import Path


def open_store(state: Path) -> DiskStore:
    return DiskStore.open(state, capacity=2**26, sync="normal", clock=ManualClock())


def fingerprint(outbox: Path) -> dict[str, str]:
    # -shm is SQLite's lock table in shared memory, not data.
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(outbox.iterdir())
        if not path.name.endswith("-shm")
    }


@pytest.fixture
def state(tmp_path) -> Path:
    """A state directory with an outbox of some hundred rows."""
    directory = tmp_path / "state"
    store = open_store(directory)
    noise = random.Random(3)
    for n in range(60):
        body = Batch(body=noise.randbytes(6000).hex().encode(), events=7)
        point = Checkpoint(file_id=f"{n:032x}", source="web", offset=n, state={"v": 1})
        store.commit(batches=[body], checkpoints=[point])
    store.close()
    return directory


def refused(state: Path, *words: str) -> None:
    before = fingerprint(state / "outbox")
    with pytest.raises(StoreUnreadable) as caught:
        open_store(state)
    message = str(caught.value)
    for word in (*words, str(state)):
        assert word in message
    assert fingerprint(state / "outbox") == before
    # The lock was let go: the refusal is the same a second time, not "another agent".
    with pytest.raises(StoreUnreadable):
        open_store(state)


def test_a_beginning_of_garbage(state):
    with (state / "outbox/cache.db").open("r+b") as file:
        file.write(b"\xde\xad" * 50)
    refused(state, "not an SQLite database", "Nothing was changed", "start_at")


def test_an_empty_file_and_a_text_file(state):
    (state / "outbox/cache.db").write_bytes(b"")
    refused(state, "not an SQLite database")
    (state / "outbox/cache.db").write_text("hello\n" * 100)
    refused(state, "not an SQLite database")


def test_a_missing_database(state):
    (state / "outbox/cache.db").unlink()
    refused(state, "no database in it")


def test_a_file_that_was_cut_off(state):
    path = state / "outbox/cache.db"
    os.truncate(path, path.stat().st_size // 2)
    refused(state, "cut off")


def test_pages_of_flipped_bytes(state):
    path = state / "outbox/cache.db"
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):  # the header of every page but the first
        for i in range(start, start + 16):
            data[i] ^= 0xFF
    path.write_bytes(data)
    refused(state, "damaged")


def test_damage_that_reading_all_rows_does_not_touch(state):
    path = state / "outbox/cache.db"
    db = sqlite3.connect(path)
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'Cache_key_raw'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\x77" * 12)  # the page of the index; a scan of the table never reads it
    refused(state, "damaged")


def test_a_newer_format(state):
    with sqlite3.connect(state / "outbox/cache.db") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    refused(state, "newer logsource", "format 7")


def test_somebody_elses_database(state):
    path = state / "outbox/cache.db"
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE customers (name TEXT)")
    db.close()
    refused(state, "not one of logsource", "agent.state_dir")


def test_somebody_elses_diskcache(state):
    shutil.rmtree(state / "outbox")
    with diskcache.Cache(str(state / "outbox")) as cache:
        cache["x"] = {"a": "pickle"}
    refused(state, "not one of logsource")


def test_a_pickle_smuggled_into_our_own(state):
    with diskcache.Cache(str(state / "outbox")) as cache:
        cache["evil"] = Exploit()
    refused(state, "pickle", "never")
    assert not Exploit.went_off


class Exploit:
    went_off = False

    def __reduce__(self):
        return (setattr, (Exploit, "went_off", True))


def test_the_disk_class_refuses_to_pickle_and_to_unpickle(state):
    from logsource.store.guard import open_cache

    cache = open_cache(state / "outbox", "normal")
    for key, value in (("x", {"a": 1}), ("x", "text"), ((1, 2), b"x"), (b"bytes", b"x"), (1.5, b"x")):
        with pytest.raises(TypeError):
            cache[key] = value
    cache["fine"] = b"x"
    assert cache["fine"] == b"x"
    cache.connection.execute("UPDATE Cache SET mode = 4 WHERE key = 'fine'")
    with pytest.raises(StoreUnreadable):
        cache["fine"]
    cache.close()


def test_a_state_directory_that_is_in_use_names_the_process(state):
    first = open_store(state)
    with pytest.raises(StoreLocked, match=rf"pid {os.getpid()}"):
        open_store(state)
    first.close()
    open_store(state).close()


def test_the_lock_is_free_after_its_process_was_killed(state):
    code = (
        "import sys, pathlib\n"
        "from logsource.store.disk import DiskStore\n"
        "from logsource.clock import SystemClock\n"
        "s = DiskStore.open(pathlib.Path(sys.argv[1]), capacity=2**26, sync='normal', clock=SystemClock())\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "open\n"
    with pytest.raises(StoreLocked, match=f"pid {child.pid}"):
        open_store(state)
    child.kill()
    child.communicate()
    store = open_store(state)
    assert store.stats().batches == 60
    store.close()


def test_the_state_directory_is_for_its_owner_only(tmp_path):
    (tmp_path / "loose").mkdir(mode=0o755)
    for name in ("loose", "new/deep"):
        open_store(tmp_path / name).close()
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_a_state_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="state_dir"):
        open_store(tmp_path / "file")


def test_a_directory_that_others_use_is_not_closed_to_them(tmp_path):
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "of_somebody").touch()
    with pytest.raises(StoreUnavailable, match=r"holds of_somebody and is open.*such as .*/tmp/logsource"):
        open_store(shared)
    assert shared.stat().st_mode & 0o7777 == 0o1777
    assert [path.name for path in shared.iterdir()] == ["of_somebody"]


def test_a_directory_that_is_ours_or_empty_is_made_private_again(tmp_path):
    fresh = tmp_path / "volume"
    (fresh / "lost+found").mkdir(parents=True)
    fresh.chmod(0o755)
    for _ in range(2):  # the second time it holds an outbox
        open_store(fresh).close()
        assert fresh.stat().st_mode & 0o777 == 0o700
        fresh.chmod(0o755)


def test_a_damaged_body_becomes_a_dead_letter_and_the_others_are_delivered(tmp_path):
    store = open_store(tmp_path)
    store.commit(batches=[batch(1), batch(2), batch(3)])
    store.close()
    with sqlite3.connect(tmp_path / "outbox/cache.db") as db:
        key, value = db.execute(
            "SELECT key, value FROM Cache WHERE key > 0 ORDER BY key LIMIT 1 OFFSET 1"
        ).fetchone()
        broken = value[:-6] + bytes([value[-6] ^ 1]) + value[-5:]
        db.execute("UPDATE Cache SET value = ? WHERE key = ?", (broken, key))
    db.close()
    store = open_store(tmp_path)
    assert [store.take().body, store.take().body] == [batch(1).body, batch(3).body]
    assert store.take() is None
    (letter,) = store.dead_letters()
    assert (letter.reason, letter.event) == ("damaged_row", broken)
    assert f"row {key} with 1 events" in letter.detail
    assert store.replay([letter.key]) == 0
    store.close()


def test_leftovers_of_a_birth_that_was_interrupted_do_not_matter(tmp_path):
    (tmp_path / "outbox.new").mkdir()
    (tmp_path / "outbox.new/cache.db").write_bytes(b"half")
    store = open_store(tmp_path)
    store.commit(batches=[batch(1)])
    store.close()
    assert not (tmp_path / "outbox.new").exists()


def test_the_check_of_a_large_outbox_is_bounded_in_time(state):
    from logsource.store import layout

    before = fingerprint(state / "outbox")
    layout.check(state / "outbox", seconds=-1.0)  # the time is over at once: nothing bad was seen
    assert fingerprint(state / "outbox") == before
