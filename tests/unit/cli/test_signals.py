"""A signal comes between any two steps of the main thread, also while that holds a lock."""

from __future__ import annotations

import signal
import threading

import pytest

from logsource.cli.signals import Signals


@pytest.fixture
def number():
    before = signal.getsignal(signal.SIGUSR1)
    yield signal.SIGUSR1
    signal.signal(signal.SIGUSR1, before)


def test_an_event_is_set_although_its_lock_was_held_when_the_signal_came(number):
    stop = threading.Event()
    Signals().on([number], stop.set)
    with stop._cond:  # as `wait` does for a moment
        signal.raise_signal(number)
        assert not stop.is_set(), "the handler set it itself: it would have waited for this very lock"
    assert stop.wait(60)


def test_each_signal_is_heard(number):
    heard, count = threading.Event(), []

    def hear():
        count.append(1)
        if len(count) == 100:
            heard.set()

    Signals().on([number], hear)
    for _ in range(100):
        signal.raise_signal(number)
    assert heard.wait(60)
