"""Events under a vendor of the user's own: the one thing about them that is changed after they are made.

Every schema that comes with logsource is named in an event's bytes in one form only, at the beginning of a
self-describing JSON inside a JSON string. A text of a log line cannot have this form, because its quotes are escaped
once more; a JSON object of a log line can, if it claims to be described by one of our schemas, and is renamed with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logsource.config.published import OWN_VENDOR
from logsource.render.source import SourceRenderer

if TYPE_CHECKING:
    from logsource.model import Chunk, Rendered


class PublishedRenderer(SourceRenderer):
    """A renderer whose events name another vendor; its tally names ours. Not for events in base64."""

    def __init__(self, *, vendor: str, **options: Any) -> None:
        super().__init__(**options)
        self._ours = _named(OWN_VENDOR)
        self._theirs = _named(vendor)

    def render(self, chunk: Chunk) -> Rendered:
        """Make events of all lines of a chunk."""
        rendered = super().render(chunk)
        return replace(rendered, events=rendered.events.replace(self._ours, self._theirs))


def _named(vendor: str) -> bytes:
    return b'{\\"schema\\":\\"iglu:' + vendor.encode() + b"/"
