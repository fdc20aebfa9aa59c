"""`logsource drain` waits for what the file holds now, and for nothing else."""

import gzip
from dataclasses import replace

import pytest
from click.testing import CliRunner

from logsource.cli.drain import wait_until_read
from logsource.cli.main import cli
from logsource.metrics import Metrics
from logsource.web.ops import create_ops_app
from logsource.web.server import serve
from tests.unit.web.test_ops import HEALTHY


class Time:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def drained(path, answers, timeout=5.0):
    time = Time()
    answers = iter(answers)
    return wait_until_read(
        path, lambda: next(answers), timeout=timeout, monotonic=time.monotonic, sleep=time.sleep
    )


def view(path, offset, size=None, **more):
    at = path.stat()
    known = at.st_size if size is None else size
    here = {"path": str(path), "device": at.st_dev, "inode": at.st_ino}
    return {**here, "offset": offset, "size": known, "caught_up": offset >= known, **more}


def status(*views):
    return {"files": list(views)}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "a.log"


def test_it_waits_until_the_last_complete_line_is_committed(log):
    log.write_bytes(b"one\ntwo\nunfinished")
    answers = [
        status(view(log, 0)),
        status(view(log, 4)),
        status(view(log, 4, size=8, caught_up=True)),  # it has not seen everything yet
        status(view(log, 8)),  # and what it has seen now it has not looked at
        status(view(log, 8, caught_up=True)),
    ]
    assert drained(log, answers) is None
    assert "10 bytes" in str(drained(log, answers[:-1] + [answers[-2]] * 100, timeout=1.0))


def test_an_unfinished_line_is_not_waited_for(log):
    log.write_bytes(b"x" * 200_000)
    assert drained(log, [status(view(log, 0, caught_up=True))]) is None


def test_a_log_that_grows_meanwhile_is_read_as_far_as_it_went(log):
    log.write_bytes(b"one\n")
    assert drained(log, [status(view(log, 4, size=4, caught_up=False))]) is None


def test_another_generation_of_the_log_does_not_count(log):
    log.write_bytes(b"one\n")
    older = view(log, 4000, size=4000, inode=1)
    assert drained(log, [status(older, view(log, 0)), status(older, view(log, 4))]) is None
    assert "no source follows" in str(drained(log, [status(older)] * 100, timeout=1.0))


def test_a_file_is_known_whatever_its_name_was_when_the_agent_looked(log, tmp_path):
    log.write_bytes(b"one\n")
    before = view(log, 4)
    log.rename(tmp_path / "a.log.1")
    assert drained(tmp_path / "a.log.1", [status(before)]) is None


def test_a_truncation_that_the_agent_has_not_seen_is_waited_for(log):
    log.write_bytes(b"one\n")
    stale = view(log, 4000, size=4000)
    assert "not read yet" in str(drained(log, [status(stale)] * 100, timeout=1.0))
    assert drained(log, [status(stale), status(view(log, 0)), status(view(log, 4))]) is None


def test_on_network_file_systems_the_inode_has_to_do(log):
    log.write_bytes(b"one\n")
    assert drained(log, [status(view(log, 4, device=0))]) is None


def test_a_compressed_file_is_read_when_the_agent_says_so(tmp_path):
    path = tmp_path / "a.log.1.gz"
    path.write_bytes(gzip.compress(b"one\n" * 1000))
    answers = [status(view(path, 2000, size=300_000)), status(view(path, 4000, size=4000))]
    assert drained(path, answers) is None


def test_room_at_the_end_of_a_log_is_not_waited_for(log):
    log.write_bytes(b"one\n" + bytes(4096))
    assert drained(log, [status(view(log, 0, size=4)), status(view(log, 4, size=4))]) is None
    with log.open("r+b") as file:
        file.write(b"one\ntwo\n")
    assert "4 bytes" in str(drained(log, [status(view(log, 4, size=4))] * 100, timeout=1.0))


def test_a_file_nobody_follows_is_a_problem(log):
    log.write_bytes(b"one\n")
    problem = drained(log, [{"files": []}] * 100, timeout=1.0)
    assert problem is not None
    assert "no source follows" in problem


def test_an_agent_that_does_not_answer_is_a_problem(log):
    log.write_bytes(b"one\n")
    assert "does not answer" in str(drained(log, [None] * 100, timeout=1.0))


def test_a_missing_file_is_a_problem(tmp_path):
    assert "No such file" in str(drained(tmp_path / "none.log", []))


class Agent:
    def __init__(self, log):
        at = log.stat()
        known = {"path": str(log), "device": at.st_dev, "inode": at.st_ino}
        self._file = replace(HEALTHY.files[0], **known, offset=at.st_size, size=at.st_size, caught_up=True)

    def snapshot(self):
        return replace(HEALTHY, files=[self._file])


def test_an_agent_is_asked_by_its_address_while_the_configuration_is_being_edited(tmp_path, log):
    log.write_bytes(b"one\ntwo\n")
    config = tmp_path / "logsource.yaml"
    config.write_text("sources: [{name: web, pa")
    arguments = ["drain", str(log), "-c", str(config), "--timeout", "200ms"]
    with serve(create_ops_app(Agent(log), Metrics()), "127.0.0.1", 0) as server:
        url = ["--url", f"http://127.0.0.1:{server.port}"]
        assert CliRunner().invoke(cli, arguments).exit_code == 1, (
            "without it the configuration has to be right"
        )
        assert CliRunner().invoke(cli, [*arguments, *url]).exit_code == 0
        log.write_bytes(b"one\ntwo\nthree\n")
        result = CliRunner().invoke(cli, [*arguments, *url])
    assert result.exit_code == 1
    assert f"6 bytes of {log} are not read yet" in result.output
    assert "does not answer" in CliRunner().invoke(cli, [*arguments, *url]).output
