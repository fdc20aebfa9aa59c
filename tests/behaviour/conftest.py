"""What most stories about files begin with: a log, and a tail that follows it and is stopped at the end."""

from __future__ import annotations

import pytest

from tests.support.tailing import Tailing, source


@pytest.fixture
def log(tmp_path):
    return tmp_path / "app.log"


@pytest.fixture
def opened():
    """Whatever is put in here is stopped at the end."""
    found = []
    yield found
    for one in found:
        one.stop()


@pytest.fixture
def follow(request, opened):
    """Follow paths, by default `log`. `source` are keys of their source; or `sources` are whole ones."""

    def _follow(*paths, sources=None, **options):
        keys = options.pop("source", {})
        configs = sources or [source(*(paths or (request.getfixturevalue("log"),)), **keys)]
        opened.append(Tailing(*configs, **options))
        return opened[-1]

    return _follow
