"""Somebody else's parser, with its mistakes contained."""

from __future__ import annotations

import logging
from typing import Protocol

import orjson

from logsource.model import Line, Record, Reject

_log = logging.getLogger("logsource.parse")


class PluginObject(Protocol):
    """What a plugin gives us."""

    def parse(self, line: Line) -> object:
        """Turn one record into a Record, a Reject or None; checked, because the code is not ours."""
        ...


class PluginParser:
    """Gives a plugin the manners of our own parsers: a name, no exceptions, JSON only."""

    def __init__(self, name: str, plugin: PluginObject) -> None:
        self.name = name
        self.remembers = bool(getattr(plugin, "remembers", False))
        """A plugin that is no pure function of the line may say so: then it stays in the main process."""
        self._plugin = plugin
        self._complained = False

    def parse(self, line: Line) -> Record | Reject | None:
        """Give what the plugin gives; an exception or a wrong type becomes a Reject of reason plugin_error."""
        try:
            result = self._plugin.parse(line)
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything; the agent must go on
            if not self._complained:
                self._complained = True
                _log.warning("event=plugin_error parser=%s", self.name, exc_info=True)
            return Reject("plugin_error", f"{type(error).__name__}: {error}"[:300])
        if result is None or isinstance(result, Reject):
            return result
        if not isinstance(result, Record):
            return Reject("plugin_error", f"parse returned {type(result).__name__}, not a Record")
        for entity in result.entities:
            if not isinstance(entity, dict) or set(entity) != {"schema", "data"}:
                return Reject("plugin_error", "an entity of the record is no {schema, data}")
        try:
            orjson.dumps([result.data, *result.entities])
        except TypeError as error:
            return Reject("plugin_error", f"the data of the record is not JSON: {error}")
        return result
