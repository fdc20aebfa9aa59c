"""The image's recipe: hadolint and a parser judge it, and what it refers to exists."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import PurePosixPath

import pytest
from dockerfile_parse import DockerfileParser

from logsource.cli.main import cli
from logsource.config.load import load
from logsource.config.model import AgentConfig
from tests.deploy.tools import DEPLOY, ROOT, run
from tests.support.agent import AgentProcess, source, write_config
from tests.support.sink import Sink
from tests.system.test_wheel import SHIPPED

HERE = DEPLOY / "container"
DOCKERFILE = HERE / "Dockerfile"
CONFIG = HERE / "logsource.yaml"
NEEDED = {"LOGSOURCE_COLLECTOR_URL": "https://collector.example.com"}


@pytest.fixture(scope="module")
def steps():
    """(instruction, value) of every step."""
    parser = DockerfileParser(path=str(DOCKERFILE))
    return [(step["instruction"], step["value"]) for step in parser.structure]


def values(steps, instruction):
    return [value for name, value in steps if name == instruction]


def copied(steps):
    """(sources, target) of every COPY from the build context."""
    for value in values(steps, "COPY"):
        if not value.startswith("--from="):
            *sources, target = value.split()
            yield sources, target


def final(steps):
    """The steps of the last stage, which is the image."""
    last = max(number for number, (name, _) in enumerate(steps) if name == "FROM")
    return steps[last:]


def test_hadolint_finds_nothing():
    assert run("hadolint", "--no-color", DOCKERFILE) == (0, "")


def test_hadolint_would_have_found_something(tmp_path):
    bad = tmp_path / "Dockerfile"
    recipe = DOCKERFILE.read_text()
    bad.write_text(recipe.replace("WORKDIR /src", "WORKDIR src").replace(":3.12-slim-bookworm AS", " AS"))
    status, said = run("hadolint", "--no-color", bad)
    assert status == 1
    assert {"DL3000", "DL3006"} <= set(re.findall(r"DL\d+", said))


def test_the_build_stage_copies_what_the_wheel_is_made_of(steps):
    """tests/system/test_wheel.py builds and installs the wheel from just these."""
    assert {name for sources, target in copied(steps) if target.startswith("./") for name in sources} == set(
        SHIPPED
    )


def test_every_copied_file_exists_and_is_let_through_by_the_ignore_file(steps):
    rules = (HERE / "Dockerfile.dockerignore").read_text().split("\n")
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    wanted = {name for sources, _ in copied(steps) for name in sources}
    assert all((ROOT / name).exists() for name in wanted)
    assert allowed == wanted, "what is not copied stays out of the build"
    first = next(rule for rule in rules if rule and not rule.startswith("#"))
    assert first == "**", "everything else is left out"


def test_the_image_runs_a_real_command_with_the_configuration_it_ships(steps):
    (entry,), (command,) = values(final(steps), "ENTRYPOINT"), values(final(steps), "CMD")
    program, *before = json.loads(entry)
    assert program == "logsource"
    words = [*before, *json.loads(command)]
    run_command = cli.get_command(cli.make_context("logsource", [], resilient_parsing=True), words[0])
    assert run_command is not None
    context = run_command.make_context(words[0], words[1:])
    assert ["deploy/container/logsource.yaml", str(context.params["config"])] in [
        [*sources, target] for sources, target in copied(steps)
    ]


def test_the_image_is_not_root_and_its_state_is_a_volume(steps):
    (user,) = values(final(steps), "USER")
    uid, gid = user.split(":")
    (accounts,) = values(final(steps), "RUN")
    assert int(uid) > 0
    assert f"--gid {gid} logsource" in accounts
    assert f"--uid {uid} " in accounts
    (volume,) = values(final(steps), "VOLUME")
    state = str(AgentConfig().state_dir)
    assert json.loads(volume) == [state]
    assert re.search(rf"install -d -m 0700 -o logsource -g logsource {state}$", accounts)
    names = [name for name, _ in final(steps)]
    assert names.index("RUN") < names.index("USER"), "only the account is made as root"


def test_both_stages_use_the_same_python(steps):
    build, image = values(steps, "FROM")
    assert build.split()[0] == image
    assert image.startswith("python:3.")
    assert "slim" in image


def test_the_configuration_is_valid_as_soon_as_it_knows_the_collector(steps):
    config = load(CONFIG, env=NEEDED).config
    (port,) = values(final(steps), "EXPOSE")
    assert config.web.listen == f"0.0.0.0:{port}"
    assert config.collector.drain_timeout < 10, "docker stop kills after ten seconds"
    assert config.collector.url == NEEDED["LOGSOURCE_COLLECTOR_URL"]
    assert config.agent.name == ""
    assert load(CONFIG, env={**NEEDED, "LOGSOURCE_HOST": "web-1"}).config.agent.name == "web-1"


@pytest.mark.system
def test_the_health_check_tells_a_living_agent_from_none(tmp_path, steps):
    """The very command of the HEALTHCHECK, against a real agent on another port."""
    (check,) = values(final(steps), "HEALTHCHECK")
    program, flag, code = json.loads(check[check.index("CMD ") + 4 :])
    assert (program, flag) == ("python", "-c")
    assert ":9419/healthz" in code
    (tmp_path / "app.log").write_text("one\n")
    with Sink() as collector:
        config = write_config(tmp_path, collector.url, source(tmp_path / "app.log"))
        with AgentProcess(config) as agent:
            port = re.search(r"url=http://127\.0\.0\.1:(\d+)", agent.wait_for_log("event=listening"))[1]
            command = [sys.executable, flag, code.replace(":9419/", f":{port}/")]
            for more in ({}, {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
                assert (
                    subprocess.run(command, check=False, timeout=30, env={**os.environ, **more}).returncode
                    == 0
                )
            agent.stop()
        done = subprocess.run(command, check=False, timeout=30, capture_output=True)
        assert done.returncode == 1
        assert b"refused" in done.stderr


def test_paths_in_the_recipe_are_posix_and_absolute(steps):
    for _, target in copied(final(steps)):
        assert PurePosixPath(target).is_absolute()
