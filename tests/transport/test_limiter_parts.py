"""The limiter's parts on their own: lanes, window guard, strict level, feedback."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.transport.feedback import Feedback
from cvsense_async.transport.lanes import BULK, Lane, Lanes
from cvsense_async.transport.level import Level
from cvsense_async.transport.pace import Skipped
from cvsense_async.transport.rate import margin
from cvsense_async.transport.window import Window


@given(st.lists(st.one_of(st.sampled_from(list(Lane)), st.none()), max_size=200))
def test_lanes_lose_nobody_and_keep_order(steps: list[Lane | None]) -> None:
    """Whoever is added comes out once, in the order of its lane."""
    lanes: Lanes[int] = Lanes()
    expected: dict[Lane, list[int]] = {lane: [] for lane in Lane}
    home: dict[int, Lane] = {}
    for number, step in enumerate(steps):
        if step is not None:
            lanes.add(step, number)
            expected[step].append(number)
            home[number] = step
        elif len(lanes):
            taken = lanes.next()
            assert expected[home[taken]].pop(0) == taken
    assert len(lanes) == sum(map(len, expected.values()))
    assert {lane: lanes.waiting(lane) for lane in Lane} == {lane: len(queue) for lane, queue in expected.items()}


def test_rank_decides_when_nobody_is_passed_over_for_long() -> None:
    """One in each lane: they go by rank, but the fourth grant is bulk's."""
    lanes: Lanes[Lane] = Lanes()
    for lane in reversed(Lane):
        lanes.add(lane, lane)
    assert [lanes.next() for _ in Lane] == [
        Lane.INTERACTIVE,
        Lane.COLLECT,
        Lane.START,
        Lane.UPLOAD,
        Lane.POLL,
        Lane.CREATE,
    ]
    with pytest.raises(KeyError):
        lanes.next()


@given(st.randoms(use_true_random=False), st.sets(st.sampled_from(list(Lane)), min_size=2))
def test_who_waits_is_passed_over_a_bounded_number_of_times(rng: random.Random, always: set[Lane]) -> None:
    """Lanes that always wait each get at least one of sixteen grants; bulk one of four."""
    lanes: Lanes[tuple[Lane, int]] = Lanes()
    for lane in always:
        for number in range(400):
            lanes.add(lane, (lane, number))
    granted = [lanes.next()[0] for _ in range(320)]
    assert all(granted.count(lane) >= 320 // 16 for lane in always)
    assert not always & set(BULK) or sum(lane in BULK for lane in granted) >= 80


def test_removing_twice_is_harmless() -> None:
    """Somebody who is gone already can give up once more."""
    lanes: Lanes[str] = Lanes()
    lanes.add(Lane.POLL, "a")
    lanes.remove(Lane.POLL, "a")
    lanes.remove(Lane.POLL, "a")
    assert len(lanes) == 0


@pytest.mark.parametrize(("per", "seconds"), [(60.0, 0.25), (6.0, 0.025), (1.0, 0.02), (3600.0, 15.0)])
def test_margins_scale(per: float, seconds: float) -> None:
    """A quarter of a second at a minute, in proportion, never under 20 ms."""
    assert margin(per) == pytest.approx(seconds)


def test_a_doubtful_slot_holds_from_the_end_of_its_doubt() -> None:
    """A request that may arrive until second 10 is held until 10 + 60.25."""
    window = Window(60.0)
    window.take()
    window.doubt(1, 10.0)
    assert window.expire(9.9) == []
    assert window.expire(30.0) == [1]
    assert window.taken == 1
    assert window.next_return() == 70.25
    window.expire(70.25)
    assert (window.taken, window.returned) == (0, 1)


@pytest.mark.parametrize("slots", [1, 2, 3, 10, 12, 24, 30, 120, 1200])
def test_the_strict_level_always_moves_and_stays_within(slots: int) -> None:
    """Rate and burst together are within the limit (from 3 on), and an idle level lets one go."""
    level = Level(slots, 60.0)
    assert level.burst >= 1
    assert slots < 3 or level.rate * 60 + level.burst <= slots
    assert level.clear_at(0.0) == 0.0
    level.sent(1, 0.0)
    level.counted(1, 1.0)
    assert level.clear_at(200.0) == 200.0


def test_a_large_upload_does_not_block_the_strict_level() -> None:
    """After ten seconds on its way a request no longer fills the bucket; it does again when it is answered."""
    level = Level(120, 60.0)
    for serial in range(4):
        level.sent(serial, 0.0)
    assert level.clear_at(1.0) == 10.0
    assert level.clear_at(10.0) == 10.0
    for serial in range(4):
        level.counted(serial, 11.0)
    assert level.clear_at(11.0) > 11.0


def test_a_surplus_between_two_answers_is_foreign() -> None:
    """Ten used after our first, and twenty after our second: nine others in between, for 61 s."""
    feedback = Feedback(60.0)
    first = feedback.mark(0, 0, 0.0)
    feedback.counted()
    feedback.observe(first, 120, 1, 0.5)
    second = feedback.mark(0, 0, 1.0)
    third = feedback.mark(0, 0, 1.0)
    feedback.counted()
    feedback.observe(second, 120, 12, 1.5)
    assert feedback.foreign == 9  # one of the eleven more may be the third
    feedback.counted()
    feedback.observe(third, 120, 3, 1.6)  # overtaken on the way: says nothing new
    assert feedback.foreign == 9
    feedback.expire(62.0)
    assert feedback.foreign == 9
    feedback.expire(62.8)
    assert feedback.foreign == 0


def test_a_cluster_goes_first_where_the_others_had_their_part() -> None:
    """Who was served while nobody ranked before them is passed over for as long, and then gets a quarter again."""
    lanes: Lanes[tuple[Lane, int]] = Lanes(ahead=10)
    for number in range(100):
        lanes.add(Lane.UPLOAD, (Lane.UPLOAD, number))
    assert all(lanes.next()[0] is Lane.UPLOAD for _ in range(20))
    for number in range(40):
        lanes.add(Lane.INTERACTIVE, (Lane.INTERACTIVE, number))
    granted = [lanes.next()[0] for _ in range(19)]
    assert granted[:11] == [Lane.INTERACTIVE] * 10 + [Lane.UPLOAD]
    assert granted[11:].count(Lane.UPLOAD) == 2


def test_a_great_limit_costs_no_more_than_a_small_one() -> None:
    """Slots that somebody else used are noted as a number, not one by one: a limit may be a thousand millions."""
    window = Window(60.0)
    window.occupy(1_000_000_000, 10.0)
    assert window.taken == 1_000_000_000
    assert window.next_return() == pytest.approx(70.25)
    window.expire(70.3)
    assert (window.taken, window.returned) == (0, 1_000_000_000)


def test_people_alone_leave_nothing_behind() -> None:
    """A process that makes nothing but interactive calls, for days, holds the skipped turns of one period only."""
    skipped = Skipped(60.0)
    for number in range(1000):
        skipped.add(float(number))
    assert len(skipped) <= 60
