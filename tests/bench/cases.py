"""The rows of the table: who reads what, how often, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.naive import Naive
from tests.bench.ours import Ours
from tests.bench.rsyslog import Rsyslog
from tests.bench.syslog_ng import SyslogNg

if TYPE_CHECKING:
    from tests.bench.task import Agent


@dataclass(frozen=True)
class Case:
    name: str
    """Short, for --only."""
    title: str
    agent: Agent
    log: str = "nginx"
    """Kind of log, see loggen."""
    share: float = 1.0
    """Of the lines asked for: what is slow reads fewer, and its numbers are per million all the same."""
    rounds: int | None = None
    """Fewer rounds than asked for."""
    paired: bool = False
    """The baseline runs right before each run of this one; the increase is the median of the pairs."""
    quick: bool = False
    """Part of --quick."""


BASELINE = Case("ours", "logsource, 128 KiB bodies (default)", Ours(), quick=True)
CASES = (
    BASELINE,
    Case("ours-256k", "logsource, 256 KiB bodies", Ours(byte_limit="256KiB")),
    Case("ours-512k", "logsource, 512 KiB bodies", Ours(byte_limit="512KiB")),
    Case("ours-850k", "logsource, 850 kB bodies", Ours(byte_limit="850000"), quick=True),
    Case("ours-2w", "logsource, 2 workers", Ours(workers=2), quick=True),
    Case("ours-2w-850k", "logsource, 2 workers, 850 kB bodies", Ours(workers=2, byte_limit="850000")),
    Case("ours-full", "logsource, outbox.sync full", Ours(sync="full")),
    Case("ours-memory", "logsource, outbox in memory", Ours(storage="memory"), quick=True),
    Case("odd-0.1", "logsource, 0.1 % odd lines", Ours(), log="nginx-0.1", paired=True),
    Case("odd-1", "logsource, 1 % odd lines", Ours(), log="nginx-1", paired=True, quick=True),
    Case("odd-10", "logsource, 10 % odd lines", Ours(), log="nginx-10", paired=True),
    Case("syslog", "logsource, syslog_rfc3164", Ours(parser="syslog_rfc3164"), log="syslog"),
    Case("json", "logsource, json_lines", Ours(parser="json_lines"), log="json"),
    Case("plain", "logsource, plain (nginx lines)", Ours(parser="plain")),
    Case("naive", "Python line loop", Naive(), share=0.03, rounds=1, quick=True),
    Case("rsyslog", "rsyslog, liblognorm, memory queue", Rsyslog(), quick=True),
    Case("rsyslog-da", "rsyslog, liblognorm, disk-assisted (disk when full)", Rsyslog("disk-assisted")),
    Case("rsyslog-disk", "rsyslog, liblognorm, disk queue", Rsyslog("disk"), share=0.25, rounds=1),
    Case("syslog-ng", "syslog-ng, regex, memory", SyslogNg(), quick=True),
    Case("syslog-ng-disk", "syslog-ng, regex, reliable disk buffer", SyslogNg("disk"), share=0.25, rounds=1),
)
