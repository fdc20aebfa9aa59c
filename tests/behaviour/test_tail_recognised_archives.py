"""Archives that were recognised by what they hold: nothing was read of them, and they hold nobody up."""

from __future__ import annotations

from tests.support.rotating import Writer, ends_whole, rotate
from tests.support.tailing import Tailing, source


def test_two_archives_of_what_was_read_before_do_not_hold_up_the_log(tmp_path):
    log = tmp_path / "app.log"
    writer = Writer(log, "keeps")
    tailing = Tailing(source(log))
    for generation in range(3):
        writer.write(50)
        tailing.step()
        rotate(log, "copytruncate_compress", writer, generation)
        tailing.step()
    writer.write(5)
    assert tailing.step(3).texts() == writer.expected()
    ends_whole(tailing, writer)


def test_its_row_says_when_the_archive_was_written_so_that_it_need_not_be_unpacked(tmp_path):
    log = tmp_path / "app.log"
    writer = Writer(log, "keeps")
    writer.write(50)
    tailing = Tailing(source(log)).step()
    rotate(log, "copytruncate_compress", writer, 1)
    tailing.settle()
    archive = tmp_path / "app.log.1.gz"
    (row,) = [one for one in tailing.rows.values() if one.state["name"] == str(archive)]
    assert row.state["finished"]
    assert row.state["written_ms"] == archive.stat().st_mtime_ns // 1_000_000
    ends_whole(tailing, writer)
