from datetime import date, datetime
from decimal import Decimal

import pytest

from tributary import landed

COLUMNS = [
    {"name": "id", "role": "key", "type": "string"},
    {"name": "value", "role": "measure", "type": "decimal(18,6)"},
    {"name": "size", "role": "measure", "type": "long"},
    {"name": "day", "role": "time", "type": "date"},
    {"name": "note", "type": "string"},
]


def rows_of(spark, feed):
    schema = feed.feed.read_schema()
    raw = landed.read_raw(spark, feed.feed, schema)
    return schema, raw


def test_every_cell_arrives_as_it_was_written(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(
        {"id": "a", "value": "1.2300", "size": "9007199254740993", "note": 'says "hi", twice\r\nand \\ goes on', "_undeclared": '{"x":1}'},
        {"id": "b", "note": ""},
        {"id": " c ", "note": "=1+1"},
    )
    _, raw = rows_of(spark, feed)
    first, second, third = raw.orderBy("_offset").collect()
    assert (first["value"], first["size"]) == ("1.2300", "9007199254740993")
    assert first["note"] == 'says "hi", twice\r\nand \\ goes on' and first["_undeclared"] == '{"x":1}'
    assert second["note"] == "" and second["value"] is None and second["_undeclared"] is None
    assert third["id"] == " c " and third["note"] == "=1+1"


def test_a_header_that_differs_from_the_schema_stops_the_read(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    header = ["_partition", "_offset", "_op", "_poll", "_observed_at", "_event_time", "id", "size", "value", "day", "note", "_undeclared"]
    feed.land({"id": "a"}, header=header)
    _, raw = rows_of(spark, feed)
    with pytest.raises(Exception, match="(?i)header"):
        raw.collect()


def test_a_row_with_too_few_cells_stops_the_read(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land({"id": "a"})
    folder = feed.feed.data + "/2026-11-20"
    with open(folder + "/0-9.csv", "w", encoding="utf-8") as file:
        file.write(",".join(feed.feed.read_schema().header) + "\r\n0,9,upsert\r\n")
    _, raw = rows_of(spark, feed)
    with pytest.raises(Exception, match="(?i)malformed"):
        raw.select("id", "note").collect()


def test_what_cannot_be_cast_is_null_and_counted(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(
        {"id": "a", "value": "1.2300", "size": "9007199254740993", "day": "2026-02-28"},
        {"id": "b", "value": "n/a", "size": "1.5", "day": "2026-02-30"},
        {"id": "c"},
    )
    schema, raw = rows_of(spark, feed)
    good, bad, empty = landed.typed(raw, schema).orderBy("_offset").collect()
    assert (good["value"], good["size"], good["day"]) == (Decimal("1.230000"), 9007199254740993, date(2026, 2, 28))
    assert (bad["value"], bad["day"], empty["value"]) == (None, None, None)
    counted = {entry["column"]: entry for entry in landed.failures(raw, schema)}
    assert counted["value"] == {"column": "value", "type": "decimal(18,6)", "filled": 2, "failed": 1, "example": "n/a"}
    assert counted["size"]["failed"] == 1 and counted["size"]["example"] == "1.5"
    assert counted["day"]["failed"] == 1
    assert "note" not in counted


def test_times_are_read_in_their_zone_and_form(spark, landed_feed):
    feed = landed_feed(
        [
            {"name": "local", "type": "timestamp", "zone": "America/New_York"},
            {"name": "millis", "type": "timestamp", "format": "epochMillis"},
            {"name": "compact", "type": "date", "format": "yyyyMMdd"},
        ]
    )
    feed.land(
        {"local": "2026-07-01 16:00:00", "millis": "1700000000123", "compact": "20260228", "_event_time": "2026-07-01T20:00:00.000Z"},
        {"local": "2026-07-01T16:00:00+02:00", "millis": "soon", "compact": "2026"},
    )
    schema, raw = rows_of(spark, feed)
    first, second = landed.typed(raw, schema).orderBy("_offset").collect()
    assert first["local"] == first[landed.EVENT_TIME] == datetime(2026, 7, 1, 20)
    assert first["millis"] == datetime(2023, 11, 14, 22, 13, 20, 123000)
    assert first["compact"] == date(2026, 2, 28)
    assert second["local"] == datetime(2026, 7, 1, 14)
    assert (second["millis"], second["compact"]) == (None, None)


def test_the_newest_offset_of_a_key_and_time_holds_and_deletes_take_away(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    one, two = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"
    feed.land(
        {"id": "a", "value": "1", "_event_time": one},
        {"id": "a", "value": "2", "_event_time": two},
        {"id": "b", "value": "3", "_event_time": one},
        {"id": "c", "value": "4", "_event_time": one},
        {"id": "d", "value": "5", "_event_time": one},
    )
    feed.land(
        {"id": "a", "value": "10", "_event_time": one},
        {"id": "b", "_op": "delete", "_event_time": one},
        {"id": "c", "_op": "delete"},
        {"id": "d", "_op": "delete"},
        {"id": "d", "value": "6", "_event_time": two},
    )
    schema, raw = rows_of(spark, feed)
    kept = landed.latest(landed.typed(raw, schema), schema)
    found = {(row["id"], row[landed.EVENT_TIME].day, int(row["value"])) for row in kept.collect()}
    assert found == {("a", 1, 10), ("a", 2, 2), ("d", 2, 6)}


def test_offsets_are_compared_as_numbers(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(*({"id": "a", "value": str(number), "_event_time": "2026-01-01T00:00:00Z"} for number in range(12)))
    schema, raw = rows_of(spark, feed)
    (row,) = landed.latest(landed.typed(raw, schema), schema).collect()
    assert int(row["value"]) == 11


def test_the_stream_reads_what_the_batch_reads(spark, landed_feed, tmp_path):
    feed = landed_feed(COLUMNS)
    feed.land({"id": "a", "note": "x,\ny"}, {"id": "b", "note": ""})
    feed.land({"id": "c"})
    schema, raw = rows_of(spark, feed)
    query = landed.stream_raw(spark, feed.feed, schema).writeStream.format("parquet").option("path", str(tmp_path / "out"))
    query.option("checkpointLocation", str(tmp_path / "checkpoint")).trigger(availableNow=True).start().awaitTermination()
    streamed = spark.read.schema(landed.text_schema(schema)).parquet(str(tmp_path / "out"))
    assert sorted(map(str, streamed.collect())) == sorted(map(str, raw.collect()))


def test_of_things_that_happen_once_the_newest_row_of_a_key_holds_whatever_its_time(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land(
        {"id": "quake", "value": "4.1", "_event_time": "2026-01-01T00:00:00.000Z"},
        {"id": "quake", "value": "4.3", "_event_time": "2026-01-01T00:00:01.000Z"},
        {"id": "gone", "value": "1", "_event_time": "2026-01-01T00:00:00.000Z"},
        {"id": "gone", "_op": "delete"},
        {"id": "other", "value": "x", "_event_time": "2026-01-01T00:00:00.000Z"},
    )
    once = landed.read_latest(spark, feed.feed, ["value"], per_time=False)
    assert {(row["id"], row["value"]) for row in once.view.collect()} == {("quake", Decimal("4.3")), ("other", None)}
    assert (once.landed, once.stand, once.replaced, once.failed) == (5, 2, 3, {"value": 1})
    assert once.view.columns == ["_offset", "_op", landed.EVENT_TIME, "id", "value"]
    assert landed.read_latest(spark, feed.feed, []).stand == 3


def test_of_several_series_the_longest_is_taken(spark, landed_feed):
    feed = landed_feed(COLUMNS)
    feed.land({"id": "a"}, *({"id": "b", "_event_time": f"2026-01-0{day}T00:00:00Z"} for day in (1, 2, 3)))
    found = landed.read_latest(spark, feed.feed, ["value"])
    key = landed.largest_key(found.view, found.schema)
    assert key == {"id": "b"} and landed.of_key(found.view, key).count() == 3
    assert landed.largest_key(found.view.where("false"), found.schema) == {}
