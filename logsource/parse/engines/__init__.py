"""Engines that take a whole record apart without patterns."""

from logsource.parse.engines.csv import CsvEngine
from logsource.parse.engines.dissect import DissectEngine
from logsource.parse.engines.json import JsonEngine
from logsource.parse.engines.logfmt import LogfmtEngine
from logsource.parse.engines.make import ENGINES, Engine, make_engine
from logsource.parse.engines.syslog import SyslogEngine

__all__ = [
    "ENGINES", "CsvEngine", "DissectEngine", "Engine", "JsonEngine", "LogfmtEngine", "SyslogEngine", "make_engine",
]  # fmt: skip
