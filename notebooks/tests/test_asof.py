import numpy as np
import pandas as pd

from tributary.asof import known_before

HOUR = pd.Timedelta(hours=1)


def join(events, readings, known_after=HOUR, at_most=4 * HOUR):
    return known_before(
        pd.DataFrame(events, columns=["scheduled", "origin"]).assign(scheduled=lambda frame: pd.to_datetime(frame["scheduled"])),
        pd.DataFrame(readings, columns=["time", "airport", "visib"]).assign(time=lambda frame: pd.to_datetime(frame["time"])),
        at="scheduled",
        by={"origin": "airport"},
        known_after=known_after,
        at_most=at_most,
    )


def test_a_reading_counts_from_when_it_was_known():
    readings = [("2013-01-01 10:00", "JFK", 1.0), ("2013-01-01 11:00", "JFK", 2.0), ("2013-01-01 11:00", "EWR", 9.0)]
    found = join([("2013-01-01 11:59", "JFK"), ("2013-01-01 12:00", "JFK"), ("2013-01-01 12:30", "EWR")], readings)
    assert found["visib"].tolist() == [1.0, 2.0, 9.0]
    assert found["age"].tolist() == [pd.Timedelta(minutes=119), HOUR, pd.Timedelta(minutes=90)]


def test_what_is_too_old_or_of_another_place_or_later_is_not_used():
    readings = [("2013-01-01 10:00", "JFK", 1.0), ("2013-01-01 20:00", "JFK", 5.0)]
    found = join([("2013-01-01 09:00", "JFK"), ("2013-01-01 14:00", "JFK"), ("2013-01-01 14:01", "JFK"), ("2013-01-01 12:00", "LGA")], readings)
    by_time = dict(zip(found["scheduled"].dt.strftime("%H:%M"), found["visib"]))
    assert by_time["14:00"] == 1.0 and np.isnan([by_time["09:00"], by_time["14:01"], by_time["12:00"]]).all()


def test_changing_what_came_later_changes_nothing():
    random = np.random.default_rng(51)
    times = pd.date_range("2013-01-01", periods=300, freq="1h")
    readings = [(time, "JFK", value) for time, value in zip(times, random.random(300))]
    events = [(time, "JFK") for time in pd.date_range("2013-01-01 00:17", periods=600, freq="23min")]
    cut = pd.Timestamp("2013-01-06")
    tampered = [(time, place, -1.0 if time > cut - HOUR else value) for time, place, value in readings]
    one, other = join(events, readings), join(events, tampered)
    before = one["scheduled"] < cut
    assert one.loc[before, "visib"].equals(other.loc[before, "visib"]) and before.sum() > 100


def test_nothing_read_leaves_every_event_without_a_reading():
    found = join([("2013-01-01 12:00", "JFK")], [])
    assert len(found) == 1 and found["visib"].isna().all()
