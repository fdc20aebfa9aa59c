"""syslog-ng on the same task: file() → regexp-parser() → format-json → http() in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import peers
from tests.bench.task import Launch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.task import Task

MODULES = ("affile", "regexp-parser", "json-plugin", "http", "basicfuncs", "disk-buffer", "syslogformat")
PATTERN = (
    r"^(?<remote_addr>[^ ]+) - (?<remote_user>[^ ]+) \[(?<time>[^\]]+)\] \"(?<method>[^ ]+) (?<target>[^ ]+) "
    r"HTTP\/(?<http_version>[0-9.]+)\" (?<status>[0-9]+) (?<body_bytes_sent>[0-9]+) \"(?<referrer>[^\"]*)\" "
    r"\"(?<user_agent>[^\"]*)\"$"
)
CONFIG = """\
@version: 3.38
{modules}
options {{ stats-freq(0); keep-hostname(yes); use-dns(no); }};
source s_log {{ file("{log}" flags(no-parse) read-old-records(yes) follow-freq(0.1) log-fetch-limit(1000)
                     log-iw-size(100000) multi-line-mode(none)); }};
parser p_nginx {{ regexp-parser(prefix("nginx.") patterns('{pattern}')); }};
destination d_http {{
  http(url("http://127.0.0.1:{port}/bulk") method("POST") headers("Content-Type: application/json")
       body-prefix("[") delimiter(",") body-suffix("]") body("$(format-json --key nginx.* --shift-levels 1)")
       batch-lines(1000) batch-bytes(1048576) batch-timeout({batch_timeout}) workers(1) {buffer});
}};
log {{ source(s_log); parser(p_nginx); destination(d_http); flags(flow-control); }};
"""
BUFFERS = {
    "memory": "log-fifo-size(200000)",
    "disk": 'disk-buffer(reliable(yes) disk-buf-size(1073741824) mem-buf-size(67108864) dir("{folder}"))',
}


@dataclass(frozen=True)
class SyslogNg:
    buffer: str = "memory"
    batch_timeout: int = 500
    """Milliseconds a batch may wait for more."""
    marker: str = '"user_agent":"'
    reply: str = "ok"

    def missing(self) -> str | None:
        if peers.program("syslog-ng") is None:
            return "syslog-ng is not installed and could not be unpacked (tests/bench/peers.sh)"
        if not self._modules():
            return "syslog-ng's http module is not here (package syslog-ng-mod-http)"
        return None

    def launch(self, task: Task) -> Launch:
        config = task.folder / "syslog-ng.conf"
        config.write_text(
            CONFIG.format(
                modules="\n".join(f"@module {name}" for name in MODULES),
                log=task.log,
                pattern=PATTERN,
                port=task.port,
                batch_timeout=self.batch_timeout,
                buffer=BUFFERS[self.buffer].format(folder=task.folder),
            )
        )
        command = [str(peers.program("syslog-ng")), "-F", "--no-caps", "-f", str(config)]
        for option, name in (("-R", "persist"), ("-c", "control"), ("-p", "pid")):
            command += [option, str(task.folder / name)]
        command.append("--module-path=" + ":".join(str(path.parent) for path in self._modules()))
        return Launch(command, [config], env=peers.library_path(), ends=False)

    def _modules(self) -> list[Path]:
        return [path for place in peers.folders("**/syslog-ng/3.38") for path in place.glob("libhttp.so")]
