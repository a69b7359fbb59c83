"""Means of groups of observations whose days differ more than their observations do: intervals by resampling days."""

from dataclasses import dataclass

import numpy as np

from .dependence import block_bootstrap
from .enough import require

#: Days in a row that are drawn together: a week holds its weekdays, and weather that lasts for days.
_DAYS_TOGETHER = 7
FEWEST_DAYS = 28
FEWEST_DAYS_OF_GROUP = 10


@dataclass(frozen=True)
class Mean:
    """Mean over a group, with its 95 % interval (NaN where too few days hold the group)."""

    n: int
    days: int
    mean: float
    low: float
    high: float


def mean_of_group(values: np.ndarray, member: np.ndarray, day: np.ndarray) -> Mean:
    """`day` numbers the days of the observations in order of time."""
    totals = _totals(values, member, day)
    n, days = int(totals[:, 1].sum()), int(np.sum(totals[:, 1] > 0))
    mean = float(totals[:, 0].sum() / n) if n else np.nan
    if len(totals) < FEWEST_DAYS or days < FEWEST_DAYS_OF_GROUP:
        return Mean(n, days, mean, np.nan, np.nan)
    low, high = block_bootstrap(totals, lambda rows: _ratio(rows[:, 0], rows[:, 1]), length=_DAYS_TOGETHER)
    return Mean(n, days, mean, low, high)


@dataclass(frozen=True)
class Difference:
    inside: float
    outside: float
    low: float
    high: float
    n_inside: int
    n_outside: int
    days: int
    days_inside: int

    @property
    def estimate(self) -> float:
        return self.inside - self.outside

    @property
    def found(self) -> bool:
        return self.low > 0 or self.high < 0


def difference_of_means(values: np.ndarray, inside: np.ndarray, day: np.ndarray) -> Difference:
    """Mean of the observations inside a group minus that of the others; both from the same resampled days."""
    totals = np.column_stack([_totals(values, inside, day), _totals(values, ~inside, day)])
    days_inside = int(np.sum(totals[:, 1] > 0))
    require(len(totals), FEWEST_DAYS, "days")
    require(days_inside, FEWEST_DAYS_OF_GROUP, "days with an observation of the rarer kind")

    def statistic(rows: np.ndarray) -> float:
        return _ratio(rows[:, 0], rows[:, 1]) - _ratio(rows[:, 2], rows[:, 3])

    low, high = block_bootstrap(totals, statistic, length=_DAYS_TOGETHER)
    return Difference(
        inside=_ratio(totals[:, 0], totals[:, 1]),
        outside=_ratio(totals[:, 2], totals[:, 3]),
        low=low,
        high=high,
        n_inside=int(totals[:, 1].sum()),
        n_outside=int(totals[:, 3].sum()),
        days=len(totals),
        days_inside=days_inside,
    )


def _totals(values: np.ndarray, member: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Sum and count of the group's values on each day, days without any observation left out."""
    _, index = np.unique(day, return_inverse=True)
    size = int(index.max()) + 1 if len(index) else 0
    chosen = member & np.isfinite(values)
    return np.column_stack(
        [np.bincount(index[chosen], weights=values[chosen], minlength=size), np.bincount(index[chosen], minlength=size).astype(float)]
    )


def _ratio(sums: np.ndarray, counts: np.ndarray) -> float:
    total = float(np.sum(counts))
    return float(np.sum(sums)) / total if total > 0 else np.nan
