"""One mistake a file, and the exact message a person gets for it.

After a change of wording: look at the difference that the test shows, then write it into the `.expected`
file. The first line a newcomer meets is one of these.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from logsource.config.load import load_config
from logsource.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "broken_configs"
FILES = sorted(FOLDER.glob("*.yaml"))
SECRETS = {"TOKEN": "s3cret-from-env", "EMPTY": ""}
PACKS = ("nginx_access", "apache_access", "syslog_rfc3164")


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(path, env=SECRETS, known_parsers=lambda _: PACKS)
    return [problem.replace(f"{FOLDER}/", "") for problem in raised.value.problems]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_message_is_exact(path: Path):
    expected = path.with_suffix(".expected").read_text(encoding="utf-8")
    assert "\n".join(problems_of(path)) + "\n" == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_message_keeps_secrets(path: Path):
    text = "\n".join(problems_of(path))
    assert "s3cret" not in text
    assert "hunter2" not in text
    assert "12345678" not in text  # a header's value, written as a number


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_is_one_message(path: Path):
    count = len(problems_of(path))
    assert count == 1 if path.stem != "many_mistakes" else count > 15


def test_there_are_enough_files():
    assert len(FILES) >= 100
    assert {path.stem for path in FILES} == {path.stem for path in FOLDER.glob("*.expected")}
