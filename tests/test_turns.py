import random

import pytest

from explorer.turns import Place, at_work, turn_for


class Line:
    """A line that people join and leave, worked off as `at_work` says."""

    def __init__(self, slots=1, most=None):
        self.rules, self.places, self.num_joined = (slots, most), [], 0

    def join(self, owner, times=1):
        for _ in range(times):
            self.num_joined += 1
            turn = turn_for(owner, self.places, *self.rules)
            self.places.append(Place(turn, self.num_joined, owner))

    def at_work(self):
        return at_work(self.places, *self.rules)

    def work_off(self):
        """Yield the owners in the order in which their work ends."""
        while self.places:
            first = self.at_work()[0]
            self.places.remove(first)
            yield first.owner


def test_ten_of_one_owner_hold_up_the_first_of_another_by_one_at_most():
    line = Line()
    line.join("ann", 10)
    line.join("bob", 3)
    assert "".join(owner[0] for owner in line.work_off()) == "abababaaaaaaa"


def test_a_newcomer_waits_for_one_of_each_other_owner_at_any_time():
    line = Line()
    for owner in ("ann", "bob", "eve"):
        line.join(owner, 10)
    work = line.work_off()
    assert [next(work) for _ in range(7)] == ["ann", "bob", "eve", "ann", "bob", "eve", "ann"]
    line.join("new")
    assert "new" in [next(work) for _ in range(4)]


def test_who_comes_back_again_and_again_does_not_overtake_those_who_wait():
    line = Line()
    line.join("ann", 2)
    line.join("bob", 2)
    work, ended = line.work_off(), []
    for _ in range(4):
        ended.append(next(work))
        line.join("eve")
    assert ended == ["ann", "bob", "eve", "ann"]


def test_one_owner_alone_is_served_in_the_order_of_arrival():
    line = Line(slots=2)
    line.join("ann", 5)
    assert [place.number for place in sorted(line.places)] == [1, 2, 3, 4, 5]
    assert [place.number for place in line.at_work()] == [1, 2]


def test_the_others_use_the_slots_that_an_owner_may_not():
    line = Line(slots=3, most=2)
    line.join("ann", 5)
    assert [place.owner for place in line.at_work()] == ["ann", "ann"]
    line.join("bob", 2)
    assert sorted(place.owner for place in line.at_work()) == ["ann", "ann", "bob"]


@pytest.mark.parametrize("most", [None, 1, 2])
@pytest.mark.parametrize("slots", [1, 2, 3])
def test_no_joining_nor_leaving_ever_takes_work_away_or_leaves_a_slot_free(slots, most):
    choose, line = random.Random(slots), Line(slots, most)
    for _ in range(400):
        before = line.at_work()
        if line.places and choose.random() < 0.5:
            gone = choose.choice(line.places)
            line.places.remove(gone)
            before = [place for place in before if place != gone]
        else:
            line.join(choose.choice("abcd"))
        after = line.at_work()
        assert set(before) <= set(after)
        could = min(most or slots, slots)
        owners = {place.owner for place in line.places}
        room = sum(min(could, sum(p.owner == one for p in line.places)) for one in owners)
        assert len(after) == min(slots, room)
