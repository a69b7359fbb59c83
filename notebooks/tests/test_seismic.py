"""Catalogues made with a known b, seen by networks that miss small events; and times with and without aftershocks."""

import numpy as np
import pytest

from tributary.seismic import b_value, binned, completeness, gap_test, most_frequent, uncertainty


def catalogue(random, n, b, complete_from=None):
    """Magnitudes from 0 on; with `complete_from` ever fewer of those below it are seen."""
    magnitudes = random.exponential(np.log10(np.e) / b, n)
    if complete_from is not None:
        seen = np.where(magnitudes >= complete_from, 1.0, np.exp(-3 * (complete_from - magnitudes)))
        magnitudes = magnitudes[random.random(n) < seen]
    return binned(magnitudes)


def test_magnitudes_go_to_the_nearest_tenth_halves_up():
    assert binned(np.array([1.24, 1.25, -0.25, 0.3, 2.999])).tolist() == [1.2, 1.3, -0.2, 0.3, 3.0]


def test_b_is_the_inverse_of_the_mean_excess():
    # All in two bins: mean 1.25 above a cutoff of 1.0 − 0.05.
    found = b_value(np.array([1.0, 1.5] * 50), 1.0)
    assert found.b == pytest.approx(np.log10(np.e) / 0.3) and found.n == 100
    assert found.error == pytest.approx(np.log(10) * found.b**2 * np.sqrt(100 * 0.0625 / (100 * 99)))
    assert 10 ** (found.a - found.b * 1.0) == pytest.approx(100)


def test_its_error_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(61)
    covered = 0
    for _ in range(400):
        # The lowest bin holds only half of its events: begin one above.
        found = b_value(catalogue(random, 600, 1.0), 0.1)
        covered += abs(found.b - 1.0) <= 2 * found.error
    assert 0.92 <= covered / 400 <= 0.98


def test_the_magnitude_of_completeness_is_found_where_small_events_are_missing():
    magnitudes = catalogue(np.random.default_rng(62), 20_000, 0.9, complete_from=1.2)
    found = completeness(magnitudes)
    assert 1.0 <= found.cutoff <= 1.5 and found.b == pytest.approx(0.9, abs=3 * found.error)
    # Without a cutoff b would be far too small.
    assert b_value(magnitudes, 0.0).b < 0.6 and most_frequent(magnitudes) <= found.cutoff
    sure = uncertainty(magnitudes, repeats=60)
    assert sure.b_low < 0.9 < sure.b_high and sure.cutoff_low <= found.cutoff <= sure.cutoff_high


def test_two_networks_in_one_catalogue_make_b_too_small():
    random = np.random.default_rng(63)
    dense = catalogue(random, 3_000, 1.0, complete_from=0.8)
    sparse = catalogue(random, 1_000_000, 1.0, complete_from=4.0)
    assert completeness(np.concatenate([dense, sparse[sparse >= 3.8]])).b < 0.6 < completeness(dense).b


def test_few_events_say_how_many_are_missing():
    with pytest.raises(ValueError, match="not enough yet: 12 of 50 earthquakes"):
        completeness(np.full(12, 1.0))
    with pytest.raises(ValueError, match="not enough yet: 3 of 30 events"):
        gap_test(np.arange(3.0))


def test_independent_events_are_called_clustered_about_as_often_as_it_says():
    random = np.random.default_rng(64)
    rejected = sum(gap_test(random.random(120) * 7, repeats=300, seed=each).p_value < 0.05 for each in range(300))
    assert 0.02 <= rejected / 300 <= 0.09


def test_aftershocks_are_found():
    random = np.random.default_rng(65)
    main = random.random(60) * 7
    after = np.concatenate([moment + random.exponential(0.02, 3) for moment in main[:20]])
    found = gap_test(np.concatenate([main, after]))
    assert found.variation > 1.2 and found.p_value < 0.01
