"""Cutting chunks must not change what they render to, wherever the cuts fall."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from logsource.model import Line, Tally
from logsource.render.blocks import blocks, jobs, pieces, records
from tests.support.delicate import chunk_of, renderer

texts = st.lists(st.text(alphabet='ab"\\é😀\t ', max_size=30), min_size=1, max_size=40)


def of_lines(found, start=1000):
    """A chunk of records that lie apart, the last one cut."""
    lines = []
    at = start
    for text in found:
        lines.append(Line(text=text, offset=at, reference_ms=5, flags=frozenset({"truncated"})))
        at += len(text.encode()) + 3
    whole = chunk_of([], start=start)
    return replace(whole, end=at + 7, lines=tuple(lines), skipped={"multiline": 2})


def rendered(chunks):
    tally, events, dead = Tally(), [], []
    for chunk in chunks:
        result = renderer().render(chunk)
        tally.add(result.tally)
        events += [result.events] if result.events else []
        dead += result.dead
    return b",".join(events), tally, dead


@given(texts, st.integers(1, 300))
def test_blocks_of_bytes_render_to_what_the_whole_renders_to(found, size):
    whole = replace(chunk_of(found, start=77), skipped={"nul": 3})
    parts = blocks(whole, size)
    assert b"".join(part.data for part in parts) == whole.data
    assert all(len(part.data) <= size or part.data.count(b"\n") == 1 for part in parts)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
    assert rendered(parts) == rendered([whole])


@given(texts, st.integers(1, 300))
def test_blocks_of_records_render_to_what_the_whole_renders_to(found, size):
    whole = of_lines(found)
    parts = blocks(whole, size)
    assert [line for part in parts for line in part.lines] == list(whole.lines)
    assert sum(part.end - part.start for part in parts) == whole.end - whole.start
    assert rendered(parts) == rendered([whole])


@given(texts, st.integers(1, 20), st.booleans())
def test_pieces_render_to_what_the_job_renders_to_and_have_fewer_records(found, number, as_lines):
    job = [of_lines(found) if as_lines else chunk_of(found), chunk_of(found, start=5000)]
    parts = pieces(job, number)
    assert rendered([chunk for part in parts for chunk in part]) == rendered(job)
    if number > 1:
        assert all(records(part) < records(job) for part in parts)
    assert len(parts) <= number + 1
    assert sum(map(records, parts)) == records(job)


def test_taking_apart_ends_at_single_records():
    job = [chunk_of([f"line {number}" for number in range(940)])]
    levels = 0
    while records(job) > 1:
        job = max(pieces(job, 16), key=records)
        levels += 1
    assert levels == 3


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(50, 400))
def test_jobs_keep_order_and_size(sizes, size):
    chunks = [chunk_of(["x" * 30] * count or ["y"], start=at * 10_000) for at, count in enumerate(sizes)]
    made = list(jobs(chunks, size))
    assert rendered([chunk for job in made for chunk in job]) == rendered(chunks)
    assert all(sum(chunk.end - chunk.start for chunk in job) <= size for job in made)


def test_a_chunk_that_only_moves_the_checkpoint_is_a_job_too():
    empty = replace(chunk_of([], start=10), end=500, lines=(), skipped={"max_line": 1})
    ((job,),) = jobs([empty], 100)
    assert job == empty
    assert rendered([job])[1].bytes == 490
