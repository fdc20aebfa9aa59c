"""Words and forms that tell what a field is: what values look like, what units measure, which words say nothing."""

from __future__ import annotations

import re

TIME = "time"
UNITS = {"%": "percent", "µs": "us", "μs": "us", "sec": "s", "B": "bytes"}
OF_UNIT = {
    "%": "share", "V": "voltage", "mV": "voltage", "kV": "voltage", "A": "current", "mA": "current", "W": "power",
    "kW": "power", "MW": "power", "Wh": "energy", "kWh": "energy", "Hz": "frequency", "kHz": "frequency",
    "MHz": "frequency", "GHz": "frequency", "°C": "temperature", "°F": "temperature", "rpm": "speed", "dBm": "signal",
    "dB": "level_of_signal", "bar": "pressure", "kg": "weight", "g": "weight", "km": "distance", "cm": "distance", "mm": "distance", "hPa": "pressure", "Pa": "pressure", "lx": "brightness",
}  # fmt: skip
OUTCOMES = frozenset(
    [
        "ok", "fail", "failed", "failure", "success", "succeeded", "error", "warn", "warning", "pass", "passed", "done",
        "started", "starting", "running", "stopped", "finished", "completed", "complete", "aborted", "cancelled",
        "canceled", "skipped", "pending", "queued", "timeout", "denied", "accepted", "accept", "rejected", "reject",
        "allow", "allowed", "deny", "drop", "dropped", "blocked", "up", "down", "online", "offline", "active", "inactive",
    ]
)  # fmt: skip
TIMES = frozenset(["ns", "us", "µs", "μs", "ms", "s", "sec", "m", "h"])
SIZES = frozenset(["B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"])
AGENT = re.compile(r"[A-Za-z][A-Za-z0-9._-]*/[0-9][^ ]*(?: .*)?")
THREAD = re.compile(
    r"(?:main|MainThread|.*(?:[Tt]hread|worker|exec|pool|executor|dispatcher|scheduler|nio)[-_#0-9a-zA-Z.]*)"
)
LOGGER = re.compile(r"[A-Za-z_$][\w$-]*(?:(?:\.|::|/)[A-Za-z_$][\w$-]*)+")
SOURCE = re.compile(r"[\w./<>$-]+\.\w+:[0-9]+|[\w./$-]+:[0-9]+")
VERSION = re.compile(r"v[0-9]+(?:\.[0-9]+)+|[0-9]+(?:\.[0-9]+){2,}")
HOST = re.compile(
    r"[a-z][a-z0-9-]*[0-9](?:\.[a-z0-9.-]+)?|(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|local|lan|internal|example)"
)
DOMAIN = re.compile(r"(?:[A-Za-z0-9_-]+\.)+(?:com|net|org|io|dev|local|lan|internal|example|arpa)\.?")
SHORT_LEVELS = frozenset("DIWEFCTV")
FEW = 12
UNIT_WORDS = frozenset(
    [
        *OF_UNIT,
        *TIMES,
        *SIZES,
        "degC",
        "degF",
        "C",
        "F",
        "K",
        "psi",
        "ohm",
        "l",
        "pcs",
        "bytes",
        "ppm",
        "rad",
        "deg",
        "N",
        "Nm",
        "m/s",
        "km/h",
        "l/min",
        "m3/h",
        "mbar",
        "kPa",
        "MPa",
    ]
)
"""Units where they stand alone, in a column of their own."""
NUMBERED = re.compile(r"([A-Za-z]{2,})[-_#:.]?[0-9]+")
CACHE = frozenset(["HIT", "MISS", "EXPIRED", "BYPASS", "STALE", "UPDATING", "REVALIDATED"])
STATUS = re.compile(r"[1-5][0-9]{2}")
WORDS = frozenset(
    [
        "in",
        "to",
        "at",
        "of",
        "by",
        "is",
        "the",
        "a",
        "an",
        "and",
        "for",
        "on",
        "was",
        "with",
        "has",
        "from",
        "took",
        "after",
        "via",
        "as",
        "or",
        "not",
        "ms",
        "s",
    ]
)
PREPOSITIONS = {
    "from": "from_ip",
    "to": "to_ip",
    "by": "by",
    "for": "for",
    "took": "duration",
    "in": "duration",
    "after": "duration",
}
