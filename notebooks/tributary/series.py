"""One measure over time, and what makes it comparable over time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .schema import Column, FeedSchema

_USUAL_TARGETS = ["adjusted_close", "close", "value"]


def choose_target(schema: FeedSchema, wanted: str = "") -> Column:
    """The measure asked for; else the usual closing value; else the first measure."""
    if wanted:
        return schema.column(wanted)
    measures = schema.of_role("measure")
    if not measures:
        raise ValueError("the feed declares no column of role measure")
    usual = [column for name in _USUAL_TARGETS for column in measures if column.name == name]
    return (usual or measures)[0]


def choose_other(schema: FeedSchema, target: Column, wanted: str = "") -> Column | None:
    """A measure to set against the target: of another kind if there is one, since prices of one bar move together by making."""
    if wanted:
        return schema.column(wanted)
    others = [column for column in schema.of_role("measure") if column.name != target.name]
    different = [column for column in others if column.kind != target.kind]
    return (different or others or [None])[0]


@dataclass(frozen=True)
class Change:
    """A series made comparable over time."""

    values: np.ndarray
    times: np.ndarray
    transform: str
    #: In words, such as "daily log return of close".
    label: str
    #: Axis label with unit.
    axis: str


def transform_of(column: Column, values: np.ndarray) -> str:
    """
    The declared transform; without one, changes are taken where neighbours are nearly equal (lag-1 autocorrelation
    above 0.9 marks a level, on which tests that look for change mean nothing).
    """
    if column.transform is not None:
        return column.transform
    if len(values) < 20 or lag_one(values) <= 0.9:
        return "none"
    return "logReturn" if np.all(values > 0) else "difference"


def lag_one(values: np.ndarray) -> float:
    if len(values) < 3 or np.std(values[1:]) == 0 or np.std(values[:-1]) == 0:
        return 0.0
    return float(np.corrcoef(values[:-1], values[1:])[0, 1])


def change(column: Column, times: np.ndarray, values: np.ndarray, transform: str) -> Change:
    """Applies a transform; raises ValueError where a logarithm is asked of what is not positive."""
    name = column.name.replace("_", " ")
    unit = column.unit or "units as reported"
    if transform in ("logReturn", "log") and np.any(values <= 0):
        raise ValueError(f"{column.name} holds values that are not positive, so {transform} is not defined on it")
    if transform == "logReturn":
        what = "log return" if column.kind in (None, "price") else "log change"
        return Change(100 * np.diff(np.log(values)), times[1:], transform, f"{what} of {name}", f"{what} (%)")
    if transform == "difference":
        return Change(np.diff(values), times[1:], transform, f"change of {name}", f"change ({unit})")
    if transform == "log":
        return Change(np.log(values), times, transform, f"logarithm of {name}", f"log of {name}")
    return Change(values, times, "none", name, f"{name} ({unit})")


def step_in_words(times: np.ndarray) -> str:
    """The usual distance between two observations."""
    if len(times) < 2:
        return "single observation"
    seconds = float(np.median(np.diff(times).astype("timedelta64[s]").astype(float)))
    for name, size in (("weekly", 604_800), ("daily", 86_400), ("hourly", 3_600)):
        if abs(seconds - size) <= 0.2 * size:
            return name
    if 27 * 86_400 <= seconds <= 32 * 86_400:
        return "monthly"
    return f"every {pd.Timedelta(seconds=seconds)}" if seconds > 0 else "irregular"
