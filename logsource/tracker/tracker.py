"""Tracking events from Python code: judged, committed to an outbox, sent by threads of its own.

    with Tracker("https://collector.example.com", app_id="shop", state_dir="/var/lib/shop/track") as tracker:
        tracker.self_describing("iglu:com.acme/order/jsonschema/1-0-0", {"id": 7})

When `track` returns, the event is in the outbox and outlives the process. It is sent at once, again and again if need
be, always under the same id; what a process left is sent by the next one with the same `state_dir`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack
from uuid import UUID, uuid4

from logsource.errors import ConfigError, EventInvalid
from logsource.event.validate import Validators
from logsource.tracker.bodies import groups
from logsource.tracker.build import Builder, Built, Common
from logsource.tracker.forks import remember
from logsource.tracker.owner import MAX_SIZE, Means
from logsource.tracker.roads import Places, Roads
from logsource.tracker.settings import collector_of, problems_of, read_config, resolver_of
from logsource.tracker.values import Event, PageView, ScreenView, SelfDescribing, Structured

if TYPE_CHECKING:
    import os
    import random
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from logsource.clock import Clock
    from logsource.config.model import CollectorConfig
    from logsource.model import JSONValue
    from logsource.tracker.build import UnknownSchemas
    from logsource.tracker.collector import Collector
    from logsource.tracker.handover import Answer
    from logsource.tracker.told import OnDelivered, OnFailed
    from logsource.tracker.values import About, Body, Platform, Subject

    AnyPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an outbox and its sender are."""

    waiting: int
    """Events that are accepted and not delivered."""
    dead: int
    """Events that the collector refused, kept for `logsource dead`."""
    trouble: str
    """Why nothing is being delivered; empty when delivery goes on."""
    sender: Literal["self", "tracker", "agent"]
    """Who sends: this process, another one that owns the outbox, or the agent."""
    pid: int
    sends_to: str
    """Address of the collector, without secrets."""


class Tracker:
    """Tracks events. Thread-safe; may be used on both sides of a fork.

    `collector`: its base address, or a `Collector` with everything that can be said about it (method, limits, retry,
    headers, TLS). `state_dir`: directory of the outbox, made with mode 0700; all processes that name it share
    it, the first one sends. None keeps the outbox in memory: what is unsent when the process ends is lost.

    Events are judged as the pipeline will judge them, before they are stored; self-describing data against its schema
    where that is known: from `schemas` (static Iglu repositories, directories of packs), from the registries of the
    resolver configuration `resolver`, from what comes with logsource. A registry over HTTP is asked when a schema is
    first needed, for five seconds at most; one that cannot be asked counts as not having it, and is left alone a while.

    `when_full`: seconds to wait for room in an outbox of `max_size` bytes; 0: StoreFull at once. `sync="full"`: accepted
    events survive the loss of power, too, at the price of an fsync each.
    `on_delivered`, `on_failed`: told of events that this process sent, by the threads that send; must not block.
    `shared=False`: StoreLocked when another process has the outbox, instead of handing events over to it.

    Raises ConfigError, StoreUnreadable, StoreUnavailable and StoreLocked (all of them LogsourceError).
    """

    def __init__(
        self,
        collector: str | Collector | CollectorConfig,
        *,
        state_dir: AnyPath | None,
        app_id: str | None = None,
        namespace: str | None = None,
        platform: Platform | None = None,
        subject: Subject | None = None,
        entities: Sequence[SelfDescribing] = (),
        schemas: Sequence[AnyPath] = (),
        resolver: AnyPath | None = None,
        unknown_schemas: UnknownSchemas = "accept",
        when_full: float = 0.0,
        max_size: int = MAX_SIZE,
        sync: Literal["normal", "full"] = "normal",
        shared: bool = True,
        on_delivered: OnDelivered | None = None,
        on_failed: OnFailed | None = None,
        agent_dir: AnyPath | None = None,
        vendor: str = "",
        clock: Clock | None = None,
        random: random.Random | None = None,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        """`agent_dir`: state directory of an agent that is handed the events while it runs (see `from_config`).

        `vendor`: schemas of logsource are known under this vendor as well. `clock`, `random`, `new_id`: for tests.
        """
        problems = problems_of(
            state_dir=state_dir,
            max_size=max_size,
            sync=sync,
            when_full=when_full,
            unknown_schemas=unknown_schemas,
        )
        try:
            settings = collector_of(collector, app_id=app_id, namespace=namespace, platform=platform)
        except ConfigError as error:
            raise ConfigError([*error.problems, *problems]) from None
        if problems:
            raise ConfigError(problems)
        more: dict[str, Any] = {} if clock is None else {"clock": clock}
        if random is not None:
            more["random"] = random
        means = Means(
            collector=settings,
            max_size=max_size,
            sync=sync,
            on_delivered=on_delivered,
            on_failed=on_failed,
            **more,
        )
        common = Common(subject=subject, entities=tuple(entities), unknown_schemas=unknown_schemas)
        directories = [Path(one) for one in schemas]
        resolver_file = None if resolver is None else Path(resolver)

        def make_builder() -> Builder:
            validators = Validators(resolver_of(directories, resolver_file, vendor, means.clock))
            return Builder(settings, common, validators=validators, clock=means.clock, new_id=new_id)

        self._make_builder = make_builder
        self._builder: Builder | None = make_builder()
        self._collector = settings
        self._when_full = when_full
        places = Places(
            state_dir=None if state_dir is None else Path(state_dir).absolute(),
            agent_dir=None if agent_dir is None else Path(agent_dir).absolute(),
            shared=shared,
        )
        self._accepted_by: Status | None = None
        self._roads = Roads(means, places)
        self._roads.open()
        self._closed = False
        remember(self)

    @classmethod
    def from_config(cls, path: AnyPath | None = None, **options: Any) -> Self:
        """A tracker for a machine on which the agent runs: its configuration file says where events go.

        Events are handed to the agent while it runs; while it does not, they go into an outbox of their own, in
        `tracker` below `agent.state_dir`, and this process sends them. Run it as the agent's user. `path`: the file;
        None: where the agent looks for it. Other options as those of `Tracker`; they win.

        Raises ConfigError with every problem of the file.
        """
        config = read_config(path)
        known: dict[str, Any] = {
            "state_dir": config.agent.state_dir / "tracker",
            "agent_dir": config.agent.state_dir,
            "schemas": config.pack_dirs,
            "resolver": config.schemas.resolver,
            "vendor": config.schemas.vendor,
            "sync": config.outbox.sync,
        }
        return cls(config.collector, **{**known, **options})

    # -- tracking ------------------------------------------------------------------------------

    def track(self, event: Event) -> str:
        """Accept an event; its id. When this returns, the event is committed.

        Raises EventInvalid with all that is wrong with it, StoreFull (see `when_full`), StoreUnavailable, StoreLocked:
        then it was not accepted. Of a process that owns the outbox and hangs (StoreUnavailable, no answer) nobody knows;
        an event that may be tracked again should have `event_id` and `created`.
        """
        built = self._build(event)
        self._commit([built])
        return built.event_id

    def track_all(self, events: Iterable[Event]) -> list[str]:
        """Accept many events, many in one transaction; their ids. If one of them is invalid, none is accepted.

        Raises as `track`; when the outbox is full after some were accepted, tracking the same events again (with
        `event_id` and `created`) doubles none of them in the warehouse.
        """
        built: list[Built] = []
        problems: list[str] = []
        for number, event in enumerate(events):
            try:
                built.append(self._build(event))
            except EventInvalid as error:
                problems += [f"events[{number}]: {problem}" for problem in error.problems]
        if problems:
            raise EventInvalid(problems)
        self._commit(built)
        return [one.event_id for one in built]

    def self_describing(self, schema: str, data: Mapping[str, JSONValue], **about: Unpack[About]) -> str:
        """Track data of your own. `about`: the other members of `Event`, here and in the methods below."""
        return self._short(SelfDescribing(schema, data), about)

    def page_view(
        self, url: str, title: str | None = None, referrer: str | None = None, **about: Unpack[About]
    ) -> str:
        """Track that somebody looked at a page."""
        return self._short(PageView(url, title, referrer), about)

    def struct(
        self,
        category: str,
        action: str,
        label: str | None = None,
        property: str | None = None,  # noqa: A002 - the protocol's word
        value: float | Decimal | None = None,
        **about: Unpack[About],
    ) -> str:
        """Track a structured event."""
        return self._short(Structured(category, action, label, property, value), about)

    def screen_view(
        self,
        name: str,
        id: str | UUID | None = None,  # noqa: A002 - as in the schema
        **about: Unpack[About],
    ) -> str:
        """Track that somebody looked at a screen; for more about it: `track(Event(body=ScreenView(…)))`."""
        return self._short(ScreenView(name, id), about)

    # -- sending -------------------------------------------------------------------------------

    def flush(self, timeout: float) -> bool:
        """Wait until all that was accepted before is delivered, `timeout` seconds at most; whether it is.

        Sending needs no flush. What the collector refused for good counts as done: it is in the dead letters.
        """
        return self._roads.drain(timeout).drained

    def status(self) -> Status:
        """How the outbox is; asks the process that owns it."""
        return _status(self._roads.how())

    @property
    def accepted_by(self) -> Status | None:
        """Who committed the newest event (`waiting` says how many with it); None before the first."""
        return self._accepted_by

    @property
    def hopeless(self) -> bool:
        """Whether this process sends, and the last answer will not change before somebody does something."""
        return self._roads.hopeless

    def close(self, timeout: float | None = None) -> bool:
        """Go on sending for `timeout` seconds (default: `drain_timeout` of the collector), then let go; idempotent.

        Whether all was delivered. What was not stays in the outbox, if that is on disk.
        """
        self._closed = True
        builder, self._builder = self._builder, None
        if builder is not None:
            builder.close()
        return self._roads.close(self._collector.drain_timeout if timeout is None else timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> object:
        raise TypeError(
            "a Tracker cannot be pickled; make one in each process: those with the same state_dir share an outbox"
        )

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            warnings.warn("a Tracker was not closed", ResourceWarning, stacklevel=2, source=self)
            self._closed = True
            self._roads.close(0.0)

    # -- forks and exit ------------------------------------------------------------------------

    def after_fork(self) -> None:
        """In a child process: begin anew."""
        self._builder = None  # its locks may be held by threads that do not exist here
        self._roads.after_fork()

    def at_exit(self) -> None:
        """The interpreter ends, and nobody closed the tracker."""
        self.close()

    # -- inside --------------------------------------------------------------------------------

    def _short(self, body: Body, about: About) -> str:
        return self.track(Event(body=body, **about))

    def _build(self, event: Event) -> Built:
        if self._closed:
            raise RuntimeError("the tracker is closed")
        builder = self._builder
        if builder is None:
            builder = self._builder = self._make_builder()
        return builder.build(event)

    def _commit(self, built: Sequence[Built]) -> None:
        for batches in groups([one.text for one in built], self._collector):
            self._accepted_by = _status(self._roads.commit(batches, when_full=self._when_full))


def _status(answer: Answer) -> Status:
    sender: Any = answer.who
    return Status(
        waiting=answer.events,
        dead=answer.dead,
        trouble=answer.trouble,
        sender=sender,
        pid=answer.pid,
        sends_to=answer.sends_to,
    )
