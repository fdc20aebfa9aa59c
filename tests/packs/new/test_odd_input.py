"""`packs new` on input that is no ordinary log: clear words, nothing written, nothing destroyed."""

import random
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from logsource.cli.main import cli
from tests.packs.new.formats import FORMATS

GOOD = "".join(f"2026-01-02T03:04:{n % 60:02}Z INFO db: took {n}ms\n" for n in range(60))


def new(folder: Path, stdin: str | bytes, *more: str, code: int = 0, name: str = "acme"):
    result = CliRunner().invoke(
        cli, ["packs", "new", name, "--dir", str(folder), *more], input=stdin, catch_exceptions=False
    )
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        (b"", "standard input is empty"),
        (b"\n\r\n \n", "all 3 lines are empty"),
        (random.Random(1).randbytes(50_000), "is not text"),
        (GOOD.encode("utf-16"), "is not text"),
        (b"x" * 1_048_576, "every line is longer than 16384 bytes"),
        (b"hello world\n", "no structure was found in 1 lines"),
        (b"one\ntwo words\nand three words\n" * 20, "no structure was found in 60 lines"),
    ],
)
def test_nothing_to_learn_from(tmp_path, stdin, expected):
    assert expected in new(tmp_path / "packs", stdin, code=1).stderr
    assert list((tmp_path / "packs").glob("*")) == []


def test_one_line_is_enough_for_a_beginning(tmp_path):
    told = new(tmp_path, "2026-01-02 03:04:05 INFO hello world\n").stdout
    assert "%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} %{GREEDYDATA:message}" in told


def test_very_long_lines_and_bytes_that_are_no_text_are_left_out_and_said(tmp_path):
    stdin = GOOD.encode() + b"y" * 1_048_576 + b"\n" + b"2026-01-02T03:05:00Z INFO db: caf\xe9 \x1b[31m\n"
    told = new(tmp_path, stdin).stdout
    assert "62 lines read (1 too long)" in told
    assert "\x1b" not in told
    assert CliRunner().invoke(cli, ["packs", "test", str(tmp_path / "acme")]).exit_code == 0


def test_lines_that_belong_to_the_record_before_are_recognised(tmp_path):
    trace = (
        'Traceback (most recent call last):\n  File "/srv/x.py", line 1, in run\n    go()\nValueError: bad\n'
    )
    told = new(tmp_path, GOOD + trace + GOOD).stdout
    assert "124 lines read (120 records)" in told
    assert "the source needs multiline: {start: '^" in told
    assert "(1 of 120 records)" in told, "the one with the trace, whose text no other record has"


def test_a_single_trace_among_many_lines_is_odd(tmp_path):
    told = new(tmp_path, GOOD * 4 + "Traceback (most recent call last):\n    go()\n").stdout
    assert "see `multiline` of the source" in told
    assert "242 lines read\n" in told


def test_an_existing_folder_is_left_alone(tmp_path):
    new(tmp_path, GOOD)
    (tmp_path / "acme" / "pack.yaml").write_text("mine\n")
    assert "exists" in new(tmp_path, GOOD, code=2).stderr
    assert (tmp_path / "acme" / "pack.yaml").read_text() == "mine\n"
    new(tmp_path, GOOD, "--force")
    assert "TIMESTAMP_ISO8601" in (tmp_path / "acme" / "pack.yaml").read_text()


def test_force_does_not_replace_what_is_no_pack(tmp_path):
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "letters.txt").write_text("dear")
    assert "is not a parser pack" in new(tmp_path, GOOD, "--force", code=2).stderr
    assert (tmp_path / "acme" / "letters.txt").read_text() == "dear"


def test_a_failure_keeps_the_pack_that_was_there(tmp_path):
    new(tmp_path, GOOD)
    before = (tmp_path / "acme" / "pack.yaml").read_bytes()
    new(tmp_path, b"", "--force", code=1)
    assert (tmp_path / "acme" / "pack.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["a/b", "..", "_acme", ".acme", "a b", ""])
def test_names_that_are_none(tmp_path, name):
    assert "is no name of a schema" in new(tmp_path, GOOD, code=2, name=name).stderr


def test_a_hundred_thousand_lines_take_a_few_seconds(tmp_path):
    several = next(one for one in FORMATS if one.name == "several_shapes")
    stdin = "\n".join(several.lines(20_000) * 5)
    before = time.process_time()
    told = new(tmp_path, stdin).stdout
    assert (
        time.process_time() - before < 20
    )  # about 2 s; the limit tells quadratic from linear, not fast from slow
    assert "100000 lines read" in told
    assert "of them looked at" in told


def test_a_log_that_a_pack_knows_is_told(tmp_path):
    line = '203.0.113.7 - - [02/Jan/2026:03:04:{:02} +0000] "GET /a?b=c HTTP/1.1" 200 12 "-" "curl/8.5.0"\n'
    told = new(tmp_path, "".join(line.format(n) for n in range(60))).stdout
    assert "known already: the pack nginx_access takes 100% of the samples" in told
    assert "known already" not in new(tmp_path, GOOD, name="other").stdout


W3C = """#Software: Acme 1.0
#Fields: date time c-ip cs-method sc-status time-taken
2026-01-02 03:04:05 10.0.0.1 GET 200 0.012
2026-01-02 03:04:06 10.0.0.2 POST 500 1.250
"""


def test_w3c_columns_are_named_by_their_header(tmp_path):
    new(tmp_path, W3C)
    text = (tmp_path / "acme" / "pack.yaml").read_text()
    assert "c_ip:\n    from: c-ip" in text
    assert "w3c: true" in text


def test_csv_with_header(tmp_path):
    stdin = "id,created,name,net amount\n" + "".join(
        f'{n},2026-01-02T03:04:05Z,"Smith, A",{n}.5\n' for n in range(1, 40)
    )
    told = new(tmp_path, stdin).stdout
    assert "net_amount  number" in told
    assert "time: created as iso8601" in told
    assert "no record: header (1 of 40 lines)" in told


def test_logfmt(tmp_path):
    stdin = "".join(f'ts={1767340800 + n} level=info msg="took {n}" n={n}\n' for n in range(30))
    told = new(tmp_path, stdin).stdout
    assert "key=value pairs" in told
    assert "time: ts as epoch_s" in told
    assert "n      integer" in told
