"""What the documentation of packs shows is true."""

import json
import re
from pathlib import Path

import pytest

from logsource.config.builtin import builtin_packs_dir
from logsource.config.model import SourceConfig
from logsource.config.yaml import read_yaml
from logsource.model import Line, Record
from logsource.parse.packs import PackIndex, load_pack
from logsource.parse.spec import PackSpec
from tests.support.packs import make_pack

PACKS = PackIndex().all()
GUIDE = (builtin_packs_dir() / "README.md").read_text(encoding="utf-8")
TEXT = {"type": ["string", "null"], "maxLength": 4096, "description": "Text."}


def block(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found, f"a block of {language}"
    return found[1]


def test_the_pack_of_the_guide_works(tmp_path):
    properties = {
        "client": TEXT,
        "request": TEXT,
        "status": {"type": ["integer", "null"], "minimum": 0, "maximum": 999, "description": "Code."},
    }
    folder = make_pack(tmp_path, yaml="", properties=properties, required=())
    (folder / "pack.yaml").write_text(block(GUIDE, "yaml"))
    parser = load_pack(folder).parser
    request = parser.parse(Line(text='2026-01-02T03:04:05Z 192.0.2.1 "-" 200', offset=0))
    started = parser.parse(Line(text="02/Jan/2026:03:04:05 +0000 started", offset=0))
    assert not isinstance(started, Record), "the second format has a space, which [^ ] does not take"
    assert request.data == {"client": "192.0.2.1", "status": 200}
    started = parser.parse(Line(text="2026-01-02T03:04:05Z started", offset=0))
    assert (started.data, started.timestamp_ms) == ({"client": "localhost"}, 1_767_323_045_000)


def test_every_key_of_a_pack_is_in_the_guide():
    for name, info in PackSpec.model_fields.items():
        assert f"`{info.alias or name}`" in GUIDE or f"`{info.alias or name}." in GUIDE, name


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_the_readme_of_a_pack_shows_a_source_that_is_valid_and_an_event_that_is_true(pack):
    text = (pack.folder / "README.md").read_text(encoding="utf-8")
    (source,) = read_yaml(block(text, "yaml"), {}).value["sources"]
    assert SourceConfig.model_validate(source).parser == pack.name
    shown = json.loads(block(text, "json"))
    assert shown["ok"]
    golden = [
        json.loads(line)
        for file in sorted((pack.folder / "samples").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").split("\n")
        if line
    ]
    assert shown in golden


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_the_readme_of_a_pack_says_who_wrote_its_samples_and_shows_one_that_a_program_wrote(pack):
    text = (pack.folder / "README.md").read_text(encoding="utf-8")
    written = [name for entry in pack.spec.origin if entry.written_by for name in entry.samples]
    for entry in pack.spec.origin:
        assert (
            f"| {', '.join(f'`{name}`' for name in entry.samples)} | {entry.written_by or 'by hand'} |"
            in text
        )
    golden = [
        json.loads(line)
        for name in written
        for line in (pack.folder / "samples" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]
    assert not written or json.loads(block(text, "json")) in golden


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_fields_have_snake_case_names_and_a_description(pack):
    for file in (pack.folder / "schemas").glob("*/*/jsonschema/*"):
        for name, member in json.loads(file.read_text(encoding="utf-8"))["properties"].items():
            assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name), name
            assert member["description"].endswith((".", "…")), name


def test_folders_hold_nothing_else():
    known = {"pack.yaml", "README.md", "schemas", "samples"}
    for pack in PACKS:
        assert {path.name for path in Path(pack.folder).iterdir()} == known
