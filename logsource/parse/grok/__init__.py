"""Grok as Logstash means it: named patterns, Oniguruma syntax, compiled for Python's engines."""

from logsource.parse.grok.compile import Capture, CompiledGrok, compile_grok
from logsource.parse.grok.library import GrokLibrary
from logsource.parse.grok.match import GrokParser, captured_fields, raw_match

__all__ = [
    "Capture",
    "CompiledGrok",
    "GrokLibrary",
    "GrokParser",
    "captured_fields",
    "compile_grok",
    "raw_match",
]
