import numpy as np
import pytest

from tributary.bands import difference_of_means, mean_of_group


def days_alike(random, days, per_day, gap):
    """Days with a level of their own that lasts into the next; every day has a few observations of the rarer kind."""
    level = np.empty(days)
    level[0] = 2 * random.normal()
    for index in range(1, days):
        level[index] = 0.4 * level[index - 1] + 2 * random.normal()
    day = np.repeat(np.arange(days), per_day)
    rare = random.random(days * per_day) < (0.4 * (random.random(days) < 0.4))[day]
    return level[day] + gap * rare + random.normal(size=days * per_day), rare, day


def test_the_difference_is_that_of_the_pooled_means():
    random = np.random.default_rng(41)
    values, rare, day = days_alike(random, 60, 30, 2.0)
    values[::50] = np.nan
    found = difference_of_means(values, rare, day)
    assert found.estimate == pytest.approx(np.nanmean(values[rare]) - np.nanmean(values[~rare]))
    assert found.n_inside + found.n_outside == np.sum(np.isfinite(values)) and found.days == 60
    assert found.low < found.estimate < found.high and found.found


def test_its_interval_holds_the_truth_where_one_that_ignores_days_does_not():
    random = np.random.default_rng(42)
    covered = ignoring_days = 0
    repeats = 100
    for _ in range(repeats):
        values, rare, day = days_alike(random, 100, 20, 0.0)
        found = difference_of_means(values, rare, day)
        covered += found.low <= 0 <= found.high
        error = np.sqrt(values[rare].var() / rare.sum() + values[~rare].var() / (~rare).sum())
        ignoring_days += abs(found.estimate) <= 1.96 * error
    assert ignoring_days / repeats < 0.85 < 0.87 < covered / repeats


def test_the_mean_of_a_group_has_an_interval_only_where_enough_days_hold_it():
    day = np.repeat(np.arange(40), 10)
    values = np.arange(400.0)
    whole = mean_of_group(values, np.ones(400, bool), day)
    assert whole.mean == pytest.approx(199.5) and whole.low < 199.5 < whole.high
    few = mean_of_group(values, day < 3, day)
    assert (few.n, few.days, few.mean) == (30, 3, pytest.approx(14.5)) and np.isnan(few.low)
    none = mean_of_group(values, np.zeros(400, bool), day)
    assert none.n == 0 and np.isnan(none.mean)


def test_few_days_say_how_many_are_missing():
    day = np.repeat(np.arange(40), 10)
    with pytest.raises(ValueError, match="not enough yet: 5 of 28 days"):
        difference_of_means(np.ones(50), np.ones(50, bool), day[:50])
    with pytest.raises(ValueError, match="not enough yet: 4 of 10 days with"):
        difference_of_means(np.ones(400), day < 4, day)
    with pytest.raises(ValueError, match="not enough yet: 0 of 28 days"):
        difference_of_means(np.array([]), np.array([], bool), np.array([]))
