"""`python -m tests.fuzz [TARGET …] [--seconds N]`: fuzzing guided by coverage, with atheris.

Each target runs in a process of its own. What is found is written to build/fuzz/TARGET/ and can be given back:
`python -m tests.fuzz TARGET --replay FILE`. Exit status 1 when anything was found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

WORK = Path("build/fuzz")
LARGEST = 2000
"""Bytes of an input."""


def main() -> int:
    """Run the targets one after the other; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=120, help="for each target")
    parser.add_argument("--replay", type=Path, help="run one input of one target and nothing else")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return _fuzz(given.targets[0], given.seconds)
    from tests.fuzz.targets import TARGETS, bounded

    unknown = set(given.targets) - set(TARGETS)
    if unknown or (given.replay and len(given.targets) != 1):
        parser.error(f"targets are {', '.join(TARGETS)}; --replay takes exactly one")
    if given.replay:
        with bounded():
            TARGETS[given.targets[0]](given.replay.read_bytes())
        return 0
    failed = [target for target in given.targets or TARGETS if not _run(target, given.seconds)]
    print(
        f"fuzzed {', '.join(given.targets or TARGETS)}: "
        + (f"found something in {', '.join(failed)}" if failed else "nothing found")
    )
    return 1 if failed else 0


def _run(target: str, seconds: int) -> bool:
    command = [sys.executable, "-m", "tests.fuzz", target, "--inside", "--seconds", str(seconds)]
    return subprocess.run(command, check=False).returncode == 0


def _fuzz(target: str, seconds: int) -> int:
    import atheris

    with atheris.instrument_imports(include=["logsource"], enable_loader_override=False):
        from tests.fuzz.targets import HANG, TARGETS, WORDS, bounded, seeds

    folder = WORK / target
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number:04}").write_bytes(seed)
    words = folder / "words.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in WORDS)
    words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    run = TARGETS[target]

    def one(data: bytes) -> None:
        with bounded():
            run(data)

    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LARGEST}",
        f"-timeout={int(HANG * 4)}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-verbosity=1",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
