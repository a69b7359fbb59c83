import numpy as np
import pytest

from tributary.schema import Column, FeedSchema
from tributary.series import change, choose_other, choose_target, step_in_words, transform_of


def prices():
    return [Column(name, "decimal(18,6)", "measure", kind="price", transform="logReturn") for name in ("open", "close")]


def test_the_close_is_looked_at_and_set_against_another_kind():
    schema = FeedSchema(1, [*prices(), Column("volume", "long", "measure", kind="count")])
    target = choose_target(schema)
    assert target.name == "close"
    assert choose_other(schema, target).name == "volume"
    assert choose_target(schema, "open").name == "open"
    assert choose_other(FeedSchema(1, prices()), target).name == "open"


def test_a_feed_without_measures_says_so():
    with pytest.raises(ValueError, match="role measure"):
        choose_target(FeedSchema(1, [Column("a")]))


def test_undeclared_levels_are_taken_as_changes_and_noise_as_it_is():
    random = np.random.default_rng(1)
    noise = random.normal(size=500)
    column = Column("x", "double", "measure")
    assert transform_of(column, noise) == "none"
    assert transform_of(column, np.cumsum(noise)) == "difference"
    assert transform_of(column, 1_000 + np.abs(np.cumsum(noise))) == "logReturn"
    assert transform_of(Column("x", transform="none"), np.cumsum(noise)) == "none"


def test_log_returns_add_up_to_the_whole_change():
    times = np.arange("2026-01-01", "2026-01-05", dtype="datetime64[D]")
    changed = change(prices()[0], times, np.array([100.0, 110.0, 99.0, 200.0]), "logReturn")
    assert np.sum(changed.values) == pytest.approx(100 * np.log(2))
    assert list(changed.times) == list(times[1:])
    with pytest.raises(ValueError, match="not positive"):
        change(prices()[0], times, np.array([1.0, 0.0, 1.0, 1.0]), "logReturn")


@pytest.mark.parametrize(("step", "words"), [("1D", "daily"), ("7D", "weekly"), ("1h", "hourly")])
def test_steps_are_named(step, words):
    import pandas as pd

    assert step_in_words(pd.date_range("2026-01-01", periods=50, freq=step).to_numpy()) == words
