"""Logs of machines rather than of web programs: dates by day of year, decimal commas, kinds that tell how many parts follow."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from tests.packs.new.formats import Format

if TYPE_CHECKING:
    import random


def at(index: int) -> dt.datetime:
    return dt.datetime(2026, 3, 19, 14, 2, 11, tzinfo=dt.UTC) + dt.timedelta(seconds=index * 37)


def plant(rng: random.Random, i: int) -> str:
    """A control system: a unit in a word of its own, numbered devices."""
    device, kind = f"PLC-{rng.randint(1, 12):02}", rng.choice(["ALM", "EVT", "OPR"])
    value, unit = rng.uniform(-50, 400), rng.choice(["degC", "bar", "rpm", "%"])
    return f"{at(i):%d/%m/%Y %H:%M:%S}.{rng.randint(0, 999):03} | {device} | {kind} | {value:.2f} {unit}"


def build_farm(rng: random.Random, i: int) -> str:
    head = f"[{at(i):%Y-%m-%dT%H:%M:%SZ}] worker-{rng.choice('abc')}{rng.randint(1, 9)} job#{rng.randint(1000, 9999)} "
    return head + rng.choice(
        [
            f"started: cached={rng.choice(['true', 'false'])}",
            f"finished: exit={rng.choice([0, 1, 137])} cpu={rng.uniform(1, 900):.2f}s rss={rng.randint(10, 4000)}MiB",
            f"cache miss for {rng.choice(['rustc', 'gcc'])}",
        ]
    )


def bridge(rng: random.Random, i: int) -> str:
    """Semicolons, and some of the parts say their own name."""
    uetr = uuid.UUID(int=rng.getrandbits(128), version=4)
    head = f"{at(i):%Y%m%d-%H%M%S},{rng.randint(0, 999):03};{rng.choice(['IN', 'OUT'])};UETR={uetr}"
    return f"{head};AMT={rng.choice(['EUR', 'CHF'])}{rng.randint(1, 999)}.{rng.randint(10, 99)};{rng.randint(1, 900)}ms"


def game(rng: random.Random, i: int) -> str:
    score = f"{rng.randint(1, 3000)},{rng.randint(0, 99):02}"
    player, wait = rng.choice(["Jörg", "Änne", "Łukasz"]), f"{rng.randint(0, 90)},{rng.randint(0, 9)}"
    return f"{at(i):%d.%m.%Y %H:%M:%S} Spieler '{player}' (Wertung {score}), Wartezeit {wait} s"


def satellite(rng: random.Random, i: int) -> str:
    head = f"{at(i):%Y-%jT%H:%M:%S}.{rng.randint(0, 999):03}Z SCID={rng.choice([42, 43])} CRC={rng.choice(['OK', 'BAD'])}"
    return f"{head} EbN0={rng.uniform(1, 14):.1f}dB T1={rng.uniform(-30, 30):+.1f}C"


def spooler(rng: random.Random, i: int) -> str:
    head = f"{at(i):%a %b %e %H:%M:%S %Y} [{rng.randint(300, 9999)}] <{rng.choice(['info', 'warn', 'err'])}> "
    return head + rng.choice(
        [
            f"accepted connection from client{rng.randint(1, 40)}",
            f"child {rng.randint(300, 9999)} exited with status {rng.choice([0, 1, 255])}",
            f"spool /var/spool/pd/{rng.getrandbits(32):08x}.job: {rng.randint(1, 90)} records, took {rng.uniform(0, 3):.3f}s",
        ]
    )


def monitor(rng: random.Random, i: int) -> str:
    """The first word says how many parts follow."""
    head = f"[{at(i).timestamp():.0f}] "
    state, hardness = rng.choice(["UP", "DOWN"]), rng.choice(["SOFT", "HARD"])
    return head + rng.choice(
        [
            f"HOST CHANGE: db{rng.randint(1, 4)};{state};{hardness};{rng.randint(1, 3)}",
            f"SERVICE CHANGE: web{rng.randint(1, 9)};/var;{state};{hardness};{rng.randint(1, 3)}",
        ]
    )


def wireless(rng: random.Random, i: int) -> str:
    mac = ":".join(f"{rng.randint(0, 255):02x}" for _ in range(6))
    head = f"<{rng.randint(130, 190)}>{at(i):%Y.%m.%d %H:%M:%S} WLC-{rng.randint(1, 3)} client={mac}"
    return f"{head} ssid='{rng.choice(['corp', 'guest wifi'])}' rssi=-{rng.randint(30, 90)}dBm"


def transfer(rng: random.Random, i: int) -> str:
    return f"{at(i):%Y-%m-%d-%H.%M.%S}.{rng.randint(0, 999999):06} PNUM={rng.randint(1, 9999)} RC={rng.choice([0, 4, 8])}"


def fans(rng: random.Random, i: int) -> str:
    """Minutes are enough, and units stand behind their numbers."""
    head = f"{at(i):%Y-%m-%d %H:%M} fan{rng.randint(1, 4)} {rng.choice(['on', 'off'])}"
    return f"{head} {rng.uniform(1, 99):.1f}% speed {rng.uniform(1, 9):.2f} m/s"


def attributes(rng: random.Random, i: int) -> str:
    """The time is one of many attributes."""
    return f'<evt sev="{rng.randint(1, 5)}" t="{at(i):%Y-%m-%dT%H:%M:%S}+01:00" src="{rng.choice(["gate", "belt"])}">'


FRESH_FORMATS = (
    Format(
        "plant",
        plant,
        {"plc": "string", "field_3": "string", "field_4": "number", "unit": "string"},
        "%d/%m/%Y %H:%M:%S.%f",
        1,
        guessed=("plc", "field_3", "field_4"),
    ),
    Format(
        "build_farm",
        build_farm,
        {
            "thread": "string", "job": "integer", "message": "string", "cached": "boolean", "exit": "integer",
            "cpu_s": "number", "rss_mib": "integer",
        },
        "iso8601",
        1,
    ),
    Format(
        "bridge",
        bridge,
        {"field_2": "string", "uetr": "string", "amt": "string", "duration_ms": "integer"},
        "%Y%m%d-%H%M%S,%f",
        1,
        guessed=("field_2",),
    ),
    Format(
        "game",
        game,
        {"spieler": "string", "wertung": "string", "wartezeit": "string"},
        "%d.%m.%Y %H:%M:%S",
        1,
    ),
    Format(
        "satellite",
        satellite,
        {"scid": "integer", "crc": "string", "eb_n0_db": "number", "t1_c": "number"},
        "%Y-%jT%H:%M:%S.%f%z",
        1,
    ),
    Format(
        "spooler",
        spooler,
        {
            "pid": "integer", "level": "string", "child": "integer", "status": "integer", "event": "string",
            "spool": "string", "records": "integer", "duration_s": "number", "client": "string",
        },
        "%a %b %d %H:%M:%S %Y",
        3,
        guessed=("client",),
    ),
    Format(
        "monitor",
        monitor,
        {
            "change": "string", "status": "string", "field_4": "string", "field_5": "integer", "event": "string",
            "path": "string", "field_7": "string", "field_6": "integer",
        },
        "epoch_s",
        2,
        guessed=("status", "field_4", "field_5", "status", "field_7", "field_6"),
    ),
    Format(
        "wireless",
        wireless,
        {"priority": "integer", "wlc": "string", "client": "string", "ssid": "string", "rssi_dbm": "integer"},
        "%Y.%m.%d %H:%M:%S",
        1,
        guessed=("wlc",),
    ),
    Format(
        "fans",
        fans,
        {"host": "string", "field_3": "string", "share_percent": "number", "speed": "number"},
        "%Y-%m-%d %H:%M",
        1,
        guessed=("field_3",),
    ),
    Format("attributes", attributes, {"sev": "integer", "src": "string"}, "iso8601", 1),
    Format("transfer", transfer, {"pnum": "integer", "rc": "integer"}, "%Y-%m-%d-%H.%M.%S.%f", 1),
)  # fmt: skip
