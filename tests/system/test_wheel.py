"""The wheel, as a user gets it: built from a clean copy, installed into an environment without this checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SHIPPED = ("logsource", "parsers", "pyproject.toml", "README.md", "LICENSE")
LINE = b'10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /a?b=1 HTTP/1.1" 200 12 "-" "curl/8.5.0"\n'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built without the network: hatchling is one of our development dependencies."""
    copy = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "-w", out, copy)
    (path,) = out.glob("logsource-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Folder of the installed commands. Our dependencies are borrowed, our editable checkout is not.

    The `.pth` of the environment names the folders of our dependencies, whose own `.pth` files (one of them leads
    to the checkout) are not followed.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    site = environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    borrowed = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    pip("install", "--ignore-installed", wheel, python=environment / "bin" / "python")
    return environment / "bin"


def pip(verb, *words, python=sys.executable):
    """Without the network and without dependencies."""
    run([sys.executable, "-m", "pip", "--python", python, verb, "--quiet", "--no-deps", "--no-index", *words])


def run(command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, timeout=200, check=False, **options
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_every_pack_every_schema_and_the_page_are_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    packs = {
        f"logsource/_packs/{path.relative_to(ROOT / 'parsers')}"
        for path in (ROOT / "parsers").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert len(packs) > 20
    assert packs - names == set()
    code = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "logsource").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert code - names == set()
    assert not [name for name in names if name.startswith(("tests/", "logsource/_packs/../"))]


def test_what_is_installed_is_not_this_checkout(installed, tmp_path):
    where = run([installed / "python", "-c", "import logsource; print(logsource.__file__)"], cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_installed_command_lists_its_packs(installed, tmp_path):
    listed = run([installed / "logsource", "packs", "list"], cwd=tmp_path)
    for path in (ROOT / "parsers").glob("*/pack.yaml"):
        assert path.parent.name in listed


def test_the_installed_command_parses_a_line_with_a_pack(installed, tmp_path):
    out = run([installed / "logsource", "try", "nginx_access", "--json", "-"], cwd=tmp_path, input=LINE)
    result = json.loads(out)
    assert result["ok"] is True
    assert result["schema"] == "iglu:io.logsource/nginx_access/jsonschema/1-0-0"
    assert result["data"]["status"] == 200
    assert result["timestamp"] == "2026-01-02T03:04:05.000Z"


def test_the_installed_packs_pass_their_own_tests(installed, tmp_path):
    run([installed / "logsource", "packs", "test", "nginx_access"], cwd=tmp_path)
