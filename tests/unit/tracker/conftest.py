"""A builder of events that knows the schemas of `acme`."""

from __future__ import annotations

import pytest

from tests.support.tracked import builder_of


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    return builder_of(tmp_path_factory.mktemp("iglu"))
