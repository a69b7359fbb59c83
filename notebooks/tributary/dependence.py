"""How much a series of dependent observations really tells: autocovariance, effective size, block bootstrap."""

from collections.abc import Callable

import numpy as np


def autocovariance(values: np.ndarray) -> np.ndarray:
    """At lags 0 … n − 1, divided by n (so that it is positive definite), by FFT."""
    centred = np.asarray(values, dtype=float) - np.mean(values)
    n = len(centred)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    return np.fft.irfft(spectrum * np.conj(spectrum), size)[:n] / n


def autocorrelation(values: np.ndarray) -> np.ndarray:
    covariance = autocovariance(values)
    return covariance / covariance[0] if covariance[0] > 0 else np.eye(1, len(covariance)).ravel()


def effective_size(values: np.ndarray) -> float:
    """Independent observations that would tell the mean as well (Geyer's initial positive sequence), at most n."""
    rho = autocorrelation(values)
    n = len(rho)
    total = 0.0
    for lag in range(1, n - 1, 2):
        pair = rho[lag] + rho[lag + 1]
        if pair <= 0:
            break
        total += pair
    return float(np.clip(n / (1 + 2 * total), 1, n))


def effective_size_of_pair(x: np.ndarray, y: np.ndarray) -> float:
    """For the correlation of two series: Bartlett's formula, n / Σ ρx(k) ρy(k), over lags up to √n, at most n."""
    n = len(x)
    lags = int(np.sqrt(n)) + 1
    product = autocorrelation(x)[1:lags] * autocorrelation(y)[1:lags]
    return float(np.clip(n / max(1e-12, 1 + 2 * np.sum(product)), 3, n))


def block_length(n: int) -> int:
    """Long enough to carry short dependence, short enough to leave many blocks."""
    return int(max(1, min(n // 4, np.ceil(2 * n ** (1 / 3)))))


def block_bootstrap(
    rows: np.ndarray,
    statistic: Callable[[np.ndarray], float],
    *,
    repeats: int = 999,
    confidence: float = 0.95,
    seed: int = 20_260_101,
    length: int | None = None,
) -> tuple[float, float]:
    """
    Interval of a statistic by resampling blocks of `length` rows on a circle; neighbours stay together, so dependence
    stays in. A resample on which the statistic is NaN does not count.
    """
    n = len(rows)
    length = length or block_length(n)
    random = np.random.default_rng(seed)
    blocks = int(np.ceil(n / length))
    drawn = np.empty(repeats)
    for repeat in range(repeats):
        starts = random.integers(0, n, blocks)
        index = (starts[:, None] + np.arange(length)[None, :]).ravel()[:n] % n
        drawn[repeat] = statistic(rows[index])
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def long_run_variance(values: np.ndarray, bandwidth: int) -> float:
    """Of the mean, times n (Newey and West: Bartlett weights, so never negative)."""
    covariance = autocovariance(values)
    weights = 1 - np.arange(1, bandwidth + 1) / (bandwidth + 1)
    return float(covariance[0] + 2 * np.sum(weights * covariance[1 : bandwidth + 1]))
