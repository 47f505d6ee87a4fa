"""The budget of processor time, on a machine whose pictures take what a test says."""

import math

import pytest

from alive_cli.runtime.cpu_budget import EVERYTHING, LADDER, CpuBudget, Thrift


class Machine:
    """A life of 30 frames a second, whose pictures take a fixed time, and a time that grows with their pixels."""

    def __init__(self, cores: float, fixed: float, growing: float) -> None:
        self.fixed, self.growing, self.idle = fixed, growing, 0.002
        self.now = self.used = 0.0
        self.budget = CpuBudget(cores, clock=lambda: self.now, used=lambda: self.used)
        self.levels: list[Thrift] = []
        self.sizes = self.restless = False
        """Whether the budget knows how many pixels pictures have, and whether that changes always."""
        self.starting, self.steep, self._began = 0.0, 1.0, 0.0
        """Seconds that a picture takes more just after a change, and how many times as long more pixels take."""

    def live(self, seconds: float) -> float:
        """Live for some seconds. Returns the cores that it took."""
        until, before, began = self.now + seconds, self.used, self.now
        while self.now < until:
            thrift = self.budget.thrift
            if not self.levels or self.levels[-1] != thrift:
                self.levels.append(thrift)
                self._began = self.now
            self.now += thrift.frames / 30
            self.used += self.fixed + self.growing * thrift.pixels + self.idle * thrift.frames / 30
            if thrift.pixels > 1 / 4:
                self.used += (self.steep - 1) * self.growing * thrift.pixels
            if self.now < self._began + 3:
                self.used += self.starting
            pixels = int(1000 * thrift.pixels) if self.sizes else 0
            self.budget.record_picture(int(1000 * self.now) if self.restless else pixels)
        return (self.used - before) / (self.now - began)


@pytest.mark.parametrize(("fixed", "growing"), [(0.014, 0.006), (0.001, 0.06), (0.04, 0.0), (0.01, 0.2)])
@pytest.mark.parametrize("cores", [1.0, 0.5, 0.25, 0.1, 0.05])
def test_a_budget_is_kept_without_swinging(cores: float, fixed: float, growing: float) -> None:
    machine = Machine(cores, fixed, growing)
    machine.live(40)
    changes = len(machine.levels)
    assert machine.live(400) <= 1.02 * cores
    assert len(machine.levels) <= changes + 6, "what it tries is seldom"
    everything = 30 * (fixed + growing)
    if everything > cores:
        assert machine.live(60) > 0.35 * cores, "it uses what it may"
    else:
        assert machine.budget.thrift == EVERYTHING
    assert machine.budget.is_kept


def test_it_saves_at_once_and_takes_more_slowly() -> None:
    machine = Machine(0.25, 0.002, 0.006)
    machine.live(120)
    before = machine.budget.thrift
    machine.fixed = 0.02
    machine.live(6)
    assert machine.budget.thrift.work(0.5) < before.work(0.5)
    machine.fixed = 0.002
    machine.live(4)
    assert machine.budget.thrift.work(0.5) < before.work(0.5)
    machine.live(400)
    assert machine.budget.thrift == before


def test_what_a_change_of_size_takes_once_does_not_count() -> None:
    """Sizes that begin to be drawn take long for some seconds, as keyframes are decoded for them."""
    machine = Machine(0.5, 0.002, 0.02)
    machine.sizes, machine.starting = True, 0.06
    machine.live(60)
    assert machine.levels == [LADDER[2], LADDER[1]]
    assert 0.35 * 0.5 < machine.live(240) <= 0.5
    assert machine.levels == [LADDER[2], LADDER[1]]


def test_after_a_try_that_failed_it_goes_back_one_place() -> None:
    machine = Machine(0.5, 0.002, 0.03)
    machine.steep = 5.0  # from the second place up, pictures take far more than anybody expects
    machine.live(100)
    assert machine.levels[:3] == [LADDER[2], LADDER[1], LADDER[2]]
    assert set(machine.levels) == {LADDER[1], LADDER[2]}


def test_sizes_that_change_for_ever_count() -> None:
    machine = Machine(0.25, 0.02, 0.0)
    machine.restless = True
    machine.live(40)
    assert machine.live(60) <= 0.25 * 1.02


def test_it_says_where_even_the_least_takes_more() -> None:
    machine = Machine(0.01, 0.5, 0.0)
    machine.idle = 0.05
    machine.live(600)
    assert machine.budget.thrift == LADDER[-1]
    assert not machine.budget.is_kept


def test_time_at_rest_does_not_count() -> None:
    machine = Machine(0.25, 0.02, 0.0)
    machine.live(100)
    before = machine.budget.thrift
    machine.now += 3600
    machine.budget.forget()
    machine.live(2.5)
    assert machine.budget.thrift == before


def test_without_a_budget_everything_is_drawn() -> None:
    machine = Machine(math.inf, 9.0, 0.0)
    machine.live(60)
    assert machine.levels == [EVERYTHING]


def test_the_ladder_always_saves_more() -> None:
    for fixed in (0.0, 0.5, 0.99):
        works = [each.work(fixed) for each in LADDER]
        assert works == sorted(works, reverse=True)
        assert len(set(works)) == len(works)
