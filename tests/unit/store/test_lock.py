"""Who holds the lock of a state directory, and for how long after its end."""

import subprocess
import sys
import threading

import pytest

from logsource.errors import StoreLocked, StoreUnavailable
from logsource.store.lock import StateLock

HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(sys.argv[2] + "\\n")
file.flush()
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def held(tmp_path):
    """Somebody else has the lock, in the name of a process that is no more."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "lock"), str(gone.pid)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def test_what_a_killed_agent_had_just_started_holds_its_lock_a_moment_longer(tmp_path, held):
    letting_go = threading.Timer(0.2, held.communicate, ["\n"])
    letting_go.start()
    lock = StateLock(tmp_path / "lock")
    lock.release()
    letting_go.join()


def test_not_for_long(tmp_path, held):
    with pytest.raises(StoreLocked, match="another agent"):
        StateLock(tmp_path / "lock")


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path):
    precious = tmp_path / "shadow"
    precious.write_text("root:*")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(StoreUnavailable, match="lock: is a symbolic link; remove it"):
        StateLock(tmp_path / "lock")
    assert precious.read_text() == "root:*"
