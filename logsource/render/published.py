"""Events under a vendor of the user's own: the one thing about them that is changed after they are made.

Every schema that comes with logsource is named in an event's bytes in one form only, at the beginning of a
self-describing JSON inside `ue_pr` or `co`. A text of a log line cannot have this form there, because its quotes are
escaped once more; in a protocol field (`ua`, `uid` …) it can, so what stands before `ue_pr` or `co` is left alone. A
JSON object of a log line can, if it claims to be described by one of our schemas, and is renamed with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logsource.config.published import OWN_VENDOR
from logsource.render.source import SourceRenderer

if TYPE_CHECKING:
    from logsource.model import Chunk, Rendered

_BETWEEN = b',{"e":"'
"""Cannot occur inside an event: see `render.cut`."""
_DESCRIBED = (b',"ue_pr":"', b',"co":"')
"""Neither can these before their place: a quote inside a text has a backslash before it."""


class PublishedRenderer(SourceRenderer):
    """A renderer whose events name another vendor; its tally names ours. Not for events in base64."""

    def __init__(self, *, vendor: str, **options: Any) -> None:
        super().__init__(**options)
        self._ours = _named(OWN_VENDOR)
        self._theirs = _named(vendor)

    def render(self, chunk: Chunk) -> Rendered:
        """Make events of all lines of a chunk."""
        rendered = super().render(chunk)
        events = rendered.events
        # Only the protocol fields of kinds come from a line.
        if self.kind is not None and any(map(self._named_early, events.split(_BETWEEN))):
            events = _BETWEEN.join(map(self._renamed, events.split(_BETWEEN)))
        else:
            events = events.replace(self._ours, self._theirs)
        return replace(rendered, events=events)

    def _named_early(self, event: bytes) -> bool:
        """Whether a protocol field looks like the beginning of a schema of ours. Hardly any ever does."""
        at = event.find(self._ours)
        return at >= 0 and not any(event.find(start, 0, at) >= 0 for start in _DESCRIBED)

    def _renamed(self, event: bytes) -> bytes:
        for start in _DESCRIBED:
            fields, found, described = event.partition(start)
            if found:
                return fields + found + described.replace(self._ours, self._theirs)
        return event


def _named(vendor: str) -> bytes:
    return b'{\\"schema\\":\\"iglu:' + vendor.encode() + b"/"
