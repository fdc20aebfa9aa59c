"""The agent's small page: is it well, how far behind is it, where to look further."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsource.web.status import AgentStatus, NotReady

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.ok{color:#197a3c}.bad{color:#c0392b}
@media(prefers-color-scheme:dark){.ok{color:#6fce8f}.bad{color:#ff8a7a}}
"""
_LINKS = (
    ("/metrics", "Prometheus metrics"),
    ("/healthz", "the process is alive"),
    ("/readyz", "ready, or every reason why not"),
    ("/status", "sources, files, outbox and collector as JSON"),
)


def render_page(status: AgentStatus | None, reasons: Sequence[NotReady]) -> str:
    """HTML of the page. File names and answers of a collector are hostile text; everything is escaped."""
    title = f"logsource on {status.name}" if status is not None else "logsource"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
    ]
    if reasons:
        items = "".join(f"<li><b>{escape(one.reason)}</b> {escape(one.detail)}</li>" for one in reasons)
        parts.append(f'<p class="bad">Not ready:</p><ul>{items}</ul>')
    else:
        parts.append('<p class="ok">Ready.</p>')
    if status is not None:
        parts.append(_numbers(status))
    links = "".join(f'<li><a href="{path}">{path}</a> {escape(text)}</li>' for path, text in _LINKS)
    parts.append(f"<ul>{links}</ul></body></html>\n")
    return "".join(parts)


def _numbers(status: AgentStatus) -> str:
    rows = "".join(
        f"<tr><td>{escape(source.name)}</td><td>{escape(source.parser)}</td>"
        + "".join(
            f'<td class="n">{number:,}</td>'
            for number in (
                source.files,
                source.lines,
                source.events,
                sum(source.rejected.values()),
                sum(source.dropped.values()),
                source.lag_bytes,
            )
        )
        + "</tr>"
        for source in status.sources
    )
    heads = "".join(
        f'<th class="n">{name}</th>'
        for name in ("files", "lines", "events", "rejected", "dropped", "bytes behind")
    )
    outbox = status.outbox
    return (
        f"<p>Version {escape(status.version)}. Outbox: {outbox.events:,} events, {outbox.bytes:,} of "
        f"{outbox.capacity_bytes:,} bytes. Dead letters: {outbox.dead_letters:,}.</p>"
        f"<table><tr><th>source</th><th>parser</th>{heads}</tr>{rows}</table>"
    )
