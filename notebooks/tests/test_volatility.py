import numpy as np
import pytest

from tributary.forecast import compare, diebold_mariano, forecast_level
from tributary.volatility import bars_needed, constant_intervals, following_intervals, forecast_range, log_range


def stormy(random, n):
    """Returns whose log volatility is an AR(1), as markets have it; and that log volatility."""
    state = np.empty(n)
    state[0] = 0.0
    for index, shock in enumerate(random.normal(scale=0.15, size=n - 1), 1):
        state[index] = 0.98 * state[index - 1] + shock
    return np.exp(state) * random.normal(size=n), state


def test_the_log_range_is_the_logarithm_of_the_logarithmic_range():
    assert log_range(np.array([110.0]), np.array([100.0]))[0] == pytest.approx(np.log(np.log(1.1)))
    assert np.isnan(log_range(np.array([100.0, 5.0, 5.0]), np.array([100.0, 0.0, -1.0]))).all()


def test_a_range_that_remembers_is_forecast_better_than_by_yesterday_or_the_week():
    random = np.random.default_rng(31)
    _, state = stormy(random, 3_000)
    found = forecast_range(state + random.normal(scale=0.4, size=3_000))
    assert found.against_yesterday.better and found.against_yesterday.ratio < 0.85
    assert found.against_week.better
    assert found.coefficients[1:].sum() == pytest.approx(0.97, abs=0.05)


def test_a_range_without_memory_is_not_called_better_than_its_mean_by_chance():
    random = np.random.default_rng(32)
    found = forecast_range(random.normal(size=2_000))
    # Any mean beats yesterday's noise; HAR learns the constant, which beats the mean of five by √(1 + 1/5).
    assert found.against_week.ratio == pytest.approx(1 / np.sqrt(1.2), rel=0.03)


def test_no_forecast_of_the_range_knows_what_came_after_its_origin():
    x = np.random.default_rng(33).normal(size=800)
    tampered = x.copy()
    tampered[600:] += 5
    whole, other = forecast_range(x), forecast_range(tampered)
    before = whole.origins < 600
    assert np.array_equal(whole.har[before], other.har[before]) and not np.array_equal(whole.har, other.har)


def test_intervals_that_follow_the_swings_cover_in_storms_where_constant_ones_do_not():
    random = np.random.default_rng(34)
    returns, state = stormy(random, 6_000)
    origins = np.arange(999, 5_999)
    following = following_intervals(returns, origins, np.exp(state[origins + 1]))
    constant = constant_intervals(returns, following.origins)
    assert following.hits.mean() == pytest.approx(0.95, abs=0.015)
    storm = state[following.origins + 1] > 0.8
    assert following.hits[storm].mean() > 0.92 and constant.hits[storm].mean() < 0.8


def test_intervals_use_only_what_was_known():
    random = np.random.default_rng(35)
    returns, origins = random.normal(size=900), np.arange(100, 899)
    tampered = returns.copy()
    tampered[700:] *= 50
    for make in (lambda r: following_intervals(r, origins, np.ones(len(origins))), lambda r: constant_intervals(r, origins)):
        one, other = make(returns), make(tampered)
        before = one.origins < 700
        assert np.array_equal(one.high[before], other.high[before])


def test_few_bars_say_how_many_are_missing():
    with pytest.raises(ValueError, match=f"not enough yet: 100 of {bars_needed()} bars"):
        forecast_range(np.zeros(100))


def test_a_level_has_an_r_squared_near_one_and_is_not_forecast():
    walk = np.exp(np.cumsum(np.random.default_rng(36).normal(scale=0.01, size=2_000)))
    found = forecast_level(walk)
    assert found.r_squared > 0.98 and not found.better


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_diebold_mariano_rejects_equal_forecasts_about_as_often_as_it_says(phi):
    random = np.random.default_rng(37)
    rejected = naive = 0
    for _ in range(400):
        shocks = random.normal(size=1_050)
        difference = np.empty(1_050)
        difference[0] = shocks[0]
        for index in range(1, 1_050):
            difference[index] = phi * difference[index - 1] + shocks[index]
        difference = difference[50:]
        rejected += diebold_mariano(difference, 1)[1] < 0.05
        naive += abs(difference.mean()) > 1.96 * difference.std() / np.sqrt(1_000)
    assert 0.02 <= rejected / 400 <= 0.09
    if phi:
        assert naive / 400 > 0.15


def test_diebold_mariano_finds_a_forecast_that_is_nearer():
    random = np.random.default_rng(38)
    judged = compare(np.abs(random.normal(size=2_000)), np.abs(1.1 * random.normal(size=2_000)), 1)
    assert judged.better and judged.statistic > 2 and judged.ratio == pytest.approx(1 / 1.1, rel=0.05)
