"""`logsource track` where no configuration is found, and a collector to which it may send."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.support.sink import Sink


@pytest.fixture
def track(monkeypatch, tmp_path):
    """Run the command where no configuration is found; its result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGSOURCE_CONFIG", raising=False)

    def run(*words, stdin=None):
        return CliRunner().invoke(cli, ["track", *map(str, words)], input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def sink():
    with Sink() as one:
        yield one
