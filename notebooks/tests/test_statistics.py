"""Known answers: closed forms, certified values, and error rates over many simulated series."""

import numpy as np
import pytest
from scipy import stats

from tributary.correlation import correlate
from tributary.dependence import autocovariance, block_bootstrap, effective_size, long_run_variance
from tributary.forecast import walk_forward
from tributary.normality import normality_of
from tributary.regression import least_squares


def autoregressive(random, n, phi):
    """An AR(1) series with unit innovations, started in its stationary distribution."""
    x = np.empty(n)
    x[0] = random.normal() / np.sqrt(1 - phi**2)
    for index, shock in enumerate(random.normal(size=n - 1), 1):
        x[index] = phi * x[index - 1] + shock
    return x


def test_autocovariance_is_the_textbook_sum():
    x = np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    centred = x - x.mean()
    expected = [np.sum(centred[: 5 - lag] * centred[lag:]) / 5 for lag in range(5)]
    assert autocovariance(x) == pytest.approx(expected)


def test_effective_size_of_an_autoregression_is_n_times_one_minus_phi_over_one_plus_phi():
    x = autoregressive(np.random.default_rng(2), 40_000, 0.8)
    assert effective_size(x) == pytest.approx(40_000 * 0.2 / 1.8, rel=0.15)
    assert effective_size(np.random.default_rng(3).normal(size=5_000)) == pytest.approx(5_000, rel=0.1)


def test_the_long_run_variance_of_an_autoregression_is_one_over_one_minus_phi_squared():
    x = autoregressive(np.random.default_rng(4), 100_000, 0.5)
    assert long_run_variance(x, 60) == pytest.approx(4, rel=0.1)


def test_block_bootstrap_intervals_cover_the_mean_of_dependent_data_where_naive_ones_do_not():
    random = np.random.default_rng(5)
    covered = naive = 0
    for repeat in range(200):
        x = autoregressive(random, 400, 0.6)
        low, high = block_bootstrap(x[:, None], lambda rows: float(rows.mean()), repeats=199, seed=repeat)
        covered += low <= 0 <= high
        naive += abs(x.mean()) <= 1.96 * x.std() / np.sqrt(400)
    assert covered / 200 > 0.85 > 0.75 > naive / 200


def test_normality_rejects_gaussian_series_about_as_often_as_it_says():
    random = np.random.default_rng(6)
    for phi in (0.0, 0.7):
        rejected = np.mean([normality_of(autoregressive(random, 600, phi)).p_value < 0.05 for _ in range(300)])
        assert 0.01 <= rejected <= 0.09


def test_normality_finds_heavy_tails_and_skewness():
    random = np.random.default_rng(7)
    heavy = normality_of(random.standard_t(4, size=2_000))
    assert heavy.p_value < 1e-6 and heavy.excess_kurtosis > 1 and heavy.beyond_three > 2 * heavy.expected_beyond_three
    assert normality_of(random.exponential(size=500)).skewness > 1


def test_without_dependence_the_statistic_is_close_to_that_of_jarque_and_bera():
    x = np.random.default_rng(8).standard_t(10, size=3_000)
    assert normality_of(x).statistic == pytest.approx(float(stats.jarque_bera(x).statistic), rel=0.1)


def test_too_few_or_equal_observations_are_refused_in_words():
    with pytest.raises(ValueError, match="not enough yet"):
        normality_of(np.arange(5))
    with pytest.raises(ValueError, match="equal"):
        normality_of(np.ones(50))
    with pytest.raises(ValueError, match="not enough yet"):
        walk_forward(np.arange(50.0), horizon=1, changes=True)


def test_unrelated_dependent_series_are_seldom_called_correlated():
    random = np.random.default_rng(9)
    ours = naive = 0
    for _ in range(200):
        x, y = autoregressive(random, 300, 0.85), autoregressive(random, 300, 0.85)
        ours += correlate(x, y).p_value < 0.05
        naive += stats.pearsonr(x, y).pvalue < 0.05
    # With 300 strongly dependent pairs the effective n is itself uncertain; ignoring it is far worse.
    assert ours / 200 < 0.15 < 0.3 < naive / 200


def test_a_known_correlation_lies_in_its_interval():
    random = np.random.default_rng(10)
    x = random.normal(size=3_000)
    pair = correlate(x, 0.5 * x + np.sqrt(0.75) * random.normal(size=3_000))
    assert pair.low < 0.5 < pair.high and pair.high - pair.low < 0.1
    assert pair.p_value < 1e-10


def test_a_random_walk_is_not_beaten():
    random = np.random.default_rng(11)
    better = sum(walk_forward(random.normal(size=800), horizon=horizon, changes=True).better for horizon in (1, 5) for _ in range(20))
    assert better <= 3


def test_changes_that_follow_from_their_predecessors_are_forecast():
    judged = walk_forward(autoregressive(np.random.default_rng(12), 1_500, 0.6), horizon=1, changes=True)
    # The best possible error is that of the innovations: 1 / (1 / √(1 − φ²)) of the naive one.
    assert judged.better and judged.ratio == pytest.approx(np.sqrt(1 - 0.36), rel=0.05)
    assert judged.coefficients[1] == pytest.approx(0.6, abs=0.08)


def test_no_forecast_knows_what_came_after_its_origin():
    x = np.random.default_rng(13).normal(size=600)
    whole = walk_forward(x, horizon=5, changes=True)
    changed = x.copy()
    changed[450:] += 100
    tampered = walk_forward(changed, horizon=5, changes=True)
    # Origins whose outcome lies before the change, in folds that begin before it.
    before = whole.origin_index + 5 < 450
    assert np.array_equal(whole.model_errors[before], tampered.model_errors[before])


def test_levels_are_judged_against_their_last_value():
    walk = np.cumsum(np.random.default_rng(14).normal(size=1_000))
    judged = walk_forward(walk, horizon=1, changes=False)
    assert judged.r_squared > 0.95 and not judged.better  # looks splendid, is worth nothing


def test_least_squares_attains_nine_digits_on_longley():
    # NIST StRD, data set Longley (1967): data and certified values.
    data = np.array(
        [
            [60323, 83.0, 234289, 2356, 1590, 107608, 1947], [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
            [60171, 88.2, 258054, 3682, 1616, 109773, 1949], [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
            [63221, 96.2, 328975, 2099, 3099, 112075, 1951], [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
            [64989, 99.0, 365385, 1870, 3547, 115094, 1953], [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
            [66019, 101.2, 397469, 2904, 3048, 117388, 1955], [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
            [68169, 108.4, 442769, 2936, 2798, 120445, 1957], [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
            [68655, 112.6, 482704, 3813, 2552, 123366, 1959], [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
            [69331, 115.7, 518173, 4806, 2572, 127852, 1961], [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
        ]
    )  # fmt: skip
    certified = [
        -3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683,
        -1.03322686717359, -0.511041056535807e-01, 1829.15146461355,
    ]  # fmt: skip
    found = least_squares(np.column_stack([np.ones(16), data[:, 1:]]), data[:, 0])
    assert found == pytest.approx(certified, rel=1e-9)
