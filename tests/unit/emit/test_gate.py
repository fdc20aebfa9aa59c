"""One gate for all workers."""

from __future__ import annotations

from logsource.emit.gate import Gate


def test_an_open_gate_lets_everybody_through():
    gate = Gate()
    tickets = [gate.enter(0) for _ in range(5)]
    assert None not in tickets
    assert gate.wait_hint(0, 1.0) == 1.0


def test_one_outage_counts_once_however_many_requests_it_fails():
    gate = Gate()
    tickets = [gate.enter(0) for _ in range(3)]
    waits = [gate.fail(ticket, 0, float) for ticket in tickets]
    assert waits == [1.0, None, None]
    assert gate.failures == 1


def test_after_the_wait_exactly_one_may_try():
    gate = Gate()
    gate.fail(gate.enter(0), 0, lambda n: 5.0)
    assert gate.enter(4.9) is None
    assert abs(gate.wait_hint(4.9, 1.0) - 0.1) < 1e-9
    probe = gate.enter(5)
    assert probe is not None
    assert gate.enter(5) is None
    assert gate.wait_hint(5, 1.0) == 1.0
    assert gate.fail(probe, 5, lambda n: 10.0 * n) == 20.0
    assert gate.enter(24.9) is None
    assert gate.succeed(gate.enter(25)) is True
    assert gate.failures == 0
    assert all(gate.enter(25) for _ in range(3))


def test_a_probe_that_found_nothing_to_send_lets_another_try():
    gate = Gate()
    gate.fail(gate.enter(0), 0, lambda n: 1.0)
    probe = gate.enter(1)
    gate.leave(probe)
    assert gate.enter(1) is not None


def test_a_late_failure_from_before_does_not_shut_the_gate_again():
    gate = Gate()
    early, late = gate.enter(0), gate.enter(0)
    gate.fail(early, 0, lambda n: 1.0)
    gate.succeed(gate.enter(1))
    assert gate.fail(late, 2, lambda n: 60.0) is None
    assert gate.enter(2) is not None


def test_it_knows_who_is_on_the_way():
    gate = Gate()
    first, second = gate.enter(0), gate.enter(0)
    assert not gate.alone(first)
    gate.leave(second)
    assert gate.alone(first)
    gate.leave(second)  # twice: nothing happens
    third = gate.enter(0)
    gate.fail(third, 0, lambda n: 1.0)
    assert gate.alone(first)
    gate.succeed(first)
    assert gate.alone(gate.enter(1))
