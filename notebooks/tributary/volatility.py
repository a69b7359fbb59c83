"""How far prices swing: the range of a day, its forecast, and intervals for the next return that follow it."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .enough import require
from .forecast import Comparison, compare, rolling_forecast

#: A day, a week and a month of trading days (Corsi's heterogeneous autoregression, HAR).
HAR_WINDOWS = (1, 5, 22)
#: Bars before a forecast is judged: a year to fit on, then at least half a year to judge by.
FIRST_FIT, FEWEST_JUDGED = 250, 125
#: Standardised returns before their quantiles are used.
_FEWEST_FOR_QUANTILES = 250


@dataclass(frozen=True)
class RangeForecast:
    """Forecasts of the logarithm of tomorrow's range, one for each origin (a day whose range is known)."""

    origins: np.ndarray
    outcome: np.ndarray
    har: np.ndarray
    against_yesterday: Comparison
    against_week: Comparison
    #: Constant, day, week, month; of the last fit.
    coefficients: np.ndarray


def log_range(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """ln(ln high − ln low): the range of a day on a scale on which it is nearly normal. NaN where high ≤ low or low ≤ 0."""
    high, low = np.asarray(high, dtype=float), np.asarray(low, dtype=float)
    usable = (low > 0) & (high > low)
    swing = np.log(np.where(usable, high, 2.0)) - np.log(np.where(usable, low, 1.0))
    return np.where(usable, np.log(swing), np.nan)


def bars_needed() -> int:
    return HAR_WINDOWS[-1] + FIRST_FIT + FEWEST_JUDGED


def forecast_range(values: np.ndarray) -> RangeForecast:
    """`values`: log ranges of consecutive bars. Refitted about monthly on all that was known; judged after a fifth of the history."""
    x = np.asarray(values, dtype=float)
    n = len(x)
    require(n, bars_needed(), "bars with a range")
    origins = np.arange(HAR_WINDOWS[-1] - 1, n - 1)
    features = np.column_stack([np.ones(len(origins)), *(_trailing_mean(x, window)[origins] for window in HAR_WINDOWS)])
    outcome = x[origins + 1]
    first = max(FIRST_FIT, n // 5)
    forecast, coefficients = rolling_forecast(features, outcome, horizon=1, first=first, folds=max(1, (len(outcome) - first) // 21))
    judged = np.flatnonzero(np.isfinite(forecast))
    errors = np.abs(outcome[judged] - forecast[judged])
    return RangeForecast(
        origins=origins[judged],
        outcome=outcome[judged],
        har=forecast[judged],
        against_yesterday=compare(errors, np.abs(outcome[judged] - features[judged, 1]), 1),
        against_week=compare(errors, np.abs(outcome[judged] - features[judged, 2]), 1),
        coefficients=coefficients,
    )


def _trailing_mean(x: np.ndarray, window: int) -> np.ndarray:
    total = np.concatenate(([0.0], np.cumsum(x)))
    means = np.full(len(x), np.nan)
    means[window - 1 :] = (total[window:] - total[:-window]) / window
    return means


@dataclass(frozen=True)
class Intervals:
    """Intervals for the next return, one for each origin; `origins` index the returns known last."""

    origins: np.ndarray
    outcome: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def hits(self) -> np.ndarray:
        return (self.outcome >= self.low) & (self.outcome <= self.high)


def constant_intervals(returns: np.ndarray, origins: np.ndarray, level: float = 0.95) -> Intervals:
    """Zero ± normal quantile × the standard deviation of all returns so far: what a textbook would do."""
    squares = np.cumsum(np.asarray(returns, dtype=float) ** 2)
    reach = stats.norm.ppf(0.5 + level / 2) * np.sqrt(squares[origins] / (origins + 1))
    return Intervals(origins, returns[origins + 1], -reach, reach)


def following_intervals(returns: np.ndarray, origins: np.ndarray, scale: np.ndarray, level: float = 0.95) -> Intervals:
    """
    The forecast range of the next day times quantiles of (return / forecast range) so far. `scale[i]` is forecast at
    `origins[i]`, which are consecutive. Begins once there are enough earlier forecasts for the quantiles.
    """
    require(len(origins), _FEWEST_FOR_QUANTILES + FEWEST_JUDGED, "forecasts of the range")
    outcome = returns[origins + 1]
    ratio = outcome / scale
    tail = (1 - level) / 2
    low, high = np.empty(len(origins)), np.empty(len(origins))
    for at in range(_FEWEST_FOR_QUANTILES, len(origins), 21):
        # The outcome of forecast i is known at origin i + 1.
        below, above = np.quantile(ratio[:at], [tail, 1 - tail])
        low[at : at + 21], high[at : at + 21] = below * scale[at : at + 21], above * scale[at : at + 21]
    kept = slice(_FEWEST_FOR_QUANTILES, None)
    return Intervals(origins[kept], outcome[kept], low[kept], high[kept])
