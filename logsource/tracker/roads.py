"""Which way events take: to the agent that runs here, to the process that owns the outbox, or into one's own.

    agent given and running ──▶ handed to it        else state_dir locked by another ──▶ handed to that process
                                                     else                             ──▶ this process owns it

An owner keeps its outbox until it is closed or dies; then the next process that tracks takes it, with what is in it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsource.config.show import mask_url
from logsource.errors import LogsourceError, StoreFull, StoreLocked
from logsource.store.layout import prepare
from logsource.tracker import client
from logsource.tracker.client import Gone
from logsource.tracker.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from logsource.model import Batch
    from logsource.tracker.handover import Answer
    from logsource.tracker.owner import Means

FIND_SECONDS = 10.0
"""How long to look for an owner: one that starts checks its outbox for up to three seconds, another may be closing."""
LOOK_AGAIN = 0.05
FULL_WAIT = 0.25
"""Longest wait for room before asking again; the owner may be another process, which does not ring here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where outboxes are."""

    state_dir: Path | None
    """Of this tracker; None: in memory."""
    agent_dir: Path | None = None
    """State directory of an agent that is asked first."""
    shared: bool = True
    """Whether the outbox may be another process's."""


class Roads:
    """Finds the way, and finds another when it ends. Thread-safe."""

    def __init__(self, means: Means, places: Places) -> None:
        self._means = means
        self._places = places
        self._clock = means.clock
        self._sends_to = mask_url(means.collector.url).rstrip("/")
        self._owner: Owner | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def open(self) -> None:
        """Begin to send what an earlier process left. Raises what opening an outbox raises."""
        self._anybody(lambda owner: owner.how(), client.ask)

    def commit(self, batches: Sequence[Batch], *, when_full: float) -> Answer:
        """Have batches committed, in one transaction, by whoever owns the outbox.

        `when_full`: seconds to wait for room. Raises StoreFull, StoreUnavailable, StoreLocked, StoreUnreadable;
        then nothing was accepted.
        """
        bodies = [batch.body for batch in batches]
        until = self._clock.monotonic() + when_full
        while True:
            try:
                return self._anybody(
                    lambda owner: owner.commit(batches),
                    lambda directory: client.hand_over(directory, bodies, sends_to=self._sends_to),
                )
            except StoreFull:
                left = until - self._clock.monotonic()
                if left <= 0:
                    raise
                self._wait_for_room(min(left, FULL_WAIT))

    def drain(self, seconds: float) -> Answer:
        """Wait until all that was committed is delivered: by this process, and by whom it was handed to."""
        until = self._clock.monotonic() + seconds
        owner = self._owner
        if owner is not None:
            answer = owner.drain(seconds)
            if not answer.drained or self._places.agent_dir is None:
                return answer
            seconds = max(0.0, until - self._clock.monotonic())
        return self._anybody(
            lambda owner: owner.drain(seconds), lambda directory: client.drain(directory, seconds)
        )

    def how(self) -> Answer:
        """How the owner is; this process, as long as it has events of its own beside an agent's."""
        owner = self._owner
        if owner is not None:
            answer = owner.how()
            if answer.events or self._places.agent_dir is None:
                return answer
        return self._anybody(lambda owner: owner.how(), client.ask)

    @property
    def hopeless(self) -> bool:
        """Whether this process sends, and is told that a person has to do something."""
        owner = self._owner
        return owner is not None and owner.hopeless

    def close(self, drain_seconds: float) -> bool:
        """Let go; True when this process owned nothing that is not delivered. Idempotent."""
        self._closed.set()
        with self._lock:
            owner, self._owner = self._owner, None
        return True if owner is None else owner.close(drain_seconds)

    def after_fork(self) -> None:
        """In a child: what is the parent's is forgotten."""
        owner, self._owner = self._owner, None
        self._lock = threading.Lock()
        closed, self._closed = self._closed.is_set(), threading.Event()
        if closed:
            self._closed.set()
        if owner is not None:
            owner.let_go_in_child()

    # -- inside --------------------------------------------------------------------------------

    def _anybody(self, own: Callable[[Owner], Answer], theirs: Callable[[Path], Answer]) -> Answer:
        """Ask the agent, else do it oneself, else ask the owner; until somebody is found."""
        until = self._clock.monotonic() + FIND_SECONDS
        while True:
            if self._closed.is_set():
                raise RuntimeError("the tracker is closed")
            for directory in self._others():
                try:
                    return theirs(directory)
                except Gone:
                    continue
            locked: LogsourceError | None = None
            try:
                owner = self._own()
            except StoreLocked as error:
                if not self._places.shared:
                    raise
                locked = error
            else:
                return own(owner)
            if self._clock.monotonic() >= until:
                raise StoreLocked(
                    f"{locked}\nIt takes no events over from other processes (an agent with --once, an earlier version, "
                    "or it hangs)"
                ) from locked
            self._closed.wait(LOOK_AGAIN)

    def _others(self) -> list[Path]:
        """Whom to ask before trying oneself."""
        places = self._places
        found = [] if places.agent_dir is None else [places.agent_dir]
        if self._owner is None and places.state_dir is not None and places.shared:
            found.append(places.state_dir)
        return found

    def _own(self) -> Owner:
        if self._owner is not None:
            return self._owner
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError("the tracker is closed")
            if self._owner is None:
                self._owner = self._opened()
            return self._owner

    def _opened(self) -> Owner:
        places = self._places
        if places.state_dir is None:
            return Owner.in_memory(self._means)
        if places.agent_dir is not None:
            # The agent's own directory must be private before anything is in it, or the agent would not make it so.
            prepare(places.agent_dir)
        return Owner.on_disk(self._means, places.state_dir)

    def _wait_for_room(self, seconds: float) -> None:
        owner = self._owner
        if owner is None:
            self._closed.wait(seconds)
        else:
            owner.wait_for_room(seconds)
