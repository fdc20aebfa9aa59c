"""Ten application logs made up for the purpose; no pack knows them. Each with what a person would find in it."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MESSAGES = (
    "Connection established to {host}", "User {n} logged in", "Cache miss for key {key}", "Started",
    "Failed to open file /var/data/{key}.db: No such file or directory", "Retrying in {n} seconds (attempt 3/5)",
    "GET /health took {n} ms", "Shutting down worker", "config reloaded: 12 keys, 3 changed",
    "Timeout while waiting for lock 'orders' held by {host}", "payment {n} accepted, amount={n}.50 EUR",
)  # fmt: skip
LINES = 500


@dataclass(frozen=True)
class Format:
    """A log and what must be found in it without help."""

    name: str
    line: Callable[[random.Random, int], str]
    fields: dict[str, str]
    """Name → type."""
    time: str | None
    """Format of the time."""
    patterns: int
    """0: an engine takes the records apart."""
    notation: str = "patterns"
    guessed: tuple[str, ...] = ()
    """Fields whose names are numbers or guesses, and said to be so."""

    def lines(self, count: int = LINES) -> list[str]:
        rng = random.Random(self.name)
        return [self.line(rng, index) for index in range(count)]


def clock(index: int) -> str:
    return f"{9 + index // 3600 % 10:02}:{index // 60 % 60:02}:{index % 60:02}"


def message(rng: random.Random) -> str:
    host, key = f"10.2.3.{rng.randint(1, 250)}:5432", rng.choice(["abc", "users:17", "xyz_1"])
    return rng.choice(MESSAGES).format(host=host, key=key, n=rng.randint(1, 9999))


def level(rng: random.Random) -> str:
    return rng.choice(["INFO"] * 8 + ["DEBUG"] * 3 + ["WARNING"] * 2 + ["ERROR"])


def uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def python_like(rng: random.Random, i: int) -> str:
    logger = rng.choice(["app.db", "app.api", "celery.worker"])
    return f"2026-01-02 {clock(i * 7)},{rng.randint(0, 999):03} - {logger} - {level(rng)} - {message(rng)}"


def java_like(rng: random.Random, i: int) -> str:
    thread = rng.choice(["main", f"http-nio-8080-exec-{rng.randint(1, 9)}", "pool-2-thread-1"])
    logger = rng.choice(["com.acme.shop.OrderService", "com.acme.web.Filter", "org.acme.db.Pool"])
    return (
        f"{i % 28 + 1:02}.01.2026 {clock(i * 3)}.{rng.randint(0, 999):03} [{thread}] "
        f"{rng.choice(['INFO ', 'WARN ', 'ERROR'])} {logger} - {message(rng)}"
    )


def pipes(rng: random.Random, i: int) -> str:
    part = rng.choice(["order service", "cart service", "mailer"])
    return f"2026/01/02 {clock(i * 5)} | {level(rng)} | {part} | {uuid(rng)} | {rng.randint(1, 900)}ms | {message(rng)}"


def bracketed(rng: random.Random, i: int) -> str:
    peer = f"10.0.{rng.randint(0, 9)}.{rng.randint(1, 250)}:{rng.randint(1024, 65000)}"
    severity = rng.choice(["info", "warn", "error", "debug"])
    return (
        f"[{1767340800 + i * 9}.{rng.randint(0, 999):03}] [{severity}] [pid {rng.randint(100, 120)}] "
        f"[client {peer}] {message(rng)}"
    )


def key_value_tail(rng: random.Random, i: int) -> str:
    retry = f" retry={rng.randint(1, 3)}" if rng.random() < 0.3 else ""
    return (
        f"2026-01-02T{clock(i * 2)}Z {level(rng).lower()} {message(rng).replace('=', ' ')} user={rng.choice(['alice', 'bob'])} "
        f"dur={rng.randint(1, 500)}ms ok={rng.choice(['true', 'false'])}{retry}"
    )


def access_plus(rng: random.Random, i: int) -> str:
    return (
        f"203.0.113.{rng.randint(1, 99)} - {rng.choice(['-', '-', 'alice'])} [02/Jan/2026:{clock(i * 4)} +0000] "
        f'"{rng.choice(["GET", "GET", "POST"])} /item/{rng.randint(1, 99)}?q=a,{rng.randint(1, 9)} HTTP/{rng.choice(["1.1", "2.0"])}" '
        f"{rng.choice([200, 200, 304, 404, 500])} {rng.choice(['-', rng.randint(100, 99999)])} "
        f'"{rng.choice(["-", "https://shop.example/a"])}" "{rng.choice(["Mozilla/5.0 (X11; Linux)", "curl/8.5.0"])}" '
        f"{rng.random():.3f} {rng.choice(['HIT', 'MISS'])} upstream=10.1.0.{rng.randint(1, 5)}:8080"
    )


def several_shapes(rng: random.Random, i: int) -> str:
    stamp, kind = f"2026-01-02T{clock(i * 2)}.{rng.randint(0, 999):03}Z", rng.random()
    if kind < 0.55:
        request = f'"{rng.choice(["GET", "PUT"])} /{rng.choice(["cart", "order"])}" {rng.choice([200, 404])}'
        return f"{stamp} access 10.0.0.{rng.randint(1, 99)} {request} {rng.randint(10, 9999)}"
    if kind < 0.85:
        job = rng.choice(["mail", "index", "report"])
        return f"{stamp} job {job} finished in {rng.randint(1, 999)}ms with {rng.randint(0, 9)} errors"
    return f"{stamp} {rng.choice(['ERROR', 'WARN'])} {message(rng)}"


def csv_without_header(rng: random.Random, i: int) -> str:
    return (
        f"2026-01-02 {clock(i * 6)},{rng.randint(1000, 1100)},{rng.choice(['open', 'closed', 'pending'])},"
        f'{rng.random() * 100:.2f},"{message(rng)}, twice",{rng.choice(["true", "false"])}'
    )


def syslog_like(rng: random.Random, i: int) -> str:
    return (
        f"Jan  2 {clock(i * 6)} web-01 shopd[{rng.randint(300, 310)}]: {rng.choice(['NOTICE', 'INFO', 'ERR'])} orders "
        f"tenant={rng.choice(['acme', 'globex'])} items={rng.randint(1, 20)} total={rng.random() * 99:.2f} "
        f'msg="{message(rng)}"'
    )


def nested_json(rng: random.Random, i: int) -> str:
    user = {"id": rng.randint(1, 99), "roles": ["a", "b"]} if rng.random() < 0.5 else None
    record = {
        "@timestamp": f"2026-01-02T{clock(i * 6)}.{rng.randint(0, 999):03}Z",
        "level": rng.choice(["info", "error"]),
        "msg": message(rng),
        "http": {
            "method": rng.choice(["GET", "POST"]),
            "status": rng.choice([200, 500]),
            "latency-ms": rng.random(),
        },
        "user": user,
    }
    return json.dumps(record)


FORMATS = (
    Format("python_like", python_like, {"logger": "string", "level": "string", "message": "string"}, "iso8601", 1),
    Format(
        "java_like",
        java_like,
        {"thread": "string", "level": "string", "logger": "string", "message": "string"},
        "%d.%m.%Y %H:%M:%S.%f",
        1,
    ),
    Format(
        "pipes",
        pipes,
        {"level": "string", "component": "string", "request_id": "string", "duration_ms": "integer", "message": "string"},
        "iso8601",
        1,
        guessed=("component", "request_id"),
    ),
    Format(
        "bracketed",
        bracketed,
        {"level": "string", "pid": "integer", "client_ip": "string", "port": "integer", "message": "string"},
        "epoch_s",
        1,
    ),
    Format(
        "key_value_tail",
        key_value_tail,
        {
            "level": "string", "message": "string", "user": "string", "dur_ms": "integer", "ok": "boolean",
            "retry": "integer",
        },
        "iso8601",
        1,
    ),
    Format(
        "access_plus",
        access_plus,
        {
            "client_ip": "string", "user": "string", "method": "string", "target": "string", "http_version": "string",
            "status": "integer", "bytes": "integer", "referrer": "string", "user_agent": "string", "duration": "number",
            "cache_status": "string", "upstream": "string", "upstream_port": "integer",
        },
        "%d/%b/%Y:%H:%M:%S %z",
        1,
        guessed=("duration",),
    ),
    Format(
        "several_shapes",
        several_shapes,
        {
            "ip": "string", "method": "string", "target": "string", "status": "integer", "bytes": "integer",
            "event": "string", "job": "string", "duration_ms": "integer", "errors": "integer", "level": "string",
            "message": "string",
        },
        "iso8601",
        3,
    ),
    Format(
        "csv_without_header",
        csv_without_header,
        {"field_2": "integer", "field_3": "string", "field_4": "number", "message": "string", "field_6": "boolean"},
        "iso8601",
        0,
        notation="csv",
        guessed=("field_2", "field_3", "field_4", "field_6"),
    ),
    Format(
        "syslog_like",
        syslog_like,
        {
            "host": "string", "program": "string", "pid": "integer", "level": "string", "tenant": "string",
            "items": "integer", "total": "number", "msg": "string",
        },
        "syslog",
        1,
    ),
    Format(
        "nested_json",
        nested_json,
        {
            "level": "string", "msg": "string", "http.method": "string", "http.status": "integer",
            "http.latency_ms": "number", "user.id": "integer", "user.roles": "array", "more": "object",
        },
        "iso8601",
        0,
        notation="json",
    ),
)  # fmt: skip


def leaves(schema: dict, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted name and type of each property of a schema."""
    for name, member in schema["properties"].items():
        if member.get("properties"):
            yield from leaves(member, f"{prefix}{name}.")
        else:
            types = [member["type"]] if isinstance(member["type"], str) else member["type"]
            yield prefix + name, next(one for one in types if one != "null")
