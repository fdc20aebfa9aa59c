"""Ten more logs that no pack knows: other clocks, units, two columns for the time, pairs of JSON in a line."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING

from tests.packs.new.formats import Format

if TYPE_CHECKING:
    import random

USERS = ("alice", "bob", "carol.w", "eve_92")


def at(index: int) -> dt.datetime:
    return dt.datetime(2026, 7, 1, 6, 0, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=index * 97)


def address(rng: random.Random) -> str:
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def hexes(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(count))


def gateway(rng: random.Random, i: int) -> str:
    target = rng.choice(
        ["/v1/orders", f"/v1/orders/{rng.randint(1, 999)}", f"/v1/users?id={rng.randint(1, 99)}"]
    )
    head = (
        f"{at(i):%Y/%m/%d %H:%M:%S}.{rng.randint(0, 999):03} | {address(rng)} | {rng.choice(['GET', 'POST'])}"
    )
    return f"{head} | {target} | {rng.choice([200, 404])} | {rng.randint(1, 900)}ms | {rng.randint(9, 9000)}B"


def shop(rng: random.Random, i: int) -> str:
    head = f"[{at(i):%d.%m.%Y %H:%M:%S}] [{rng.choice(['INFO', 'WARN', 'ERROR'])}] [{rng.choice(['cart', 'stock'])}] "
    return head + rng.choice(
        [
            f"order placed order={rng.randint(1, 99999)} total={rng.randint(5, 500)}.{rng.randint(10, 99)}",
            f"stock low sku=A-{rng.randint(100, 999)} left={rng.randint(0, 5)}",
        ]
    )


def batch(rng: random.Random, i: int) -> str:
    state = rng.choice(["STARTED", "FINISHED", "FAILED"])
    why = rng.choice(["", "disk full", "lock wait timeout exceeded"])
    name = rng.choice(["nightly-import", "billing-run"])
    return "\t".join([f"{at(i):%Y%m%d%H%M%S}", name, state, str(rng.randint(0, 9999)), why])


def service(rng: random.Random, i: int) -> str:
    text = rng.choice(["The service entered the running state.", rf"User CORP\{rng.choice(USERS)} logged on"])
    level = rng.choice(["Information", "Warning", "Error"])
    number = rng.choice([1000, 7036])
    return f"{at(i):%m/%d/%Y %I:%M:%S %p} - {level} - Source: {rng.choice(['Spooler', 'Backup'])} - EventID: {number} - {text}"


def mail_gateway(rng: random.Random, i: int) -> str:
    head = f"{at(i):%b %d %H:%M:%S} mxgw{rng.randint(1, 3)}: {hexes(rng, 8).upper()}: "
    return head + rng.choice(
        [
            f"from=<{rng.choice(USERS)}@example.org> size={rng.randint(500, 9999)} verdict=accept score={rng.uniform(-5, 5):.1f}",
            f"connect from {address(rng)}[{rng.randint(1024, 65000)}] helo=<mail.example.net>",
        ]
    )


def sensors(rng: random.Random, i: int) -> str:
    if i == 0:
        return "device_id;recorded_at;temperature;battery_mv;firmware;alarm"
    stamp = int(at(i).timestamp())
    degrees = rng.choice(["-", f"{rng.uniform(1, 35):.1f}", f"{rng.uniform(1, 35):.1f}"])
    return f"sn-{rng.randint(1, 40):04};{stamp};{degrees};{rng.randint(2900, 3600)};1.{rng.randint(4, 5)}.2;{rng.choice(['true', 'false'])}"


def payments(rng: random.Random, i: int) -> str:
    body = {
        "id": str(uuid.UUID(int=rng.getrandbits(128))),
        "amount": rng.randint(1, 9999),
        "ok": rng.random() < 0.5,
    }
    return f"{at(i):%Y-%m-%dT%H:%M:%S}.250+01:00 [{rng.choice(['payments', 'refunds'])}] {rng.choice(['INFO', 'ERROR'])} {json.dumps(body)}"


def meter(rng: random.Random, i: int) -> str:
    stamp = int(at(i).timestamp() * 1000)
    state = rng.choice(["OK", "WARN", "FAIL"])
    return f"{stamp} {rng.uniform(210, 240):.1f}V {rng.uniform(0.1, 16):.2f}A {rng.randint(0, 3600)}W {state} fw={rng.choice(['2.1', '2.2'])}"


def firewall(rng: random.Random, i: int) -> str:
    if i < 2:
        return ("#Version: 1.5", "#Fields: date time action protocol src-ip dst-port size")[i]
    size = rng.choice(["-", str(rng.randint(40, 1500))])
    action, port = rng.choice(["ALLOW", "DROP"]), rng.choice([53, 443])
    return f"{at(i):%Y-%m-%d %H:%M:%S} {action} {rng.choice(['TCP', 'UDP'])} {address(rng)} {port} {size}"


def spark_like(rng: random.Random, i: int) -> str:
    logger = rng.choice(["BlockManager", "TaskSetManager"])
    free = f"{rng.randint(1, 999)},{rng.randint(100, 999)}"
    return f"{at(i):%y/%m/%d %H:%M:%S} {rng.choice(['INFO', 'WARN'])} {logger}: memory used is {free} of {rng.randint(1, 9)} pools"


def warehouse(rng: random.Random, i: int) -> str:
    step, state = rng.choice(["PICK", "PACK"]), rng.choice(["OK", "SHORT", "ERROR"])
    return f"{at(i):%d/%m/%y %H:%M:%S}|{step}|{rng.randint(1, 40)}|{rng.uniform(0.2, 40):.2f}kg|{state}"


def queue(rng: random.Random, i: int) -> str:
    state = rng.choice(["put back", "taken up"])
    took = rng.choice(["", f" | took={rng.randint(1, 900)}ms"])
    return f"{at(i):%Y-%m-%d %H:%M:%S} UTC | worker={rng.randint(1, 8)} | {state}{took}"


MORE_FORMATS = (
    Format(
        "gateway",
        gateway,
        {
            "ip": "string", "method": "string", "target": "string", "status": "integer", "duration_ms": "integer",
            "bytes": "integer",
        },
        "iso8601",
        1,
    ),
    Format(
        "shop",
        shop,
        {
            "level": "string", "component": "string", "message": "string", "order": "integer", "sku": "string",
            "left": "integer", "total": "number",
        },
        "%d.%m.%Y %H:%M:%S",
        1,
        guessed=("component",),
    ),
    Format(
        "batch",
        batch,
        {"field_2": "string", "status": "string", "field_4": "integer", "message": "string"},
        "%Y%m%d%H%M%S",
        0,
        notation="csv",
        guessed=("field_2", "status", "field_4"),
    ),
    Format(
        "service",
        service,
        {"level": "string", "source": "string", "event_id": "integer", "message": "string"},
        "%m/%d/%Y %I:%M:%S %p",
        1,
    ),
    Format(
        "mail_gateway",
        mail_gateway,
        {
            "host": "string", "field_3": "string", "from": "string", "size": "integer", "verdict": "string",
            "score": "number", "event": "string", "client_ip": "string", "client_port": "integer", "helo": "string",
        },
        "syslog",
        2,
        guessed=("field_3", "field_3"),
    ),
    Format(
        "sensors",
        sensors,
        {
            "device_id": "string", "temperature": "number", "battery_mv": "integer", "firmware": "string",
            "alarm": "boolean",
        },
        "epoch_s",
        0,
        notation="csv",
    ),
    Format(
        "payments",
        payments,
        {"component": "string", "level": "string", "id": "string", "amount": "integer", "ok": "boolean"},
        "iso8601",
        1,
        guessed=("component",),
    ),
    Format(
        "meter",
        meter,
        {
            "voltage_v": "number", "current_a": "number", "power_w": "integer", "status": "string", "fw": "string",
        },
        "epoch_ms",
        1,
        guessed=("status",),
    ),
    Format(
        "firewall",
        firewall,
        {"action": "string", "protocol": "string", "src_ip": "string", "dst_port": "integer", "size": "integer"},
        "iso8601",
        0,
        notation="csv",
    ),
    Format(
        "spark_like",
        spark_like,
        {"level": "string", "logger": "string", "used": "string", "pools": "integer"},
        "%y/%m/%d %H:%M:%S",
        1,
    ),
    Format(
        "warehouse",
        warehouse,
        {"field_2": "string", "field_3": "integer", "weight_kg": "number", "status": "string"},
        "%d/%m/%y %H:%M:%S",
        1,
        guessed=("field_2", "field_3", "status"),
    ),
    Format("queue", queue, {"worker": "integer", "message": "string", "took_ms": "integer"}, "iso8601", 1),
)  # fmt: skip
