"""How many small earthquakes for each large one, from which magnitude on a catalogue holds them all, and whether they come by chance."""

from dataclasses import dataclass

import numpy as np

from .enough import require

#: Catalogues give magnitudes to a tenth, some to a hundredth.
BIN = 0.1
FEWEST = 50
_STABLE_OVER = 5


def binned(magnitudes: np.ndarray) -> np.ndarray:
    """To the nearest tenth, halves up."""
    return np.round(np.floor(np.asarray(magnitudes, dtype=float) / BIN + 0.5 + 1e-9) * BIN, 1)


@dataclass(frozen=True)
class BValue:
    """Gutenberg and Richter's law above a cutoff: 10^(a − b·magnitude) earthquakes at least that large."""

    cutoff: float
    n: int
    b: float
    #: Standard error (Shi and Bolt).
    error: float
    a: float


def b_value(magnitudes: np.ndarray, cutoff: float) -> BValue:
    """Maximum likelihood (Aki; Utsu's correction for bins) from binned magnitudes at or above the cutoff."""
    above = magnitudes[magnitudes >= cutoff - BIN / 4]
    n = len(above)
    require(n, FEWEST, f"earthquakes of magnitude {cutoff:.1f} or more")
    mean = float(above.mean())
    b = np.log10(np.e) / (mean - (cutoff - BIN / 2))
    error = np.log(10) * b**2 * np.sqrt(np.sum((above - mean) ** 2) / (n * (n - 1)))
    return BValue(round(float(cutoff), 1), n, float(b), float(error), float(np.log10(n) + b * cutoff))


def most_frequent(magnitudes: np.ndarray) -> float:
    """The fullest bin: below it a catalogue surely misses events."""
    values, counts = np.unique(magnitudes, return_counts=True)
    return float(values[np.argmax(counts)])


def completeness(magnitudes: np.ndarray) -> BValue:
    """
    The law above the magnitude of completeness: the smallest cutoff, from the fullest bin up, from which b stays within
    its error when the cutoff is raised (Cao and Gao; Woessner and Wiemer). Of binned magnitudes.
    """
    for cutoff in np.round(np.arange(most_frequent(magnitudes), magnitudes.max() + BIN / 2, BIN), 1):
        here = b_value(magnitudes, cutoff)
        above = [step for step in range(1, _STABLE_OVER) if np.sum(magnitudes >= cutoff + step * BIN - BIN / 4) >= FEWEST]
        further = [b_value(magnitudes, cutoff + step * BIN).b for step in above]
        if abs(float(np.mean([here.b, *further])) - here.b) <= here.error:
            return here
    raise ValueError("b changes with every cutoff, so no magnitude of completeness can be told")


def b_by_cutoff(magnitudes: np.ndarray) -> list[BValue]:
    """For every cutoff that leaves enough earthquakes."""
    cutoffs = np.round(np.arange(magnitudes.min(), magnitudes.max() + BIN / 2, BIN), 1)
    return [b_value(magnitudes, cutoff) for cutoff in cutoffs if np.sum(magnitudes >= cutoff - BIN / 4) >= FEWEST]


@dataclass(frozen=True)
class Uncertainty:
    """95 % intervals with the cutoff chosen anew on each resample, so that its uncertainty is in b's."""

    b_low: float
    b_high: float
    cutoff_low: float
    cutoff_high: float


def uncertainty(magnitudes: np.ndarray, *, repeats: int = 300, seed: int = 20_260_101) -> Uncertainty:
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(repeats):
        try:
            found = completeness(random.choice(magnitudes, len(magnitudes)))
        except ValueError:
            continue
        drawn.append((found.b, found.cutoff))
    require(len(drawn), repeats // 2, "resamples on which b settles")
    (b_low, cutoff_low), (b_high, cutoff_high) = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    return Uncertainty(float(b_low), float(b_high), float(cutoff_low), float(cutoff_high))


@dataclass(frozen=True)
class GapTest:
    """Whether the gaps between events could be those of a Poisson process of unknown, constant rate."""

    n: int
    per_day: float
    #: Of the gaps: 1 for a Poisson process, more when events come in clusters.
    variation: float
    #: Largest distance between the gaps' distribution and the exponential one of the same mean.
    distance: float
    p_value: float
    #: In days, sorted.
    gaps: np.ndarray


def gap_test(days: np.ndarray, *, repeats: int = 2_000, seed: int = 20_260_101) -> GapTest:
    """Kolmogorov's distance, its p by simulation since the rate is estimated (Lilliefors). `days`: times of events in days."""
    ordered = np.sort(np.asarray(days, dtype=float))
    require(len(ordered), 30, "events")
    gaps = np.sort(np.diff(ordered))
    n = len(gaps)
    distance = float(_distance(gaps[None, :])[0])
    simulated = _distance(np.sort(np.random.default_rng(seed).exponential(size=(repeats, n)), axis=1))
    return GapTest(
        n=n + 1,
        per_day=n / float(ordered[-1] - ordered[0]),
        variation=float(gaps.std(ddof=1) / gaps.mean()),
        distance=distance,
        p_value=float((1 + np.sum(simulated >= distance)) / (repeats + 1)),
        gaps=gaps,
    )


def _distance(gaps: np.ndarray) -> np.ndarray:
    """Of each row of sorted gaps from the exponential distribution of its mean."""
    n = gaps.shape[1]
    expected = -np.expm1(-gaps / gaps.mean(axis=1, keepdims=True))
    upper, lower = np.arange(1, n + 1) / n, np.arange(n) / n
    return np.maximum((upper - expected).max(axis=1), (expected - lower).max(axis=1))
