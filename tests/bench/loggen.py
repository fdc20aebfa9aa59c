"""Logs to read: deterministic by seed, realistic, made once and kept in the out folder.

python -m tests.bench.loggen KIND LINES PATH   makes one; KIND is nginx, nginx-0.1, nginx-1, nginx-10
(per cent of odd lines), syslog or json. It runs as a process of its own, so that its memory is not taken for
an agent's.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = 1_793_404_800
"""2026-10-31T00:00:00Z."""
LINES_A_SECOND = 1000
SEED = 20160401

AGENTS = [
    f"Mozilla/5.0 ({system}) {engine}"
    for system in (
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "iPhone; CPU iPhone OS 17_5 like Mac OS X",
    )
    for engine in (
        *(f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36" for v in range(118, 132)),
        *(f"Gecko/20100101 Firefox/{v}.0" for v in range(115, 130)),
    )
] + ["curl/8.5.0", "Wget/1.21.4", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"]
REFERRERS = ["-"] * 170 + [
    f"https://{host}/{path}"
    for host in ("www.example.com", "shop.example.com", "search.example.net", "news.example.org")
    for path in ("", "category/shoes", "search?q=log+files&page=2", "article/2026/11/why-logs-matter", "cart")
    for _ in range(4)
]
WORDS = [
    "index",
    "static",
    "img",
    "product",
    "category",
    "api",
    "v2",
    "users",
    "orders",
    "search",
    "cart",
    "checkout",
    "blog",
    "assets",
    "main",
]
PROGRAMS = ["sshd", "CRON", "systemd", "kernel", "postfix/smtpd", "dhclient", "nginx", "sudo", "named"]


def nginx(lines: int, seed: int = SEED) -> list[bytes]:
    """Lines in nginx' `combined`, about 208 bytes each, all of which the pack's first pattern matches."""
    rng = random.Random(seed)
    clients = [_client(rng) for _ in range(5000)]
    requests = [_request(rng) for _ in range(4000)]
    agents = [f'"{rng.choice(REFERRERS)}" "{rng.choice(AGENTS)}"\n' for _ in range(3000)]
    out: list[bytes] = []
    for second in range(0, lines, LINES_A_SECOND):
        clock = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(EPOCH + second // LINES_A_SECOND))
        count = min(LINES_A_SECOND, lines - second)
        picked = zip(
            rng.choices(clients, k=count),
            rng.choices(requests, k=count),
            rng.choices(agents, k=count),
            strict=True,
        )
        out.append("".join([f"{c} [{clock}] {r} {a}" for c, r, a in picked]).encode())
    return out


def syslog(lines: int, seed: int = SEED) -> list[bytes]:
    """Lines as rsyslog's traditional file format writes them, about 120 bytes each."""
    rng = random.Random(seed)
    heads = [
        f"{rng.choice(('gate', 'web1', 'db2'))} {rng.choice(PROGRAMS)}[{rng.randrange(99999)}]: "
        for _ in range(3000)
    ]
    texts = [
        " ".join(rng.choices(WORDS, k=rng.randrange(6, 16))) + f" from 203.0.113.{rng.randrange(256)}\n"
        for _ in range(4000)
    ]
    out: list[bytes] = []
    for second in range(0, lines, LINES_A_SECOND):
        now = time.gmtime(EPOCH + second // LINES_A_SECOND)
        clock = time.strftime("%b ", now) + f"{now.tm_mday:2d}" + time.strftime(" %H:%M:%S ", now)
        count = min(LINES_A_SECOND, lines - second)
        picked = zip(rng.choices(heads, k=count), rng.choices(texts, k=count), strict=True)
        out.append("".join([f"{clock}{head}{text}" for head, text in picked]).encode())
    return out


def json_lines(lines: int, seed: int = SEED) -> list[bytes]:
    """Lines of a service that logs JSON, about 210 bytes each."""
    rng = random.Random(seed)
    rests = [
        json.dumps(
            {
                "level": rng.choice(("info", "info", "info", "warning", "error")),
                "logger": rng.choice(("http.server", "db.pool", "worker")),
                "msg": " ".join(rng.choices(WORDS, k=8)),
                "user_id": rng.randrange(10**6),
                "duration_ms": round(rng.random() * 100, 3),
                "ok": rng.random() < 0.9,
                "trace": f"{rng.getrandbits(64):016x}",
            }
        )[1:]
        + "\n"
        for _ in range(5000)
    ]
    out: list[bytes] = []
    for second in range(0, lines, LINES_A_SECOND):
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(EPOCH + second // LINES_A_SECOND))
        count = min(LINES_A_SECOND, lines - second)
        out.append(
            "".join(
                [f'{{"time":"{clock}.{i:03d}Z",{r}' for i, r in enumerate(rng.choices(rests, k=count))]
            ).encode()
        )
    return out


def with_odd(blocks: list[bytes], per_mille: int, seed: int = SEED) -> list[bytes]:
    """Replace that many of 1000 lines, evenly spread, by what really stands in such logs and fits badly."""
    odd = cycle(_odd_lines(random.Random(seed)))
    out = []
    for block in blocks:
        lines = block.splitlines(keepends=True)
        step = 1000 // per_mille
        lines[::step] = islice(odd, len(lines[::step]))
        out.append(b"".join(lines))
    return out


MAKERS: dict[str, Callable[[int], list[bytes]]] = {
    "nginx": nginx,
    "nginx-0.1": lambda lines: with_odd(nginx(lines), 1),
    "nginx-1": lambda lines: with_odd(nginx(lines), 10),
    "nginx-10": lambda lines: with_odd(nginx(lines), 100),
    "syslog": syslog,
    "json": json_lines,
}


def ensure(kind: str, lines: int, folder: Path) -> Path:
    """Path of such a log, made if it is not there or older than this program."""
    path = folder / f"{kind}-{lines}.log"
    if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
        subprocess.run([sys.executable, "-m", "tests.bench.loggen", kind, str(lines), str(path)], check=True)
    return path


def _client(rng: random.Random) -> str:
    if rng.random() < 0.1:
        address = f"2001:db8:{rng.getrandbits(16):x}:{rng.getrandbits(16):x}::{rng.getrandbits(16):x}"
    else:
        address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    return f"{address} - {'-' if rng.random() < 0.95 else 'alice'}"


def _request(rng: random.Random) -> str:
    path = "/" + "/".join(rng.choices(WORDS, k=rng.randrange(1, 5)))
    if rng.random() < 0.4:
        path += f"?id={rng.randrange(10**6)}&utm_source={rng.choice(WORDS)}"
    method = rng.choices(("GET", "POST", "HEAD"), (90, 8, 2))[0]
    status, size = rng.choices(
        ((200, rng.randrange(200, 90000)), (304, 0), (404, 153), (302, 138)), (85, 8, 5, 2)
    )[0]
    return f'"{method} {path} HTTP/1.1" {status} {size}'


def _odd_lines(rng: random.Random) -> list[bytes]:
    """A quarter each: no access log at all; a TLS hello; an escaped agent; an agent in broken UTF-8."""
    head = b'203.0.113.9 - - [31/Oct/2026:00:00:00 +0000] "'
    alphabet = bytes(set(range(256)) - {10}) + b'"\\\t\x00\xff' * 8
    garbage = [bytes(rng.choices(alphabet, k=rng.randrange(20, 300))) + b"\n" for _ in range(250)]
    hellos = [
        head + b"".join(b"\\x%02X" % rng.randrange(256) for _ in range(30)) + b'" 400 150 "-" "-"\n'
        for _ in range(250)
    ]
    agent = head + b'GET / HTTP/1.1" 200 12 "-" "'
    escaped = [agent + b'say \\x22hello\\x22 C:\\x5Cdir %d"\n' % i for i in range(250)]
    broken = [agent + b"caf\xe9 \xff\xfe %d \x1b[31m" % i + b'"\n' for i in range(250)]
    odd = garbage + hellos + escaped + broken
    rng.shuffle(odd)
    return odd


def main() -> None:
    kind, lines, target = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with partial.open("wb") as out:
        out.writelines(MAKERS[kind](lines))
    partial.rename(target)


if __name__ == "__main__":
    main()
