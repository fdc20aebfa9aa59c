"""`logsource drain` waits for what the file holds now, and for nothing else."""

from logsource.cli.drain import complete_bytes, wait_until_read


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


def status(path, *offsets):
    return {"files": [{"path": str(path), "offset": offset} for offset in offsets]}


def test_it_waits_until_the_last_complete_line_is_committed(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"one\ntwo\nunfinished")
    assert drained(log, [status(log, 0), status(log, 4), status(log, 8)]) is None


def test_an_unfinished_line_is_not_waited_for(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 200_000)
    assert complete_bytes(log) == 0
    assert drained(log, [status(log, 0)]) is None


def test_the_last_newline_is_found_in_any_block(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"a\n" + b"x" * 200_000)
    assert complete_bytes(log) == 2


def test_a_rotated_generation_counts_as_the_file(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    assert drained(log, [status(log, 0, 4)]) is None


def test_a_file_nobody_follows_is_a_problem(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    problem = drained(log, [{"files": []}] * 100, timeout=1.0)
    assert problem is not None
    assert "no source follows" in problem


def test_an_agent_that_does_not_answer_is_a_problem(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"one\n")
    assert "does not answer" in str(drained(log, [None] * 100, timeout=1.0))


def test_a_missing_file_is_a_problem(tmp_path):
    assert "No such file" in str(drained(tmp_path / "none.log", []))
