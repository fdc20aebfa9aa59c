"""The obvious way in Python, for comparison: a line loop, a row of a queue for each event, requests.post.

As an agent of the benchmark (`Naive`), and as the program that it runs:
python -m tests.bench.naive LOG URL FOLDER
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.task import Launch

if TYPE_CHECKING:
    from tests.bench.task import Task

PATTERN = (
    r'(?P<remote_addr>\S+) - (?P<remote_user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<target>\S+) '
    r'HTTP/(?P<http_version>[0-9.]+)" (?P<status>\d+) (?P<body_bytes_sent>\d+) "(?P<referrer>[^"]*)" "(?P<user_agent>[^"]*)"'
)
BATCH = 140
"""Events of a POST, as many as go into 128 KiB."""


@dataclass(frozen=True)
class Naive:
    marker: str = '"eid": "'
    reply: str = "ok"

    def missing(self) -> str | None:
        return None

    def launch(self, task: Task) -> Launch:
        url = f"http://127.0.0.1:{task.port}/com.snowplowanalytics.snowplow/tp2"
        return Launch(
            [sys.executable, "-m", "tests.bench.naive", str(task.log), url, str(task.folder / "queue")], []
        )


def main() -> None:
    import json
    import re
    import time
    import uuid
    from datetime import datetime
    from pathlib import Path

    import requests
    from diskcache import Deque

    log, url, folder = sys.argv[1:4]
    queue = Deque(directory=folder)

    def send() -> None:
        events = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
        stm = str(int(time.time() * 1000))
        body = {
            "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
            "data": [{**event, "stm": stm} for event in events],
        }
        requests.post(url, json=body, timeout=10).raise_for_status()

    with Path(log).open(encoding="utf-8") as lines:
        for line in lines:
            match = re.match(PATTERN, line)
            if match is None:
                continue
            fields = match.groupdict()
            stated = datetime.strptime(fields.pop("time"), "%d/%b/%Y:%H:%M:%S %z")
            fields["status"], fields["body_bytes_sent"] = (
                int(fields["status"]),
                int(fields["body_bytes_sent"]),
            )
            event = {"schema": "iglu:io.logsource/nginx_access/jsonschema/1-0-0", "data": fields}
            wrapper = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
            milliseconds = str(int(stated.timestamp() * 1000))
            queue.append(
                {
                    "e": "ue",
                    "p": "srv",
                    "tv": "naive-1",
                    "eid": str(uuid.uuid4()),
                    "dtm": milliseconds,
                    "ttm": milliseconds,
                    "ue_pr": json.dumps({"schema": wrapper, "data": event}),
                }
            )
            if len(queue) >= BATCH:
                send()
    while len(queue):
        send()


if __name__ == "__main__":
    main()
