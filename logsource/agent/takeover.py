"""A new configuration in the place of the old one, or nothing at all.

build      stage (parsers, schemas), output (TLS), worker processes, new sources   may fail: nothing has changed
use        each part that only has to be told                                      may fail: told the old one again
follow     files and inputs: what reads as before goes on                          does not fail
let go     of the old stage and the old output                                     may fail: said, and that is all

What reads as before keeps its descriptors and its positions either way.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from logsource.agent.inputs import positions
from logsource.agent.wiring import join_small

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from logsource.config.model import Config, SourceConfig
    from logsource.emit.api import Output
    from logsource.emit.emitter import Emitter
    from logsource.model import Checkpoint
    from logsource.pipeline import Pipeline
    from logsource.render.stage import Stage
    from logsource.store.api import Storage

log = logging.getLogger("logsource.agent")


@dataclass(frozen=True, slots=True)
class InUse:
    """A configuration and what was built of it."""

    config: Config
    stage: Stage
    output: Output

    def let_go(self) -> None:
        """Close what was built, each part even if another cannot be."""
        with ExitStack() as last:
            last.callback(self.output.close)
            last.callback(self.stage.close)


class Followed(Protocol):
    """The part of tail that is asked for another set of sources."""

    def prepare(
        self, sources: Sequence[SourceConfig], checkpoints: Sequence[Checkpoint]
    ) -> Callable[[], None]:
        """Build what is new; see `Tailer.prepare`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """Replaces what is in use. One thread calls it, the one that reads, between two steps."""

    stage: Callable[[Config], Stage]
    output: Callable[[Config], Output]
    settle: Callable[[], None]
    """Commit what tail knows and did not say yet, so that the positions of the store are those of tail."""
    tail: Followed
    store: Storage
    told: Sequence[Callable[[InUse], None]]
    """Parts that are told what is in use now. Being told again of the old one undoes it."""

    def __call__(self, old: InUse, config: Config) -> InUse:
        """Use another configuration, and return what was built of it. Raises anything; then the old one is in use."""
        with ExitStack() as undo:
            stage = self.stage(config)
            undo.callback(stage.close)
            output = self.output(config)
            undo.callback(output.close)
            new = InUse(config, stage, output)
            self.settle()
            follow = self.tail.prepare(config.sources, positions(config, self.store))
            stage.start()
            undo.callback(self._undo, old)
            for tell in self.told:
                tell(new)
            follow()
            undo.pop_all()
        try:
            old.let_go()
        except Exception:
            log.exception("event=old_configuration_not_closed")
        return new

    def _undo(self, old: InUse) -> None:
        for tell in self.told:
            try:
                tell(old)
            except Exception:
                log.exception("event=reload_not_undone")


def tellings(
    pipeline: Pipeline, emitter: Emitter, store: Storage, configured: Iterable[Callable[[Config], None]]
) -> list[Callable[[InUse], None]]:
    """Whom a `Takeover` tells; `configured` are told of the configuration alone."""
    parts: list[Callable[[InUse], None]] = [
        lambda now: pipeline.use(now.stage),
        lambda now: emitter.use(now.output, now.config.collector.retry),
        lambda now: join_small(store, now.config),
    ]
    return [*parts, *(partial(_tell_config, tell) for tell in configured)]


def _tell_config(tell: Callable[[Config], None], now: InUse) -> None:
    tell(now.config)
