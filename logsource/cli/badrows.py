"""Dead letters as Snowplow bad rows, which its recovery tools and Iglu-aware stores can read.

All become generic_error 1-0-0 of Iglu Central, the bad row that any component may emit. The more
special ones would have to claim what we do not know: size_violation the collector's limit,
collector_payload_format_violation the payload as the collector saw it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from logsource import __version__
from logsource.cli.letters import instant

if TYPE_CHECKING:
    from logsource.model import DeadLetter

GENERIC_ERROR = "iglu:com.snowplowanalytics.snowplow.badrows/generic_error/jsonschema/1-0-0"


def to_bad_row(letter: DeadLetter) -> str:
    """One bad row as a line of JSON; its payload is the event's JSON object."""
    message = f"{letter.reason}: {letter.detail}" if letter.detail else letter.reason
    row = {
        "schema": GENERIC_ERROR,
        "data": {
            "processor": {"artifact": "logsource", "version": __version__},
            "failure": {"timestamp": instant(letter.at_ms), "errors": [message]},
            "payload": letter.event.decode(errors="replace"),
        },
    }
    return orjson.dumps(row).decode()
