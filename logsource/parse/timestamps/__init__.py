"""Texts that state a time, in the notations that logs use, become milliseconds since the epoch."""

from logsource.parse.timestamps.errors import BadTimestampError
from logsource.parse.timestamps.reader import FormatsReader, TimestampReader, compile_timestamp

__all__ = ["BadTimestampError", "FormatsReader", "TimestampReader", "compile_timestamp"]
