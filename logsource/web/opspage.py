"""The agent's small page: is it well, what does the collector say, how far behind is it, where to look further."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logsource.web.status import AgentStatus, FileView, NotReady, OutputView, ProgramsView, SourceView

REFRESH = 10
"""Seconds after which a browser asks again."""
MOST_FILES = 20
"""Files with trouble that are listed."""
_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
small,.dim{color:#666}
small{display:block}
.path{overflow-wrap:anywhere}
.ok{color:#197a3c}.bad{color:#c0392b}.warn{color:#8a5a00}
@media(prefers-color-scheme:dark){
.ok{color:#6fce8f}.bad{color:#ff8a7a}.warn{color:#e5b567}small,.dim{color:#aaa}}
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
        f'<meta http-equiv="refresh" content="{REFRESH}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
    ]
    if reasons:
        items = "".join(
            f"<li><b>{escape(one.reason)}</b> {'<br>'.join(escape(one.detail).splitlines())}</li>"
            for one in reasons
        )
        parts.append(f'<p class="bad">Not ready:</p><ul>{items}</ul>')
    else:
        parts.append('<p class="ok">Ready.</p>')
    if status is not None:
        parts += [_delivery(status), _sources(status), _troubled(status.files), _foot(status)]
    links = "".join(f'<li><a href="{path}">{path}</a> {escape(text)}</li>' for path, text in _LINKS)
    parts.append(f"<ul>{links}</ul></body></html>\n")
    return "".join(parts)


def _delivery(status: AgentStatus) -> str:
    outbox = status.outbox
    wait = f", the oldest for {duration(outbox.oldest_age_seconds)}" if outbox.events else ""
    text = (
        f"{outbox.events:,} events wait in the outbox ({size(outbox.bytes)} of {size(outbox.capacity_bytes)}){wait}."
        + (' <b class="bad">Reading is paused.</b>' if outbox.read_paused else "")
    )
    if outbox.dead_letters:
        text += f' <span class="warn">{outbox.dead_letters:,} dead letters</span> (<code>logsource dead list</code>).'
    else:
        text += " No dead letters."
    rows = [_output(one) for one in status.outputs]
    return f"<h2>Delivery</h2><p>{text}</p>" + _table(
        ("to", "sent since start", "last answer", "state"), {1}, rows
    )


def _output(output: OutputView) -> list[str]:
    answer = escape(output.last_code or "none yet")
    if output.last_detail:
        answer += f"<small>{escape(output.last_detail)}</small>"
    # why it is blocked stands above, among the reasons
    state = '<span class="bad">blocked</span>' if output.blocked else '<span class="ok">delivering</span>'
    return [escape(output.address), f"{output.events_sent:,}", answer, state]


def _sources(status: AgentStatus) -> str:
    rows = [
        [
            escape(one.name),
            escape(one.parser),
            _files(one),
            f"{one.lines:,}",
            f"{one.events:,}",
            _by_reason(one.unparsed, "warn"),
            _by_reason(one.rejected, "warn"),
            _by_reason(one.dropped, "dim"),
            f"{size(one.lag_bytes)}<small>{duration(one.lag_seconds)}</small>" if one.lag_bytes else "0",
        ]
        for one in status.sources
    ]
    if status.programs.last_ms is not None:
        rows.append(_programs(status.programs, status.now_ms))
    heads = ("source", "parser", "files", "lines", "events", "unparsed", "rejected", "dropped", "behind")
    return "<h2>Sources</h2>" + _table(heads, set(range(2, len(heads))), rows)


def _files(source: SourceView) -> str:
    followed = f"{source.files:,}" if source.files else '<span class="warn">none yet</span>'
    return followed + (f"<small>{source.found:,} new, to be opened</small>" if source.found else "")


def _programs(programs: ProgramsView, now_ms: int) -> list[str]:
    """What is counted for lines only stays empty."""
    ago = duration(max(0, now_ms - (programs.last_ms or 0)) / 1000)
    left = f"<small>{programs.adopted:,} left by programs that ended</small>" if programs.adopted else ""
    events = f"{programs.handed_over + programs.adopted:,}{left}<small>the last {ago} ago</small>"
    return [
        '<span class="dim">programs, since start</span>',
        "<code>track</code>",
        "",
        "",
        events,
        "",
        "",
        "",
        "",
    ]


def _by_reason(counts: Mapping[str, int], css: str) -> str:
    each = "".join(f"<small>{count:,} {escape(reason)}</small>" for reason, count in counts.items() if count)
    total = sum(counts.values())
    return f'<span class="{css}">{total:,}</span>{each}' if total else "0"


def _troubled(files: Iterable[FileView]) -> str:
    """Files that somebody has to look at."""
    troubled = [one for one in files if one.state == "unreadable"]
    if not troubled:
        return ""
    rows = [
        [escape(one.source), f'<span class="path">{escape(one.path)}</span>', escape(one.detail)]
        for one in troubled[:MOST_FILES]
    ]
    more = f"<p>{len(troubled) - MOST_FILES:,} more: see /status.</p>" if len(troubled) > MOST_FILES else ""
    return (
        '<h2 class="bad">Files that cannot be read</h2>'
        + _table(("source", "file", "why"), set(), rows)
        + more
    )


def _foot(status: AgentStatus) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(status.now_ms / 1000))
    up = duration(max(0, status.now_ms - status.started_ms) / 1000)
    return f'<p class="dim">{at} · up {up} · version {escape(status.version)} · pid {status.pid}</p>'


def _table(heads: Sequence[str], numbers: set[int], rows: Iterable[Sequence[str]]) -> str:
    """`rows` are HTML already."""

    def cells(kind: str, texts: Sequence[str]) -> str:
        return "".join(
            f'<{kind} class="n">{text}</{kind}>' if index in numbers else f"<{kind}>{text}</{kind}>"
            for index, text in enumerate(texts)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{cells("th", heads)}</tr>{body}</table></div>'


def size(count: int) -> str:
    """Bytes for people."""
    value, units = float(count), ("bytes", "KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if value < 1024 or unit == units[-1]:
            return f"{value:,.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.3g} {unit}"
        value /= 1024
    raise AssertionError


def duration(seconds: float) -> str:
    """Time for people."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 86_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} d"
