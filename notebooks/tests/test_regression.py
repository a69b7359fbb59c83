"""Known answers: certified values, closed forms, and how often intervals hold the truth."""

import numpy as np
import pytest

from tributary.regression import clustered_effect, indicators, least_squares

# NIST StRD, data set Norris: y, x.
NORRIS = np.array(
    [
        [0.1, 0.2], [338.8, 337.4], [118.1, 118.2], [888.0, 884.6], [9.2, 10.1], [228.1, 226.5], [668.5, 666.3], [998.5, 996.3],
        [449.1, 448.6], [778.9, 777.0], [559.2, 558.2], [0.3, 0.4], [0.1, 0.6], [778.1, 775.5], [668.8, 666.9], [339.3, 338.0],
        [448.9, 447.5], [10.8, 11.6], [557.7, 556.0], [228.3, 228.1], [998.0, 995.8], [888.8, 887.6], [119.6, 120.2], [0.3, 0.3],
        [0.6, 0.3], [557.6, 556.8], [339.3, 339.1], [888.0, 887.2], [998.5, 999.0], [778.9, 779.0], [10.2, 11.1], [117.6, 118.3],
        [228.9, 229.2], [668.4, 669.1], [449.2, 448.9], [0.2, 0.5],
    ]
)  # fmt: skip


def test_least_squares_attains_the_certified_values_of_norris():
    y, x = NORRIS[:, 0], NORRIS[:, 1]
    found = least_squares(np.column_stack([np.ones(len(x)), x]), y)
    assert found == pytest.approx([-0.262323073774029, 1.00211681802045], rel=1e-11)


def test_the_clustered_effect_is_the_coefficient_and_whites_error_where_each_observation_is_a_cluster():
    y, x = NORRIS[:, 0], NORRIS[:, 1]
    features = np.column_stack([np.ones(len(x)), x])
    effect = clustered_effect(features, y, np.arange(len(x)), 1)
    residual = y - features @ least_squares(features, y)
    centred = x - x.mean()
    white = np.sqrt(np.sum((centred * residual) ** 2)) / np.sum(centred**2) * np.sqrt(len(x) / (len(x) - 2))
    assert effect.estimate == pytest.approx(1.00211681802045, rel=1e-11)
    assert effect.error == pytest.approx(white, rel=1e-9)
    assert effect.low < effect.estimate < effect.high and effect.p_value < 1e-20


def days_with_weather(random, days, per_day, effect):
    """Delays of which each day has its own level, and whole days are foggy: far fewer observations than rows."""
    day = np.repeat(np.arange(days), per_day)
    fog = (random.random(days) < 0.25)[day]
    level = random.normal(scale=3, size=days)[day]
    hour = np.tile(np.arange(per_day) % 4, days)
    return day, fog.astype(float), hour, effect * fog + level + 2 * hour + random.normal(size=days * per_day)


def test_intervals_hold_the_truth_as_often_as_they_say_where_whole_days_are_alike():
    random = np.random.default_rng(21)
    covered = ignoring_days = 0
    for _ in range(300):
        day, fog, hour, delay = days_with_weather(random, 60, 20, 5.0)
        features = np.column_stack([np.ones(len(day)), fog, indicators(hour)])
        effect = clustered_effect(features, delay, day, 1)
        covered += effect.low <= 5.0 <= effect.high
        apart = clustered_effect(features, delay, np.arange(len(day)), 1)
        ignoring_days += apart.low <= 5.0 <= apart.high
    assert 0.90 <= covered / 300 <= 0.985
    assert ignoring_days / 300 < 0.6


def test_a_confounder_that_is_held_equal_takes_its_part_with_it():
    random = np.random.default_rng(22)
    hour = random.integers(0, 10, 20_000)
    fog = (random.random(20_000) < 0.05 + 0.05 * hour).astype(float)
    delay = 3.0 * hour + random.normal(size=20_000)  # fog itself does nothing
    day = np.arange(20_000) // 100
    ones = np.ones(20_000)
    assert clustered_effect(np.column_stack([ones, fog]), delay, day, 1).low > 3
    held = clustered_effect(np.column_stack([ones, fog, indicators(hour)]), delay, day, 1)
    assert held.low < 0 < held.high and held.high < 0.2


def test_what_the_other_columns_already_say_is_refused_and_twins_among_them_do_not_matter():
    random = np.random.default_rng(23)
    x, clusters = random.normal(size=200), np.arange(200) // 10
    ones = np.ones(200)
    with pytest.raises(ValueError, match="cannot be told apart"):
        clustered_effect(np.column_stack([ones, x, x]), x, clusters, 1)
    y = 2 * x + random.normal(size=200)
    alone = clustered_effect(np.column_stack([ones, x]), y, clusters, 1)
    with_twins = clustered_effect(np.column_stack([ones, x, ones]), y, clusters, 1)
    assert with_twins.estimate == pytest.approx(alone.estimate)
    with pytest.raises(ValueError, match="9 of 10"):
        clustered_effect(np.column_stack([ones, x]), y, np.arange(200) % 9, 1)


def test_indicators_leave_out_the_first_value():
    assert indicators(np.array(["b", "a", "c", "a"])).tolist() == [[1, 0], [0, 0], [0, 1], [0, 0]]
    assert indicators(np.array([7, 7])).shape == (2, 0)
