"""Joining what happened with what was known before it."""

import pandas as pd


def known_before(
    events: pd.DataFrame, readings: pd.DataFrame, *, at: str, by: dict[str, str], known_after: pd.Timedelta, at_most: pd.Timedelta
) -> pd.DataFrame:
    """
    Each event (its time in column `at`) with the newest reading (its time in column `time`) of the same place that was
    known at that moment: a reading is known `known_after` its time, and is not used when it is older than `at_most`.
    `by` names the place: column of the events → column of the readings. Adds the readings' columns and `age`; events
    without such a reading keep their row, with nothing in it.
    """
    (place, reading_place), = by.items()
    right = readings.sort_values("time").rename(columns={"time": "reading_time", reading_place: place})
    right["known"] = right["reading_time"] + known_after
    joined = pd.merge_asof(
        events.sort_values(at), right, left_on=at, right_on="known", by=place, direction="backward", tolerance=max(pd.Timedelta(0), at_most - known_after)
    )
    joined["age"] = joined[at] - joined["reading_time"]
    return joined.drop(columns=["known", "reading_time"])
