"""Logs of fixed columns, made for the purpose: no pack knows them, and each is written in another manner."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class FixedFormat:
    """One log, and what should be found in it."""

    name: str
    line: Callable[[random.Random, datetime], str]
    columns: dict[str, str]
    time: str
    types: dict[str, str]
    """Of fields that are no strings."""

    def lines(self, count: int = 300, seed: int = 1) -> list[str]:
        """So many lines, always the same."""
        chance, now, made = random.Random(f"{self.name}{seed}"), datetime(2026, 11, 22, 6, 15, tzinfo=UTC), []
        for _ in range(count):
            now += timedelta(milliseconds=chance.randint(10, 90_000))
            made.append(self.line(chance, now))
        return made


def _mainframe(chance: random.Random, now: datetime) -> str:
    """Date and time without separators, the time glued to the job; a word that names the number behind it."""
    text = chance.choice(
        [
            f"STEP FINISHED  RC={chance.choice([0, 0, 0, 4, 8]):04d}",
            "STEP STARTED",
            f"DATASET PROD.PAY.D{chance.randint(0, 999):03d} ALLOCATED",
            f"WAITING FOR TAPE {chance.randint(0, 999999)}",
            "JOB ENDED",
        ]
    )
    job = f"JOB{chance.choice('ABCX')}{chance.randint(1, 9999):04d}"
    severity = chance.choices("IWE", [8, 2, 1])[0]
    return f"{now:%Y%m%d %H%M%S}{job} {severity}  CPU {chance.random() * 200:08.2f} {text}"


def _bank(chance: random.Random, now: datetime) -> str:
    """No separators at all; the sign behind the amount, names with blanks, columns that may be blank."""
    amount = chance.randint(1, 99_999_999) / 100
    branch, account = chance.choice(["DE01", "AT02", "CH10"]), chance.randint(10**9, 10**10 - 1)
    who = chance.choice(["ACME GMBH", "STADTWERKE LINZ", "MUELLER U SOHN", "", "K2"])
    return (
        f"{now:%Y%m%d%H%M%S}{branch}{account} {f'{amount:.2f}' + chance.choice('- '):>13}"
        f"{chance.choice(['EUR', 'CHF', 'USD'])} {who:<18}{chance.choice(['OK', 'OK', 'RJ'])}{chance.choice([0, 0, 17, 104]):05d}"
    )


def _calls(chance: random.Random, now: datetime) -> str:
    """Julian dates of two-digit years, numbers at the left and at the right side, blanks cut at the end of lines."""
    called = f"49{chance.randint(10**8, 10**10)}" if chance.random() < 0.7 else ""
    outcome = chance.choice(["", "", "BUSY", "NO ANSWER", "FAIL 17"])
    return (
        f"{now:%y%j %H:%M:%S} {chance.choice(['VOICE', 'SMS', 'DATA']):<6}49{chance.randint(10**9, 10**10):<13} "
        f"{called:<15} {chance.randint(0, 3999):>6} {outcome:<10}{chance.choice(['CELL0817', 'CELL0818', ''])}"
    ).rstrip()


def _history(chance: random.Random, now: datetime) -> str:
    """A message id that may be blank before the time, two blanks inside of the time."""
    text = chance.choice(
        [
            f"Job {chance.randint(1, 999999):06d}/QSYS/QBATCH started on subsystem QBATCH.",
            "Device DSP01 no longer communicating.",
            "Damaged object found in library QGPL.",
        ]
    )
    code, kind = (
        chance.choice(["CPF1124", "CPF1164", "CPI1125", ""]),
        chance.choice(["Information", "Completion", "Escape"]),
    )
    return f"{code:<8} {chance.choice(['00', '40', '']):<2} {kind:<14}{now:%d.%m.%y  %H:%M:%S} {chance.choice(['QSYS', 'QBATCH', 'QINTER']):<10} {text}"


def _press(chance: random.Random, now: datetime) -> str:
    """A time as elsewhere, but the words of the machine have blanks in them, and three columns may be blank."""
    machine, kind = chance.choice(["LINE1", "LINE2", "OVEN 3", "PRESS 12"]), chance.choice(["ALM", "EVT", ""])
    who = chance.choice(["OPERATOR SMITH", "AUTO", ""])
    text = chance.choice(["TEMP HIGH", "DOOR OPEN", "RECIPE LOADED", "ACK"])
    return (
        f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}  {machine:<10}{kind:<5}{chance.uniform(-40, 900):>8.1f}"
        f"{chance.choice(['C', 'BAR', 'RPM', '']):>5}  {who:<16}{text}"
    )


FIXED_FORMATS = (
    FixedFormat(
        "mainframe",
        _mainframe,
        {"time": "1-15", "field_2": "16-24", "level": "25-27", "cpu": "32-40", "message": "41-"},
        "%Y%m%d %H%M%S",
        {"cpu": "number"},
    ),
    FixedFormat(
        "bank",
        _bank,
        {"time": "1-14", "field_2": "15-29", "field_3": "30-42", "field_4": "43-46", "text": "47-64", "field_6": "65-"},
        "%Y%m%d%H%M%S",
        {"field_3": "number"},
    ),
    FixedFormat(
        "calls",
        _calls,
        {"time": "1-15", "field_2": "16-21", "field_3": "22-37", "field_4": "38-50", "field_5": "51-60", "text": "61-70", "cell": "71-"},
        "%y%j %H:%M:%S",
        {"field_3": "integer", "field_4": "integer", "field_5": "integer"},
    ),
    FixedFormat(
        "history",
        _history,
        {"field_1": "1-9", "field_2": "10-12", "field_3": "13-26", "time": "27-45", "field_5": "46-56", "message": "57-"},
        "%d.%m.%y %H:%M:%S",
        {"field_2": "integer"},
    ),
    FixedFormat(
        "press",
        _press,
        {"time": "1-25", "field_2": "26-35", "field_3": "36-39", "field_4": "40-49", "field_5": "50-55", "field_6": "56-71", "message": "72-"},
        "iso8601",
        {"field_4": "number"},
    ),
)  # fmt: skip
