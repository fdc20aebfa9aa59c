"""From a source of the configuration to its input: streams, and what receives for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from logsource.config.addresses import parse_address
from logsource.model import Checkpoint
from logsource.tail.alike import RENDERED
from logsource.tail.api import TailEvent
from logsource.tail.inputs.inbox import Inbox
from logsource.tail.inputs.journal import JournalRecords
from logsource.tail.inputs.journalctl import JournalReceiver
from logsource.tail.inputs.records import MessageRecords, RawRecords
from logsource.tail.inputs.stdin import StdinReceiver
from logsource.tail.inputs.stream import Stream
from logsource.tail.inputs.syslog import Listener, SyslogReceiver
from logsource.tail.inputs.tls import Certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logsource.clock import Clock
    from logsource.config.model import SourceConfig
    from logsource.tail.inputs.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every input is given."""

    clock: Clock
    ring: Callable[[], None]
    """Makes the pipeline look; called from receiving threads."""
    block_size: int
    once: bool
    new_id: Callable[[], str]
    stdin: int | None
    on_event: Callable[[TailEvent], None]
    """Belongs to the pipeline's thread; `report` is for the receiving ones."""
    later: Callable[[Callable[[], None]], None]
    """Have something done by the pipeline's thread; called from receiving threads."""

    def report(self, event: TailEvent) -> None:
        """Tell whoever listens, from any thread."""
        self.later(partial(self.on_event, event))

    def trouble(self, config: SourceConfig, path: str, trouble: str) -> None:
        """Report that nothing is received from a path, or (with an empty text) that it is again."""
        kind = "unreadable" if trouble else "readable"
        self.report(TailEvent(kind=kind, source=config.name, path=path, detail=trouble))

    def inbox(self, config: SourceConfig, receiver: Receiver, *, delimiter: int = 0) -> Inbox:
        """Make an inbox that a receiver fills; see `Inbox` for `delimiter`."""
        return Inbox(
            config.buffer,
            clock=self.clock,
            ring=self.ring,
            block_size=self.block_size,
            on_room=receiver.nudge,
            delimiter=delimiter,
        )


@dataclass(slots=True, kw_only=True)
class Input:
    """One source."""

    config: SourceConfig
    streams: list[Stream]
    inboxes: list[Inbox]
    receiver: Receiver | None
    old: list[Checkpoint]
    """Rows of earlier runs, to be forgotten."""

    def stop(self, *, sweep: bool = False) -> None:
        """Receive no more; idempotent."""
        if self.receiver is not None:
            self.receiver.close(sweep=sweep)
        for inbox in self.inboxes:
            if not inbox.closed:
                inbox.close()


def build_input(config: SourceConfig, rows: Sequence[Checkpoint], around: Surroundings) -> Input:
    """Make the input of a source; `rows` are the checkpoints that stand under its name."""
    return _BUILDERS[config.type](config, [row for row in rows if row.state.get("input")], around)


def received_alike(one: SourceConfig, other: SourceConfig) -> bool:
    """Whether an input may go on unchanged when its source's configuration becomes `other`."""
    return _concerns(one) == _concerns(other)


def _concerns(config: SourceConfig) -> tuple[object, ...]:
    return config.model_dump(exclude=set(RENDERED)), wants_entries(config)


def wants_entries(config: SourceConfig) -> bool:
    """Whether the parser is given whole entries of the journal instead of their messages."""
    return (config.record or ("entry" if config.parser == "journald" else "message")) == "entry"


def _stdin(config: SourceConfig, rows: Sequence[Checkpoint], around: Surroundings) -> Input:
    receiver = StdinReceiver(around.stdin)
    inbox = receiver.inbox = around.inbox(config, receiver)
    stream = Stream(
        source=config.name,
        kind="stdin",
        path="stdin",
        file_id=around.new_id(),
        inbox=inbox,
        records=RawRecords(inbox, config),
        trouble=partial(getattr, receiver, "trouble"),
        idle_after=config.multiline.flush_after if config.multiline else math.inf,
    )
    return _finished(config, ([stream], [inbox], receiver), rows, around)


def _syslog(config: SourceConfig, rows: Sequence[Checkpoint], around: Surroundings) -> Input:
    receiver = SyslogReceiver(max_message=config.max_line, max_connections=config.max_connections)
    listeners, streams, inboxes = [], [], []
    certificates = Certificates(config.tls) if config.tls is not None else None
    for text in config.listen:
        inbox = around.inbox(config, receiver, delimiter=1)
        records = MessageRecords(inbox)
        listener = Listener(parse_address(text), text, inbox, records, certificates)
        stream = Stream(
            source=config.name,
            kind="syslog",
            path=text,
            file_id=around.new_id(),
            inbox=inbox,
            records=records,
            trouble=partial(getattr, listener, "trouble"),
            detail=partial(getattr, listener, "bound"),
        )
        listeners.append(listener)
        streams.append(stream)
        inboxes.append(inbox)
    if around.once:  # nothing is there before somebody listens
        for inbox in inboxes:
            inbox.close()
        return _finished(config, (streams, inboxes, None), rows, around)
    receiver.listeners = listeners
    receiver.on_listener = lambda one: around.trouble(config, one.text, one.trouble)
    receiver.on_refused = lambda one, why: around.report(
        TailEvent(kind="connection_refused", source=config.name, path=one.text, detail=why)
    )
    receiver.on_many = lambda one, many: around.report(
        TailEvent(
            kind="connections_full", source=config.name, path=one.text, detail=f"{many}; further senders wait"
        )
    )
    return _finished(config, (streams, inboxes, receiver), rows, around)


def _journald(config: SourceConfig, rows: Sequence[Checkpoint], around: Surroundings) -> Input:
    # One row, written by every commit of this source; more than one cannot be, and the furthest is right then.
    row = max(
        (one for one in rows if one.state["input"] == "journald"), key=attrgetter("offset"), default=None
    )
    cursor = None if row is None else row.state.get("cursor")
    receiver = JournalReceiver(
        str(config.journalctl),
        config.matches,
        cursor=cursor,
        from_end=config.start_at == "end",
        once=around.once,
        which=_journal_of(config),
    )
    inbox = receiver.inbox = around.inbox(config, receiver, delimiter=1)
    stream = Stream(
        source=config.name,
        kind="journald",
        path="journald",
        file_id=around.new_id() if row is None else row.file_id,
        offset=0 if row is None else row.offset,
        inbox=inbox,
        records=JournalRecords(inbox, entries=wants_entries(config)),
        trouble=partial(getattr, receiver, "trouble"),
        state={} if cursor is None else {"cursor": cursor},
        repeats=True,
    )
    receiver.on_begin = lambda found: around.later(lambda: stream.begin({"cursor": found}))
    return _finished(config, ([stream], [inbox], receiver), rows, around)


def _journal_of(config: SourceConfig) -> list[str]:
    """Options that say which journal to read."""
    options = []
    if config.journal_directory is not None:
        options.append(f"--directory={config.journal_directory}")
    if config.journal_namespace:
        options.append(f"--namespace={config.journal_namespace}")
    return options


def _finished(
    config: SourceConfig,
    parts: tuple[list[Stream], list[Inbox], Receiver | None],
    rows: Sequence[Checkpoint],
    around: Surroundings,
) -> Input:
    """Put the parts together; the rows of streams that are no more are forgotten."""
    streams, inboxes, receiver = parts
    if receiver is not None:
        receiver.full = lambda: any(inbox.full for inbox in inboxes)
        path = streams[0].path
        receiver.on_trouble = lambda trouble: around.trouble(config, path, trouble)
    kept = {stream.file_id for stream in streams}
    old = [
        Checkpoint(file_id=row.file_id, source=row.source, offset=row.offset, state={})
        for row in rows
        if row.file_id not in kept
    ]
    return Input(config=config, streams=streams, inboxes=inboxes, receiver=receiver, old=old)


_BUILDERS: dict[str, Callable[[SourceConfig, Sequence[Checkpoint], Surroundings], Input]] = {
    "stdin": _stdin,
    "syslog": _syslog,
    "journald": _journald,
}
