"""The plots of `quakes`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .seismic import BValue, GapTest
from .style import BLUE, GREY, INK, ORANGE, styled


def by_day(days: list[str], all_counts: np.ndarray, large_counts: np.ndarray, large: str) -> Figure:
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.6))
        at = np.arange(len(days))
        bars = axes.bar(at, all_counts, 0.62, color=BLUE, alpha=0.35, label="all earthquakes")
        axes.bar(at, large_counts, 0.62, color=BLUE, label=large)
        axes.bar_label(bars, fontsize=9, padding=2)
        axes.set_xticks(at, days, rotation=0 if len(days) <= 10 else 60)
        axes.set_title("Earthquakes by day (the first and the last may be parts of days)")
        axes.set_ylabel("earthquakes")
        axes.set_xlabel("day (UTC)")
        axes.margins(y=0.12)
        axes.grid(axis="x", visible=False)
        axes.legend(fontsize=8.5)
        return figure


def magnitude_law(magnitudes: np.ndarray, law: BValue, name: str) -> Figure:
    """Events at least as large as a magnitude, with the law fitted above the cutoff; and each magnitude's own number."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 4.2))
        values, counts = np.unique(magnitudes, return_counts=True)
        axes.plot(values, counts[::-1].cumsum()[::-1], "o", color=BLUE, markersize=4, label="at least this large")
        axes.plot(values, counts, "s", color=GREY, markersize=3.5, label="of this magnitude")
        line = np.array([law.cutoff, values.max()])
        axes.plot(line, 10 ** (law.a - law.b * line), color=ORANGE, linewidth=1.8, label=f"b = {law.b:.2f} above {law.cutoff:.1f}")
        axes.axvline(law.cutoff, color=INK, linewidth=1, linestyle="--", label="magnitude of completeness")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:g}")
        axes.set_title(f"Magnitudes, {name}")
        axes.set_ylabel("earthquakes, log scale")
        axes.set_xlabel("magnitude")
        axes.legend(fontsize=8.5)
        return figure


def b_against_cutoff(series: list[tuple[str, list[BValue], float]]) -> Figure:
    """b with twice its error, by cutoff; one line for each catalogue, the chosen cutoff marked."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.8))
        for (name, found, chosen), colour in zip(series, (BLUE, ORANGE)):
            cutoffs, b, error = (np.array([getattr(each, part) for each in found]) for part in ("cutoff", "b", "error"))
            axes.plot(cutoffs, b, color=colour, linewidth=1.4, label=name)
            axes.fill_between(cutoffs, b - 2 * error, b + 2 * error, color=colour, alpha=0.15, linewidth=0)
            axes.axvline(chosen, color=colour, linewidth=1, linestyle="--")
        axes.axhline(1, color=GREY, linewidth=1)
        axes.set_title("b by cutoff: it means something only where it stays the same")
        axes.set_ylabel("b, with twice its error")
        axes.set_xlabel("smallest magnitude taken")
        axes.set_ylim(0, 2)
        axes.legend(fontsize=8.5)
        return figure


def gaps(test: GapTest, name: str) -> Figure:
    """Share of gaps longer than a time, against that of a Poisson process."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.8))
        hours = 24 * test.gaps
        axes.plot(hours, 1 - np.arange(1, len(hours) + 1) / (len(hours) + 1), ".", color=BLUE, markersize=5, label="observed")
        at = np.linspace(0, hours.max(), 300)
        axes.plot(at, np.exp(-at / hours.mean()), color=ORANGE, linewidth=1.6, label="Poisson process of the same rate")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _position: f"{100 * value:g}")
        axes.set_title(f"Time between earthquakes, {name}")
        axes.set_ylabel("gaps at least this long (%), log scale")
        axes.set_xlabel("hours to the next")
        axes.legend(fontsize=8.5)
        return figure
