"""How far an engine gets in a record, and what stops it; the counterpart of `explain.reach` for what is no pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from logsource.parse.engines.csv import CsvEngine
from logsource.parse.engines.dissect import DissectEngine
from logsource.parse.engines.json import JsonEngine, read_json
from logsource.parse.engines.logfmt import LogfmtEngine
from logsource.parse.engines.syslog import SyslogEngine
from logsource.parse.explain import Reach
from logsource.parse.validated import ValidatedParser

if TYPE_CHECKING:
    from logsource.model import Parser
    from logsource.parse.engines import Engine


def engine_of(parser: Parser) -> Engine | None:
    """The engine inside a parser, if there is one that takes whole records apart."""
    while isinstance(parser, ValidatedParser):
        parser = parser.inner
    engine: Engine | None = getattr(parser, "engine", None)
    return engine


def reach_engine(engine: Engine, text: str) -> list[Reach]:
    """One finding, or one for each pattern of dissect; the last is the one that matches, if any does."""
    match engine:
        case DissectEngine():
            found = []
            for number in range(1, engine.count + 1):
                found.append(_dissect(engine, number, text))
                if found[-1].matched:
                    break
            return found
        case JsonEngine():
            return [_json(engine, text)]
        case CsvEngine():
            return [_csv(engine, text)]
        case SyslogEngine():
            return [_syslog(engine, text)]
        case LogfmtEngine():
            return [_logfmt(engine, text)]
        case _:
            return []


def _dissect(engine: DissectEngine, number: int, text: str) -> Reach:
    reached, missing, field = engine.reach(number - 1, text)
    element = repr(missing) if missing else ""  # spaces count
    return Reach(str(number), not element and reached == len(text), reached, element, field)


def _json(engine: JsonEngine, text: str) -> Reach:
    start = engine.start_of(text)
    try:
        value = read_json(text[start:])
    except orjson.JSONDecodeError as error:
        return Reach("json", False, min(start + error.pos, len(text)), f"JSON ({error.msg})")
    except ValueError as error:  # text that is no Unicode
        return Reach("json", False, start, f"JSON ({error})")
    if isinstance(value, dict):
        return Reach("json", True, len(text), "")
    return Reach("json", False, start, "an object, from { to }")


def _csv(engine: CsvEngine, text: str) -> Reach:
    columns, reached = engine.columns_in(text)
    if reached < len(text):
        return Reach("csv", False, reached, "a closing quote, and the delimiter behind it")
    if isinstance(engine.fields(text), dict):
        return Reach("csv", True, len(text), "")
    names = engine.column_names
    if names and len(columns) > len(names):
        return Reach("csv", False, columns[len(names)], f"the end of the record after {len(names)} columns")
    if names:
        return Reach(
            "csv",
            False,
            len(text),
            f"{len(names)} columns, not {len(columns)}",
            names[min(len(columns), len(names) - 1)],
        )
    return Reach("csv", False, 0, "a line with the names of the columns before it")


def _logfmt(engine: LogfmtEngine, text: str) -> Reach:
    if isinstance(engine.fields(text), dict):
        return Reach("logfmt", True, len(text), "")
    return Reach("logfmt", False, 0, f"a pair key{engine.assign[0]}value")


def _syslog(engine: SyslogEngine, text: str) -> Reach:
    if isinstance(engine.fields(text), dict):
        return Reach("syslog", True, len(text), "")
    reached, element, field = engine.reach(text)
    return Reach("syslog", False, reached, element, field)
