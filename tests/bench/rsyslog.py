"""rsyslog on the same task: imfile → mmnormalize (liblognorm) → JSON in bulk over HTTP.

Debian does not package omhttp; omelasticsearch in bulk mode does the same work: one HTTP POST for a batch of
JSON objects. liblognorm is not a regular expression engine and is much faster than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import peers
from tests.bench.task import Launch

if TYPE_CHECKING:
    from tests.bench.task import Task

RULES = (
    "version=2\n"
    'rule=:%remote_addr:word% - %remote_user:word% [%time:char-to:]%] "%method:word% %target:word% '
    'HTTP/%http_version:char-to:"%" %status:number% %body_bytes_sent:number% "%referrer:char-to:"%" '
    '"%user_agent:char-to:"%"\n'
)
QUEUES = {
    "memory": 'queue.type="LinkedList" queue.size="100000"',
    "disk-assisted": 'queue.type="LinkedList" queue.filename="bench" queue.size="10000" queue.highwatermark="8000" '
    'queue.lowwatermark="2000" queue.maxdiskspace="4g" queue.saveonshutdown="on"',
    "disk": 'queue.type="Disk" queue.filename="bench" queue.maxdiskspace="4g"',
}
CONFIG = """\
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imfile")
module(load="mmnormalize")
module(load="omelasticsearch")
template(name="event" type="subtree" subtree="$!")
input(type="imfile" file="{log}" tag="bench" ruleset="bench" freshStartTail="off" readMode="0")
ruleset(name="bench" {queue} queue.dequeueBatchSize="1024" queue.workerThreads="1") {{
  action(type="mmnormalize" ruleBase="{rules}" useRawMsg="off")
  action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" bulkmode="on" maxbytes="1m"
         searchIndex="bench" searchType="" template="event" action.resumeRetryCount="-1")
}}
"""


@dataclass(frozen=True)
class Rsyslog:
    queue: str = "memory"
    marker: str = '{"index"'
    reply: str = '{"took":1,"errors":false,"items":[]}'

    def missing(self) -> str | None:
        if peers.program("rsyslogd") is None:
            return "rsyslogd is not installed and could not be unpacked (tests/bench/peers.sh)"
        if not peers.folders("*/rsyslog/omelasticsearch.so"):
            return "rsyslog's omelasticsearch is not here (package rsyslog-elasticsearch)"
        return None

    def launch(self, task: Task) -> Launch:
        rules, config = task.folder / "nginx.rulebase", task.folder / "rsyslog.conf"
        rules.write_text(RULES)
        config.write_text(
            CONFIG.format(
                folder=task.folder, log=task.log, queue=QUEUES[self.queue], rules=rules, port=task.port
            )
        )
        modules = ":".join(f"{place}/" for place in peers.folders("*/rsyslog"))
        command = [
            str(peers.program("rsyslogd")),
            "-n",
            "-f",
            str(config),
            "-i",
            str(task.folder / "pid"),
            "-M",
            modules,
        ]
        return Launch(command, [rules, config], env=peers.library_path(), ends=False)
