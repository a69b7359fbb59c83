"""A regression judged by what it would have forecast, against the forecast that costs nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .dependence import long_run_variance
from .enough import require
from .regression import least_squares

LAGS = 5
_FOLDS = 40


@dataclass(frozen=True)
class Comparison:
    """Mean absolute errors of a model and of a simpler forecast, and whether they differ beyond chance."""

    model_error: float
    naive_error: float
    #: Of the difference in absolute error (Diebold and Mariano; Harvey, Leybourne and Newbold); positive: model ahead.
    statistic: float
    p_value: float

    @property
    def ratio(self) -> float:
        """Below 1 the model was nearer."""
        return self.model_error / self.naive_error if self.naive_error > 0 else float("inf")

    @property
    def better(self) -> bool:
        return self.ratio < 1 and self.p_value < 0.05

    @property
    def worse(self) -> bool:
        return self.ratio > 1 and self.p_value < 0.05


@dataclass(frozen=True)
class Judgement(Comparison):
    #: Forecasts made, and how many of them do not overlap.
    origins: int
    independent_origins: int
    #: In sample, of the last fit: what a report would boast with.
    r_squared: float
    coefficients: np.ndarray
    #: Absolute errors in order of the origins, for the plot.
    model_errors: np.ndarray
    naive_errors: np.ndarray
    origin_index: np.ndarray


def walk_forward(values: np.ndarray, *, horizon: int, changes: bool, lags: int = LAGS) -> Judgement:
    """
    Forecasts `horizon` steps ahead from each origin in the last part of the series, by least squares on the last `lags`
    values, fitted only on pairs whose outcome was already known at the origin.

    `changes`: the series holds changes, so the outcome is their sum over the horizon and the naive forecast is no
    change; otherwise the outcome is the value itself and the naive forecast is the last value.
    """
    x = np.asarray(values, dtype=float)
    n = len(x)
    first_test = _first_test(n, horizon)
    origins, features = lagged(x, lags, horizon)
    total = np.concatenate(([0.0], np.cumsum(x)))
    outcome = total[origins + horizon + 1] - total[origins + 1] if changes else x[origins + horizon]
    naive = np.zeros(len(origins)) if changes else x[origins]

    forecast, coefficients = rolling_forecast(features, outcome, horizon=horizon, first=first_test - (lags - 1))
    tested = np.flatnonzero(np.isfinite(forecast))
    model_errors = np.abs(outcome[tested] - forecast[tested])
    naive_errors = np.abs(outcome[tested] - naive[tested])
    judged = compare(model_errors, naive_errors, horizon)
    return Judgement(
        model_error=judged.model_error,
        naive_error=judged.naive_error,
        statistic=judged.statistic,
        p_value=judged.p_value,
        origins=len(tested),
        independent_origins=len(tested) // horizon,
        r_squared=r_squared(features, outcome),
        coefficients=coefficients,
        model_errors=model_errors,
        naive_errors=naive_errors,
        origin_index=origins[tested],
    )


@dataclass(frozen=True)
class LevelForecast(Comparison):
    """The same regression on the level itself, one step ahead, against the last level."""

    #: In sample; near one for whatever moves slowly, whether or not anything can be forecast.
    r_squared: float
    #: In order of the origins; `last` is the level at the origin.
    last: np.ndarray
    forecast: np.ndarray
    outcome: np.ndarray


def forecast_level(levels: np.ndarray, lags: int = LAGS) -> LevelForecast:
    x = np.asarray(levels, dtype=float)
    first_test = _first_test(len(x), 1)
    origins, features = lagged(x, lags, 1)
    outcome = x[origins + 1]
    forecast, _ = rolling_forecast(features, outcome, horizon=1, first=first_test - (lags - 1))
    tested = np.flatnonzero(np.isfinite(forecast))
    last, outcome_tested, forecast = x[origins[tested]], outcome[tested], forecast[tested]
    judged = compare(np.abs(outcome_tested - forecast), np.abs(outcome_tested - last), 1)
    return LevelForecast(
        model_error=judged.model_error,
        naive_error=judged.naive_error,
        statistic=judged.statistic,
        p_value=judged.p_value,
        r_squared=r_squared(features, outcome),
        last=last,
        forecast=forecast,
        outcome=outcome_tested,
    )


def _first_test(n: int, horizon: int) -> int:
    """A third of the history, but at least 100 observations, is for fitting only."""
    first = max(100, n // 3)
    require(n, first + 50 + horizon, "observations")
    return first


def lagged(x: np.ndarray, lags: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Origins whose outcome exists, and for each a constant and the last values, newest first."""
    origins = np.arange(lags - 1, len(x) - horizon)
    return origins, np.column_stack([np.ones(len(origins)), *(x[origins - lag] for lag in range(lags))])


def rolling_forecast(
    features: np.ndarray, outcome: np.ndarray, *, horizon: int, first: int, folds: int = _FOLDS
) -> tuple[np.ndarray, np.ndarray]:
    """
    Forecasts for the rows from `first` on (NaN before it), refitted `folds` times, each time on all the rows whose
    outcome, `horizon` steps after the row, was known at the fold's first row. Rows are consecutive moments. Also returns
    the coefficients of the last fit.
    """
    forecast = np.full(len(outcome), np.nan)
    coefficients = np.zeros(features.shape[1])
    tested = np.arange(first, len(outcome))
    for fold in np.array_split(tested, max(1, min(folds, len(tested)))):
        if len(fold) == 0:
            continue
        known = max(0, fold[0] - horizon + 1)
        coefficients = least_squares(features[:known], outcome[:known])
        forecast[fold] = features[fold] @ coefficients
    return forecast, coefficients


def compare(model_errors: np.ndarray, naive_errors: np.ndarray, horizon: int) -> Comparison:
    """Of absolute errors made from the same origins in order."""
    statistic, p_value = diebold_mariano(naive_errors - model_errors, horizon)
    return Comparison(float(np.mean(model_errors)), float(np.mean(naive_errors)), statistic, p_value)


def r_squared(features: np.ndarray, outcome: np.ndarray) -> float:
    """In sample."""
    fitted = features @ least_squares(features, outcome)
    spread = float(np.sum((outcome - outcome.mean()) ** 2))
    return 1 - float(np.sum((outcome - fitted) ** 2)) / spread if spread > 0 else 0.0


def diebold_mariano(difference: np.ndarray, horizon: int) -> tuple[float, float]:
    """Whether a loss difference has mean zero: t-statistic with a long-run variance, two-sided p."""
    n = len(difference)
    bandwidth = max(horizon - 1, int(np.floor(n ** (1 / 3))))
    variance = long_run_variance(difference, min(bandwidth, n - 1))
    if variance <= 0:
        return 0.0, 1.0
    correction = np.sqrt(max(1e-12, (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))
    statistic = correction * float(np.mean(difference)) / np.sqrt(variance / n)
    return float(statistic), float(2 * stats.t.sf(abs(statistic), n - 1))
