"""From a configuration to the renderers of its sources; all that a parsing process needs of the house."""

from __future__ import annotations

import platform
import socket
from typing import TYPE_CHECKING

from logsource.errors import ConfigError, PackError
from logsource.event.payload import HOST, EventFrame
from logsource.parse.packs import PackIndex
from logsource.render.build import build_renderer

if TYPE_CHECKING:
    from logsource.config.model import Config, SourceConfig
    from logsource.model import JSONValue
    from logsource.render.source import SourceRenderer


def host_name(config: Config) -> str:
    """Name of this machine in every event."""
    return config.agent.name or socket.gethostname()


def build_renderers(config: Config) -> dict[str, SourceRenderer]:
    """A renderer for each source. Raises ConfigError naming every parser that cannot be built."""
    index = PackIndex(config.pack_dirs)
    renderers: dict[str, SourceRenderer] = {}
    problems: list[str] = []
    for source in config.sources:
        try:
            frame = build_frame(config, source)
            renderers[source.name] = build_renderer(config, source, index, frame)
        except PackError as error:
            problems.append(f"source {source.name}: {error}")
    if problems:
        raise ConfigError(problems)
    return renderers


def build_frame(config: Config, source: SourceConfig) -> EventFrame:
    """What all events of a source have in common."""
    collector = config.collector
    return EventFrame(
        source=source.name,
        host=host_name(config),
        platform=collector.platform,
        namespace=collector.namespace,
        app_id=collector.app_id,
        base64=collector.base64,
        entities=(*host_entity(config), *entities(source.context)),
    )


def host_entity(config: Config) -> list[JSONValue]:
    """The entity `host`, if it is wanted. Only what stays: a line that is read again must have the same payload."""
    agent = config.agent
    if not agent.host_entity:
        return []
    data: dict[str, JSONValue] = {
        "name": host_name(config),
        "os": platform.system().lower() or "unknown",
        "arch": platform.machine().lower() or "unknown",
    }
    if agent.labels:
        data["labels"] = [{"name": name, "value": value} for name, value in sorted(agent.labels.items())]
    return entities({HOST: data})


def entities(context: dict[str, JSONValue]) -> list[JSONValue]:
    """Self-describing JSONs of a source's `context`: Iglu URI → data."""
    return [{"schema": schema, "data": data} for schema, data in context.items()]
