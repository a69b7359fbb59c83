import json
from pathlib import Path

import pytest

from tributary import landed
from tributary.provisional import in_words, parse_series

COLUMNS = [
    {"name": "symbol", "role": "key", "type": "string"},
    {"name": "day", "role": "time", "type": "timestamp", "zone": "America/New_York"},
    {"name": "close", "role": "measure", "type": "double"},
]
#: Preview's tests judge the same ones.
CASES = json.loads(Path(__file__).with_name("provisional-cases.json").read_text(encoding="utf-8"))
DAILY = '{"frequency":"1d","provisional":"last","whole":true}'
DAILY_FROM_CLOSE = '{"frequency":"1d","availableAfter":"16h","provisional":"last","whole":true}'
WEEKLY = '{"frequency":"1w","availableAfter":"16h","provisional":"last","whole":true}'


def bar(event_time: str, observed: str, symbol: str = "IBM", close: str = "1") -> dict:
    return {"symbol": symbol, "close": close, "_event_time": event_time, "_observed_at": observed}


def standing(spark, feed, series: str):
    # A job reads a folder once; here it has grown since, and what is cached of it has not.
    spark.catalog.clearCache()
    found = landed.read_latest(spark, feed.feed, ["close"], series=parse_series(series))
    return found, sorted((row[landed.EVENT_TIME].isoformat(), row["close"]) for row in found.view.collect())


def test_a_day_that_is_still_traded_is_left_out_until_it_has_ended_in_its_zone(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    # Midnight in New York is 05:00 UTC.
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-06T04:59:00Z"), bar("2026-01-06T05:00:00Z", "2026-01-07T04:59:00Z", close="2"))
    found, times = standing(spark, feed, DAILY)
    assert times == [("2026-01-05T05:00:00", 1.0)]
    assert (found.landed, found.stand, found.replaced, found.settled.provisional) == (2, 1, 0, 1)
    assert in_words(found.settled) == "1 may still change and is left out of tests, plots and forecasts."
    feed.land(bar("2026-01-06T05:00:00Z", "2026-01-07T05:00:00Z", close="3"))
    found, times = standing(spark, feed, DAILY)
    assert times == [("2026-01-05T05:00:00", 1.0), ("2026-01-06T05:00:00", 3.0)]
    assert (found.replaced, found.settled.left_out, in_words(found.settled)) == (1, 0, "")


def test_a_day_is_whole_from_when_it_is_said_to_be_available(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T20:59:59Z"))
    assert standing(spark, feed, DAILY_FROM_CLOSE)[1] == []
    # What another symbol of the same answer tells at 21:00 UTC (16:00 there) was told with this one beside it.
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T21:00:00Z", symbol="MSFT"))
    assert len(standing(spark, feed, DAILY_FROM_CLOSE)[1]) == 2
    assert len(standing(spark, feed, DAILY_FROM_CLOSE.replace("true", "false"))[1]) == 1


def test_what_landed_of_a_poll_in_one_partition_says_nothing_of_another(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T15:00:00Z"))
    # The poll of 21:00 changed both; so far only the file of the other partition has arrived.
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T21:00:00Z", symbol="MSFT", close="2"), partition=1)
    assert standing(spark, feed, DAILY_FROM_CLOSE)[1] == [("2026-01-05T05:00:00", 2.0)]
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T21:00:00Z", close="3"))
    assert standing(spark, feed, DAILY_FROM_CLOSE)[1] == [("2026-01-05T05:00:00", 2.0), ("2026-01-05T05:00:00", 3.0)]


def test_a_bar_that_left_the_answers_before_it_was_final_stays_out(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    # As GLOBAL_QUOTE answers: the newest day only. Monday was last seen at 15:30; its close nobody has asked for.
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T20:30:00Z"))
    feed.land(bar("2026-01-06T05:00:00Z", "2026-01-06T14:30:00Z"))
    feed.land(bar("2026-01-06T05:00:00Z", "2026-01-06T21:30:00Z", close="2"))
    newest = DAILY_FROM_CLOSE.replace("true", "false")
    assert standing(spark, feed, newest)[1] == [("2026-01-06T05:00:00", 2.0)]


def test_an_old_bar_that_is_revised_or_deleted_stays_settled(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-07T12:00:00Z"), bar("2026-01-06T05:00:00Z", "2026-01-07T12:00:00Z"))
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-08T12:00:00Z", close="9"), bar("2026-01-06T05:00:00Z", "2026-01-08T12:00:00Z") | {"_op": "delete"})
    found, times = standing(spark, feed, DAILY)
    assert times == [("2026-01-05T05:00:00", 9.0)] and found.settled.left_out == 0


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_preview_and_notebooks_leave_out_the_same(spark, landed_feed, case):
    feed = landed_feed([COLUMNS[0], {"name": "day", "role": "time", "type": "timestamp"}, COLUMNS[2]])
    bars = {(key, time) for key, times in case["bars"].items() for time in times}
    feed.land(*(bar(time, case["observed"], symbol=key) for key, time in sorted(bars)))
    series = json.dumps(case["series"] | {"provisional": "last", "whole": True})
    view = landed.read_latest(spark, feed.feed, ["close"], series=parse_series(series)).view
    standing = {(row["symbol"], row[landed.EVENT_TIME].strftime("%Y-%m-%dT%H:%M:%SZ")) for row in view.collect()}
    assert sorted(" ".join(left) for left in bars - standing) == case["leftOut"]


def test_without_keys_all_bars_are_of_one_series(spark, landed_feed):
    feed = landed_feed(COLUMNS[1:])
    weeks = ("2026-01-16T05:00:00Z", "2026-01-23T05:00:00Z", "2026-01-28T05:00:00Z")
    feed.land(*(bar(week, "2026-01-28T23:30:00Z") for week in weeks))
    found, times = standing(spark, feed, WEEKLY)
    assert len(times) == 2 and found.settled.provisional == 1


def test_a_day_on_which_clocks_change_ends_by_the_clock(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    # The 8th of March 2026 has 23 hours in New York: it begins at 05:00 UTC and ends at 04:00.
    feed.land(bar("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"))
    assert len(standing(spark, feed, DAILY)[1]) == 1
    assert standing(spark, feed, DAILY_FROM_CLOSE)[1] != []


def test_the_day_that_dates_an_unfinished_week_moves_and_leaves_nothing_behind(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(*(bar(f"{day}T05:00:00Z", "2026-01-23T23:30:00Z") for day in ("2026-01-09", "2026-01-16", "2026-01-23")))
    # Observed on Tuesday and Wednesday after the close: 16 hours past their dates, but their week goes on to Friday.
    feed.land(bar("2026-01-27T05:00:00Z", "2026-01-27T23:30:00Z", close="2"))
    found, times = standing(spark, feed, WEEKLY)
    assert len(times) == 3 and found.settled.provisional == 1
    feed.land(bar("2026-01-28T05:00:00Z", "2026-01-28T23:30:00Z", close="3"))
    found, times = standing(spark, feed, WEEKLY)
    assert len(times) == 3 and (found.settled.provisional, found.settled.superseded) == (1, 1)
    feed.land(bar("2026-01-30T05:00:00Z", "2026-01-30T21:00:00Z", close="4"))
    found, times = standing(spark, feed, WEEKLY)
    assert times[-1] == ("2026-01-30T05:00:00", 4.0) and len(times) == 4
    assert (found.settled.provisional, found.settled.superseded) == (0, 2)
    assert in_words(found.settled) == "2 told of a part of a period that a later one tells of whole, and are left out too."


def test_a_week_that_ends_before_a_holiday_is_whole_when_the_others_would_be(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-03-27T04:00:00Z", "2026-04-02T23:00:00Z"), bar("2026-04-02T04:00:00Z", "2026-04-02T23:00:00Z"))
    assert len(standing(spark, feed, WEEKLY)[1]) == 1
    feed.land(bar("2026-04-10T04:00:00Z", "2026-04-10T23:00:00Z"))
    assert len(standing(spark, feed, WEEKLY)[1]) == 3


def test_a_first_week_without_an_example_ends_with_the_week(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-07T05:00:00Z", "2026-01-07T23:30:00Z"))
    assert standing(spark, feed, WEEKLY)[1] == []


def test_a_month_of_28_days_is_whole_on_its_last_day(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    monthly = WEEKLY.replace("1w", "1mo")
    feed.land(bar("2025-12-31T05:00:00Z", "2026-02-27T22:00:00Z"), bar("2026-02-27T05:00:00Z", "2026-02-27T22:00:00Z"))
    assert len(standing(spark, feed, monthly)[1]) == 1
    feed.land(bar("2025-12-31T05:00:00Z", "2026-02-28T21:00:00Z", close="5"))
    assert len(standing(spark, feed, monthly)[1]) == 2


def test_bars_within_a_day_end_by_elapsed_time(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T15:00:00Z", "2026-01-05T15:10:00Z"), bar("2026-01-05T15:05:00Z", "2026-01-05T15:10:00Z"), bar("2026-01-05T15:10:00Z", "2026-01-05T15:10:00Z"))
    assert len(standing(spark, feed, '{"frequency":"5m","provisional":"last","whole":true}')[1]) == 2


def test_where_a_poll_asks_for_what_is_new_only_silence_says_nothing(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T15:00:00Z", "2026-01-05T15:01:00Z"), bar("2026-01-05T15:05:00Z", "2026-01-05T15:30:00Z"))
    assert standing(spark, feed, '{"frequency":"5m","provisional":"last"}')[1] == [("2026-01-05T15:05:00", 1.0)]


def test_nothing_is_left_out_unless_the_feed_says_so(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(bar("2026-01-05T05:00:00Z", "2026-01-05T06:00:00Z"), {"symbol": "IBM", "close": "9", "_observed_at": "2026-01-05T06:00:00Z"})
    for series in ("", '{"frequency":"1d","provisional":"none"}'):
        assert len(landed.read_latest(spark, feed.feed, ["close"], series=parse_series(series)).view.collect()) == 2
    # A row without a time is no bar.
    assert [row[landed.EVENT_TIME] for row in landed.read_latest(spark, feed.feed, [], series=parse_series(DAILY)).view.collect()] == [None]


def test_a_parameter_that_is_no_duration_is_refused():
    with pytest.raises(ValueError, match="'1 d' is not a number and a unit"):
        parse_series('{"frequency":"1 d","provisional":"last"}')
    assert parse_series(" ") is None
