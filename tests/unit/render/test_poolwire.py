"""Frames between agent and workers: what comes out is what went in."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from logsource.model import Batch, DeadLetter, Line, Tally
from logsource.render.poolwire import (
    HEADER,
    NOWHERE,
    Kind,
    body_length,
    decode,
    decode_job,
    decode_step,
    encode_job,
    encode_step,
)
from logsource.render.stage import RenderedStep
from tests.support.delicate import body_of, chunk_of

anything = st.text(st.characters(), max_size=20)  # lone surrogates too: names of files may hold them
counts = st.dictionaries(anything, st.integers(1, 2**60), max_size=3)


def through(buffers):
    """The frame as the other side reads it."""
    joined = b"".join(buffers)
    header, body = joined[: HEADER.size], joined[HEADER.size :]
    assert body_length(header) == len(body)
    return decode(header, memoryview(body))


@given(
    st.lists(st.binary(max_size=50), max_size=4),
    st.lists(st.tuples(anything, st.integers(0, 2**60), st.sampled_from(["", "truncated"])), max_size=4),
    anything,
    counts,
)
def test_chunks(datas, lines, path, skipped):
    plain = [replace(chunk_of(["x"]), data=data, path=path, skipped=skipped, epoch=3) for data in datas]
    records = tuple(
        Line(text=text, offset=offset, reference_ms=9, flags=frozenset({flag} - {""}))
        for text, offset, flag in lines
    )
    chunks = [*plain, replace(chunk_of([]), lines=records), *plain]
    frame = through(encode_job(chunks))
    assert frame.kind is Kind.JOB
    assert decode_job(frame) == [replace(chunk, checkpoint=NOWHERE) for chunk in chunks]


@given(
    st.lists(st.tuples(st.binary(max_size=100), st.integers(0, 500)), max_size=4),
    st.lists(st.tuples(st.binary(max_size=50), anything), max_size=3),
    counts,
)
def test_steps(bodies, letters, counted):
    tally = Tally(read=7, bytes=2**40)
    for counter in (tally.events, tally.rejected, tally.dropped, tally.unparsed):
        counter.update(counted)
    step = RenderedStep(
        batches=[Batch(body=body, events=events) for body, events in bodies],
        tallies={"web": tally, "api": Tally()},
        dead=[
            DeadLetter(event=event, reason="unparsed", detail=detail, at_ms=5, output="x")
            for event, detail in letters
        ],
    )
    back = decode_step(through(encode_step(step)))
    assert [(body_of(batch), batch.length, batch.events) for batch in back.batches] == [
        (body, len(body), events) for body, events in bodies
    ]
    assert decode_step(through(encode_step(back))) == back
    assert back.tallies == step.tallies
    assert back.dead == step.dead
