"""Workers die, hang, grow or do not start: every line comes once all the same, and none is blamed that did nothing."""

import itertools
import os
import signal
import sys
import threading
from contextlib import closing

import pytest

from logsource.agent.renderers import build_renderers
from logsource.agent.workers import Unparsed
from logsource.clock import SystemClock
from logsource.render.poolchild import WorkerChild
from logsource.render.pooljob import Trouble
from logsource.render.poolwire import Kind, encode
from logsource.render.source import LEFT_OUT
from tests.support.delicate import chunk_of, spawn
from tests.support.pools import Pool, config, gone, messages, numbered, total


@pytest.mark.parametrize("word", ["DIE", "EXIT", "NONSENSE"])
def test_a_line_that_no_worker_survives_is_found_and_kept_unparsed(word):
    lines = numbered(200)
    lines[77] = word
    lines[150] = word
    with closing(Pool()) as pool:
        step = pool.render([chunk_of(lines)])
        expected = [("worker_crash" if text == word else "", text) for text in lines]
        assert messages(step) == expected
        assert total(step).unparsed == {"worker_crash": 2}
        assert total(step).imbalance == 0
        assert 3 <= len(pool.restarts) <= 30
        assert set(pool.restarts) == {"crash"}
        assert messages(pool.render([chunk_of(["after"])])) == [("", "after")]


def test_a_line_that_hangs_is_found_and_kept_unparsed():
    lines = numbered(16)
    lines[7] = "HANG"
    with closing(Pool(deadline=1.5)) as pool:
        step = pool.render([chunk_of(lines)])
        assert messages(step) == [("worker_timeout" if text == "HANG" else "", text) for text in lines]
        assert total(step).unparsed == {"worker_timeout": 1}
        assert "hang" in pool.restarts


@pytest.mark.parametrize(("unmatched", "kept"), [("dead_letter", 1), ("drop", 0)])
def test_such_a_line_becomes_what_the_source_wants_of_unmatched_lines(unmatched, kept):
    with closing(Pool(unmatched=unmatched)) as pool:
        step = pool.render([chunk_of(["a", "DIE", "b"])])
        assert [text for _, text in messages(step)] == ["a", "b"]
        assert len(step.dead) == kept
        assert total(step).imbalance == 0
        if kept:
            assert step.dead[0].detail.startswith("worker_crash")


def test_a_worker_that_is_killed_over_a_job_is_replaced_and_the_job_done_again(tmp_path):
    lines = numbered(3000)
    lines[1500] = f"KILL:{tmp_path / 'once'}"
    with closing(Pool()) as pool:
        step = pool.render([chunk_of(lines)])
        assert [text for _, text in messages(step)] == lines
        assert total(step).unparsed == {}
        assert pool.restarts == ["crash"]


def test_workers_killed_from_outside_at_any_time_change_nothing():
    """Somebody kills workers as fast as they come, for a while; everything is there, in order, parsed or not."""
    done = threading.Event()
    with closing(Pool()) as pool:

        def killer():
            for _ in range(6):
                for pid in pool.pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                done.wait(0.15)

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            while thread.is_alive():
                step = pool.render([chunk_of(numbered(2000))])
                assert [text for _, text in messages(step)] == numbered(2000)
                assert total(step).imbalance == 0
        finally:
            done.set()
            thread.join()
        assert pool.restarts


def test_a_dead_worker_is_noticed_between_the_steps():
    with closing(Pool()) as pool:
        pool.render([chunk_of(["a"])])
        victim = pool.pids[0]
        os.kill(victim, signal.SIGKILL)
        clock = SystemClock()
        end = clock.monotonic() + 60
        while not gone(victim):
            pool.tend()
            assert clock.monotonic() < end
        pool.tend()
        assert len(pool.pids) == 2


def test_when_no_worker_starts_the_main_process_parses():
    def nobody():
        raise OSError(11, "Resource temporarily unavailable")

    with closing(Pool(spawn=nobody)) as pool:
        assert [text for _, text in messages(pool.render([chunk_of(numbered(900))]))] == numbered(900)


def test_workers_that_end_while_they_start_are_not_started_for_ever():
    starts = []

    def stillborn():
        starts.append(1)
        return WorkerChild([sys.executable, "-c", "raise SystemExit(3)"], encode(Kind.HELLO, "x" * 10_000))

    with closing(Pool(spawn=stillborn)) as pool:
        for _ in range(3):
            assert [text for _, text in messages(pool.render([chunk_of(numbered(900))]))] == numbered(900)
        assert len(starts) <= 4
        assert set(pool.restarts) == {"start"}


def test_what_ended_workers_is_never_tried_in_the_main_process():
    """Only the first two workers can be started at once; the others have to wait, and the line with them."""
    started = []

    def scarce():
        started.append(1)
        if 2 < len(started) <= 5:
            raise OSError(11, "Resource temporarily unavailable")
        return spawn()

    with closing(Pool(spawn=scarce)) as pool:
        step = pool.render([chunk_of(["a", "EXIT", "b"])])
        assert messages(step) == [("", "a"), ("worker_crash", "EXIT"), ("", "b")]
    assert len(started) > 5


def test_workers_that_die_in_a_row_are_replaced_ever_more_slowly():
    """Every worker dies at its first job, as when memory is short: haste would only give up record after record."""
    starts = []

    def doomed():
        starts.append(clock.monotonic())
        return spawn("doomed")

    clock = SystemClock()
    with closing(Pool(spawn=doomed)) as pool:
        step = pool.render([chunk_of(numbered(5))])
        assert [text for _, text in messages(step)] == numbered(5)
        assert total(step).unparsed == {"worker_crash": 5}
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert len(starts) > 12
    assert max(gaps[-3:]) >= 1.0


def test_a_worker_that_holds_too_much_leaves_and_no_line_is_blamed_for_it():
    """Each leaves after one job; the next job, which it has been given already, is done by its successor."""
    with closing(Pool(spawn=lambda: spawn("greedy"), block=1024)) as pool:
        step = pool.render([chunk_of(numbered(600))])
        assert [text for _, text in messages(step)] == numbered(600)
        assert total(step).unparsed == {}
        assert len(pool.restarts) > 2
        assert set(pool.restarts) == {"memory"}


def test_text_that_should_have_been_redacted_is_left_out_of_a_line_given_up():
    secret = {"redact": {"patterns": ["email"]}}
    loaded = config(filters=[secret])
    unparsed = Unparsed(build_renderers(loaded), byte_limit=20_000, send_limit=50)
    step = unparsed.render_unparsed([chunk_of(["ann@example.com did it"])], Trouble.CRASH)
    assert [text for _, text in messages(step)] == [LEFT_OUT]
    assert total(step).unparsed == {"worker_crash": 1}


def test_a_worker_that_ended_while_it_started_is_told_of_once_and_replaced():
    """Killed before it was ready, say by somebody who restarts everything; the other one works on."""
    import sys

    from logsource.render.poolchild import WorkerChild
    from logsource.render.poolwire import Kind, encode

    starts = []

    def first_stillborn():
        starts.append(1)
        if len(starts) == 1:
            return WorkerChild(
                [sys.executable, "-c", "raise SystemExit(3)"], encode(Kind.HELLO, "x" * 10_000)
            )
        return spawn()

    with closing(Pool(spawn=first_stillborn)) as pool:
        clock = SystemClock()
        end = clock.monotonic() + 60
        while not (pool.restarts and len(pool.pids) == 2):
            assert [text for _, text in messages(pool.render([chunk_of(numbered(300))]))] == numbered(300)
            assert clock.monotonic() < end, (pool.restarts, len(starts))
        assert pool.restarts == ["start"]
        assert len(starts) == 3


def test_closing_leaves_no_process_behind():
    pool = Pool()
    pool.render([chunk_of(["a"])])
    pids = pool.pids
    assert len(pids) == 2
    pool.close()
    pool.close()
    assert all(gone(pid) for pid in pids)
    assert pool.pids == []


def test_closing_does_not_wait_for_a_worker_that_hangs():
    """A step that fails in between leaves workers with jobs; closing ends them all the same."""
    pool = Pool(deadline=0.3)
    pool._slots[0].give(delicate_job("HANG"))
    pool._slots[1].give(delicate_job("x" * 3_000_000))
    pids = pool.pids
    pool.close()
    assert all(gone(pid) for pid in pids)


def delicate_job(text):
    from logsource.render.pooljob import Job

    return Job([chunk_of([text])])
