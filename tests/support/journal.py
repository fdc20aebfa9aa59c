"""A journal that is a file, and a `journalctl` that reads it: what the real one does as far as we rely on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.programs import python_program

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PROGRAM = """
import json, re, select, sys

JOURNAL, CALLS = {journal!r}, {calls!r}
options = {{}}
arguments = sys.argv[1:]
at = arguments.index("--")
for one in arguments[:at]:
    name, _, value = one.partition("=")
    options[name] = value
matches = dict(one.split("=", 1) for one in arguments[at + 1 :])
with open(CALLS, "a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
unknown = set(options) - {{"--output", "--no-pager", "--quiet", "--all", "--follow", "--no-tail", "--lines", "--cursor"}}
unknown -= {{"--directory", "--namespace"}}
if unknown or options.get("--output") != "json":
    sys.exit(f"journalctl: unrecognized option {{unknown}}")
if "broken" in matches.get("FAIL", ""):
    print("Failed to open the journal: Permission denied", file=sys.stderr)
    sys.exit(1)

def entries(file):
    while (line := file.readline()).endswith("\\n"):
        yield line.rstrip("\\n")

def place_of(line):
    return int(re.search(";i=([0-9a-f]+);", json.loads(line)["__CURSOR"])[1], 16)

def fits(line):
    entry = json.loads(line)
    return all(str(entry.get(name)) == value for name, value in matches.items())

with open(JOURNAL) as file:
    known = list(entries(file))
    place = 0
    cursor = options.get("--cursor")
    if cursor is not None:  # as the real one: the next entry that is there, if that of the cursor is gone
        number = re.search(";i=([0-9a-f]+);", cursor)
        if number is None:
            sys.exit("Failed to seek to cursor: Invalid argument")
        cursors = [json.loads(line)["__CURSOR"] for line in known]
        later = [at for at, one in enumerate(known) if place_of(one) >= int(number[1], 16)]
        place = cursors.index(cursor) if cursor in cursors else min(later, default=len(known))
    chosen = [line for line in known[place:] if fits(line)]
    if "--follow" in options and known:  # as the real one: this boot only
        boot = json.loads(known[-1])["_BOOT_ID"]
        chosen = [line for line in chosen if json.loads(line)["_BOOT_ID"] == boot]
    if "--lines" in options:
        chosen = chosen[-int(options["--lines"]):]
    try:
        for line in chosen:
            print(line)
        sys.stdout.flush()
        reader = select.poll()
        reader.register(1, 0)
        while "--follow" in options:
            where = file.tell()
            line = file.readline()
            if not line.endswith("\\n"):
                file.seek(where)
                if reader.poll(10):  # as the real one: nobody reads any more, e.g. the agent was killed
                    break
                continue
            if "DIE" in json.loads(line):
                print("Assertion failed, aborting", file=sys.stderr)
                sys.exit(3)
            if fits(line):
                print(line, end="", flush=True)
    except BrokenPipeError:
        sys.stderr.close()
"""


class Journal:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal"
        self.path.touch()
        self.calls_path = folder / "calls"
        self.calls_path.touch()
        code = _PROGRAM.format(journal=str(self.path), calls=str(self.calls_path))
        self.program = python_program(folder / "journalctl", code, "-IS")
        self._number = 0
        self.boot = "b" * 32

    @property
    def calls(self) -> list[list[str]]:
        """Arguments of each run so far."""
        return [json.loads(line) for line in self.calls_path.read_text().splitlines()]

    def write(self, *messages: Any, **fields: Any) -> None:
        """Append entries; a MESSAGE of None is left out."""
        self.extend(self._entry(message, fields) for message in messages)

    def vacuum(self, keep: int) -> None:
        """Only the newest entries are left."""
        self.path.write_text("".join(self.path.read_text().splitlines(keepends=True)[-keep:]))

    def extend(self, entries: Iterable[dict[str, Any]]) -> None:
        with self.path.open("a") as file:
            file.write("".join(json.dumps(entry) + "\n" for entry in entries))

    def _entry(self, message: Any, fields: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        entry = {
            "__CURSOR": f"s=8f;i={self._number:x};b={self.boot};m=1;t=2;x=3",
            "__REALTIME_TIMESTAMP": str(1_767_323_045_678_901 + self._number * 1_000_000),
            "_BOOT_ID": self.boot,
            "_HOSTNAME": "web-1",
            "PRIORITY": "6",
            **fields,
        }
        if message is not None:
            entry["MESSAGE"] = message
        return entry
