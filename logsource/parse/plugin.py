"""Somebody else's parser, with its mistakes contained: exceptions, endless loops, wrong values, what it does later."""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING, Any, Protocol

from logsource.errors import PackError
from logsource.model import Line, Record, Reject
from logsource.parse.pluginresult import ResultChecker
from logsource.parse.pluginwatch import PluginTimeoutError, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

TIMEOUT = 1.0
"""Seconds one record may take, unless the plugin's attribute `timeout` says otherwise."""
MAX_TIMEOUT = 8.0
"""Below the time after which a worker process is taken for hung."""
_log = logging.getLogger("logsource.parse")


class PluginObject(Protocol):
    """What a plugin gives us."""

    def parse(self, line: Line) -> object:
        """Turn one record into a Record, a Reject or None; checked, because the code is not ours."""
        ...


class PluginParser:
    """Gives a plugin the manners of our own parsers: a name, no exceptions, an end, and only what can be sent."""

    foreign = True
    """Code that is not ours: the agent runs it in a process that it can end."""

    def __init__(
        self,
        name: str,
        plugin: PluginObject,
        *,
        find_schema: Callable[[str], Mapping[str, Any] | None] = lambda _uri: None,
    ) -> None:
        """Raises PackError when the plugin's attributes are not what they should be."""
        self.name = name
        self.remembers = bool(getattr(plugin, "remembers", False))
        """A plugin that is no pure function of the line may say so: then it stays in the main process."""
        self.timeout = _timeout(getattr(plugin, "timeout", TIMEOUT))
        self._plugin = plugin
        self._watch = Watch(self.timeout)
        self._checker = ResultChecker(find_schema)
        self._complained: set[type[BaseException]] = set()

    def parse(self, line: Line) -> Record | Reject | None:
        """Give what the plugin gives; a mistake becomes a Reject of reason plugin_error or plugin_timeout."""
        try:
            return self._watch.run(self._parse, line)
        except PluginTimeoutError:
            detail = f"parse took more than {self.timeout:g} s"
            if PluginTimeoutError not in self._complained:
                self._complained.add(PluginTimeoutError)
                _log.warning(
                    "event=plugin_timeout parser=%s offset=%d detail=%r", self.name, line.offset, detail
                )
            return Reject("plugin_timeout", detail)
        except KeyboardInterrupt as error:
            if _from_a_person():
                raise
            return self._failed(error)
        except BaseException as error:  # noqa: BLE001 - sys.exit() in a plugin must not end the agent either
            return self._failed(error)

    def _parse(self, line: Line) -> Record | Reject | None:
        """What the plugin gives may be objects of its own classes, so even looking at them runs its code."""
        return self._checker.checked(self._plugin.parse(line))

    def _failed(self, error: BaseException) -> Reject:
        if type(error) not in self._complained:  # once for each kind: a log may have millions of such lines
            self._complained.add(type(error))
            _log.warning("event=plugin_error parser=%s", self.name, exc_info=error)
        return Reject("plugin_error", f"{type(error).__name__}: {_text(error)}"[:300])


def load_plugin(
    entry_point: EntryPoint, *, find_schema: Callable[[str], Mapping[str, Any] | None] = lambda _uri: None
) -> PluginParser:
    """Import a plugin. Raises PackError, complete and meant for a person."""
    where = f"parser plugin {entry_point.name} ({entry_point.value})"
    try:
        loaded: Any = entry_point.load()
        made = loaded if hasattr(loaded, "parse") and not isinstance(loaded, type) else loaded()
    except KeyboardInterrupt as error:
        if _from_a_person():
            raise
        raise PackError(f"{where}: {error!r}") from error
    except BaseException as error:
        raise PackError(f"{where}: {error!r}") from error
    if not callable(getattr(made, "parse", None)):
        raise PackError(f"{where} has no method parse(line)")
    try:
        return PluginParser(entry_point.name, made, find_schema=find_schema)
    except PackError as error:
        raise PackError(f"{where}: {error}") from error


def _timeout(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_TIMEOUT:
        return float(value)
    raise PackError(f"timeout must be seconds from 0 to {MAX_TIMEOUT:g}, not {value!r}")


def _from_a_person() -> bool:
    """Whether a KeyboardInterrupt may be Ctrl-C: the agent has a handler of its own, and only a main thread gets it."""
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception of a plugin has code of the plugin
        return "(its message cannot be read)"
