"""`agent.workers`: the rendering stage of an agent, in this process or in several."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from logsource.agent.renderers import host_name
from logsource.model import Reject
from logsource.parse.packs import PackIndex
from logsource.parse.resolve import runs_foreign_code
from logsource.render.pool import WorkerPool
from logsource.render.poolchild import WorkerChild
from logsource.render.poolwire import Kind, encode
from logsource.render.stage import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logsource.clock import Clock
    from logsource.config.model import Config
    from logsource.model import Chunk, JSONValue
    from logsource.render.pooljob import Trouble
    from logsource.render.source import SourceRenderer
    from logsource.render.stage import RenderedStep


def build_stage(
    config: Config,
    renderers: Mapping[str, SourceRenderer],
    *,
    clock: Clock,
    on_restart: Callable[[str], None],
    on_wait: Callable[[], None],
) -> InProcess | WorkerPool:
    """With one worker, render here; with more, start that many processes when the pool is started.

    Plugins are rendered in a process of their own even then: theirs may hang, crash or grow, and is ended for it.
    """
    limits = {"byte_limit": config.collector.byte_limit_post, "send_limit": config.collector.send_limit}
    here = InProcess(renderers, **limits)
    at_home = {name for name, renderer in renderers.items() if renderer.remembers}
    if config.agent.workers == 1:
        at_home |= renderers.keys() - foreign_sources(config)
        if len(at_home) == len(renderers):
            return here
    hello = encode(Kind.HELLO, describe(config))
    return WorkerPool(
        lambda: WorkerChild(command(), hello),
        workers=config.agent.workers,
        at_home=here,
        stateful=at_home,
        survivors=Unparsed(renderers, **limits),
        clock=clock,
        on_restart=on_restart,
        on_wait=on_wait,
    )


def foreign_sources(config: Config) -> set[str]:
    """Names of the sources whose lines go through a plugin."""
    index = PackIndex(config.pack_dirs)
    return {source.name for source in config.sources if runs_foreign_code(source.parser, config, index)}


def command() -> list[str]:
    """Start a fresh interpreter that finds the modules we find: a fork would copy our threads' locks."""
    paths = [
        path for path in sys.path if path
    ]  # without the current directory: it is no place to import from
    return [sys.executable, "-P", "-c", _BOOT.format(paths=paths)]


# Nothing that is imported is garbage; the worker collects it again when it is ready.
_BOOT = (
    "import gc, sys; gc.disable(); sys.path[:] = {paths!r}; from logsource.agent.worker import main; main()"
)


def describe(config: Config) -> JSONValue:
    """What a worker has to know, as JSON; secrets of the way to the collector are none of its business."""
    known = config.model_copy(
        update={
            "agent": config.agent.model_copy(update={"name": host_name(config)}),
            "collector": config.collector.model_copy(update={"url": "http://localhost", "headers": {}}),
        }
    )
    return known.model_dump(mode="json", by_alias=True)


class Unparsed:
    """Makes of a record that no worker survives what its source makes of records that no pattern matches."""

    def __init__(self, renderers: Mapping[str, SourceRenderer], *, byte_limit: int, send_limit: int) -> None:
        self._renderers = renderers
        self._byte_limit = byte_limit
        self._send_limit = send_limit

    def render_unparsed(self, chunks: Sequence[Chunk], trouble: Trouble) -> RenderedStep:
        """Render without parsing or filtering."""
        reject = Reject(trouble.reason, "no worker survived it")
        plain = {chunk.source: self._renderers[chunk.source].without_parser(reject) for chunk in chunks}
        return InProcess(plain, byte_limit=self._byte_limit, send_limit=self._send_limit).render(chunks)
