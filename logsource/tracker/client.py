"""The other side: handing events to the process that owns an outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsource.errors import LogsourceError, StoreFull, StoreUnavailable
from logsource.store.sockets import connect_in
from logsource.tracker.handover import SOCKET, Answer, Garbled, Request, parse_answer, read_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ANSWER_SECONDS = 30.0
"""Longest wait for an answer: a commit may wait for a disk, and for SQLite's other writers."""


class Gone(Exception):
    """No error: somebody else has to be found, or oneself. Nobody takes events over there (any more). What was sent may be committed or not: send it again, with its ids."""


def hand_over(state_dir: Path, bodies: Sequence[bytes], *, sends_to: str) -> Answer:
    """Have bodies committed by the owner of an outbox.

    Raises Gone, StoreFull, StoreUnavailable (its disk, or another user's directory), LogsourceError (refused).
    """
    return _asked(state_dir, Request(op="commit", bodies=bodies, sends_to=sends_to), ANSWER_SECONDS)


def drain(state_dir: Path, seconds: float) -> Answer:
    """Wait until what the owner has committed is delivered. Raises Gone, StoreUnavailable."""
    return _asked(state_dir, Request(op="drain", seconds=seconds), seconds + ANSWER_SECONDS)


def ask(state_dir: Path) -> Answer:
    """How the owner is. Raises Gone, StoreUnavailable."""
    return _asked(state_dir, Request(op="ask"), ANSWER_SECONDS)


def _asked(state_dir: Path, request: Request, seconds: float) -> Answer:
    try:
        connection = connect_in(state_dir, SOCKET, seconds=seconds)
    except PermissionError as error:
        raise StoreUnavailable(
            f"{state_dir}: belongs to another user; run this as that user or, if it is an agent's, as a member of its "
            "agent.track_group, or choose a directory of your own"
        ) from error
    if connection is None:
        raise Gone
    try:
        with connection:
            request.send(connection)
            line = read_line(connection)
    except TimeoutError as error:
        raise StoreUnavailable(
            f"{state_dir / SOCKET}: no answer within {seconds:g} s; the process that listens there hangs"
        ) from error
    except OSError as error:
        raise Gone from error
    except Garbled as error:
        raise LogsourceError(f"{state_dir / SOCKET}: {error}") from error
    if not line:
        raise Gone
    return _judged(state_dir, line)


def _judged(state_dir: Path, line: bytes) -> Answer:
    where = state_dir / SOCKET
    try:
        answer = parse_answer(line)
    except Garbled as error:
        raise LogsourceError(f"{where}: {error}") from error
    if answer.ok:
        return answer
    said = f"the {answer.who} (pid {answer.pid}) that owns {state_dir}"
    if answer.reason == "closing":
        raise Gone
    if answer.reason == "full":
        raise StoreFull(f"{said}: {answer.detail}")
    if answer.reason == "unavailable":
        raise StoreUnavailable(f"{said}: {answer.detail}")
    if answer.reason == "other_collector":
        raise LogsourceError(f"{state_dir}: {answer.detail}; one state directory serves one collector")
    raise LogsourceError(f"{said} takes no events from here: {answer.detail}")
