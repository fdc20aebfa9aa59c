"""A whole configuration drawn at random, and logs for its sources: as different as users' are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logsource.parse.packs import PackIndex
from logsource.parse.samples import sample_files
from tests.support.anysource import any_source
from tests.support.hostile import block, tampered

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

OWN = {
    "words": {
        "regex": [
            r"(?P<time>[^ ]+) (?P<level>[A-Z]+) (?P<text>.*)",
            r"(?P<key>[^=]*)=(?P<value>[0-9]*)",
        ],
        "timestamp": {"field": "time", "format": ["iso8601", "epoch_s"]},
        "types": {"value": "integer"},
    },
    "grokked": {"grok": r"%{IPORHOST:client} %{NOTSPACE:user} %{GREEDYDATA:rest}"},
    "cutup": {"dissect": "%{client} %{+client} [%{time}] %{rest}"},
    "columns": {"csv": {"columns": ["a", "?b", "c"], "delimiter": " "}},
    "headed": {"csv": {"header": True, "delimiter": ","}},
    "pairs": {"logfmt": True},
    "objects": {"json": True, "timestamp": {"field": "time"}},
    "mailed": {"syslog": True},
    "behind": {"chain": {"envelope": "syslog_rfc3164", "field": "message", "inner": ["nginx_access", "pairs"]}},
    "docked": {"chain": {"envelope": "docker_json", "field": "message", "inner": "words", "otherwise": "drop"}},
}  # fmt: skip
OWN_LINES = [
    b"2026-01-02T03:04:05Z INFO it works", b"1767323045 WARN two", b"key=7", b"key=", b"192.0.2.1 bob all the rest",
    b"a b [2026-01-02] rest", b"1 2 3", b"1 2", b"a,b,c", b"1,2,3", b'level=info msg="it works" n=3', b"level=info bare",
    b'{"time":"2026-01-02T03:04:05Z","a":{"b":[1,2.5,null]},"text":"x"}', b'{"a":', b"{}", b"<34>Jan  2 03:04:05 web1 app[7]: hello",
    b'Jan  2 03:04:05 web1 nginx: 192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"',
    b"Jan  2 03:04:05 web1 app: k=v", b'{"log":"2026-01-02T03:04:05Z INFO x\\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}',
    b"\tat com.acme.Main(Main.java:5)", b"Traceback (most recent call last):", b'  File "x.py", line 1', b"ValueError: no",
]  # fmt: skip
MULTILINE = (
    {"start": "^[0-9A-Z]"}, {"start": "^.{0,2}[0-9]"}, {"continue": "^[ \\t]"}, {"end": "[.}]$"}, {"join_next": "[\\\\=]$"},
    {"count": 3}, {"json": True}, {"preset": "java"}, {"preset": "python"}, {"preset": "go"},
)  # fmt: skip

_PACKS = {pack.name: pack for pack in PackIndex().all()}
_SAMPLES: dict[str, list[bytes]] = {}


def samples_of(parser: str) -> list[bytes]:
    """Lines that a parser is made for, among others."""
    if parser not in _PACKS:
        return OWN_LINES
    if parser not in _SAMPLES:
        lines = [line.text.encode() for sample in sample_files(_PACKS[parser]) for line in sample.lines]
        _SAMPLES[parser] = [line for line in lines if len(line) < 4000] or [b"x"]
    return _SAMPLES[parser]


def packs() -> list[str]:
    """Names of the packs that ship."""
    return sorted(_PACKS)


def _source(name: str, directory: Path, chance: Random) -> dict[str, Any]:
    parser = chance.choice((*_PACKS, *OWN, *OWN, "plain", "json_lines", "logfmt"))
    keys = any_source(_PACKS[parser], chance) if parser in _PACKS and chance.random() < 0.7 else {}
    for step in keys.get("filters", []):
        if (
            "sample" in step and not step["sample"]["key"]
        ):  # else an event's id decides, which is another each time
            step["sample"]["key"] = ["no_such_field"]
    if chance.random() < 0.3:
        keys["multiline"] = {**chance.choice(MULTILINE), "flush_after": "10h"}
        keys["multiline"] |= chance.choice(({}, {"max_lines": 3}, {"max_size": 1024}))
    if chance.random() < 0.2:
        keys["encoding"] = chance.choice(("latin-1", "utf-16", "utf-16-le", "cp1252", "shift_jis", "ascii"))
    elif chance.random() < 0.12 and "multiline" not in keys:
        keys["container"] = chance.choice(("docker", "cri", "auto"))
    if chance.random() < 0.1 and "container" not in keys:
        keys["delimiter"] = chance.choice(("||", "\x00", "\u2028"))
    if chance.random() < 0.15 and "container" not in keys:
        keys["skip_lines"] = chance.choice((1, 3))
    if chance.random() < 0.15 and "container" not in keys:
        keys["comment"] = chance.choice(("#", "1", "//"))
    if chance.random() < 0.2:
        keys["max_line"] = chance.choice((1024, 2000))
    folder = directory / name
    return {"name": name, "paths": [f"{folder}/*.log"], "parser": parser, **keys}


def any_config(directory: Path, url: str, chance: Random, *, workers: float = 0.0) -> dict[str, Any]:
    """A configuration as YAML holds it; `workers`: how probable it is that there are several processes.

    Loading it may find problems: then it is none.
    """
    method = chance.choice(("post", "post", "post", "get"))
    collector: dict[str, Any] = {
        "url": url,
        "method": method,
        "app_id": chance.choice(("", "shop", 'é"\\')),
        "base64": chance.random() < 0.15,
        "linger": chance.choice(("20ms", "300ms")),
        "retry": {"initial": "500ms", "max": "5s"},
    }
    if method == "post":
        collector["byte_limit_post"] = chance.choice((1024, 4096, 131072, 131072, 800_000))
        collector["send_limit"] = chance.choice((1, 3, 50, 500))
    else:
        collector["byte_limit_get"] = chance.choice((2000, 16384))
    sources = [_source(f"s{number}", directory, chance) for number in range(chance.choice((1, 1, 2, 3)))]
    # Dead letters that fill the outbox stop reading until somebody looks at them; here nobody would.
    buries = any(source.get("unmatched") == "dead_letter" for source in sources)
    return {
        "agent": {
            "name": "host-1",
            "state_dir": str(directory / "state"),
            "workers": 2 if chance.random() < workers else 1,
            "host_entity": chance.random() < 0.2,
        },
        "collector": collector,
        "outbox": {
            "max_size": 2**30 if buries else chance.choice((65536, 65536, 2**30)),
            "sync": chance.choice(("normal", "full")),
        },
        "schemas": {"vendor": "com.acme"} if chance.random() < 0.2 and not collector["base64"] else {},
        "web": {"listen": ""},
        "parsers": OWN,
        "sources": sources,
    }


def any_content(source: dict[str, Any], chance: Random) -> list[bytes]:
    """Pieces of a log for a source, in which a writer may write it; whole ones where it must not be seen half."""
    texts = samples_of(source["parser"])
    lines = [line for _ in range(chance.choice((1, 2, 8))) for line in block(texts, chance)]
    if chance.random() < 0.1:
        lines.append(tampered(texts[0], texts, chance).replace(b"\n", b" ") * 200)
    encoding, end = source.get("encoding", "utf-8"), source.get("delimiter") or "\n"
    if "container" in source:
        lines = [_wrapped(source["container"], line, chance) for line in lines]
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    if encoding == "utf-16":
        encoding = "utf-16-le"
    if encoding == "utf-8":
        records = [
            line + chance.choice((b"", b"", b"\r") if end == "\n" else (b"",)) + end.encode()
            for line in lines
        ]
    else:
        end = end.encode(encoding, "ignore").decode(encoding) or "\n"
        records = [(line.decode(errors="replace") + end).encode(encoding, "replace") for line in lines]
    whole = mark + b"".join(records)
    # A second after the last piece a partial line of a container counts as complete.
    pieces = 1 if "container" in source else chance.choice((1, 2, 5))
    cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(pieces - 1))
    return [whole[one:other] for one, other in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def _wrapped(container: str, line: bytes, chance: Random) -> bytes:
    stream, text = chance.choice(("stdout", "stderr")), line.decode(errors="replace")
    if container == "docker" or (container == "auto" and chance.random() < 0.5):
        end = chance.choice(("\n", "\n", "\n", ""))
        return json.dumps({"log": text + end, "stream": stream, "time": "2026-01-02T03:04:05.5Z"}).encode()
    return f"2026-01-02T03:04:05.5Z {stream} {chance.choice('FFFP')} {text}".encode()
