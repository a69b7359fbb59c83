import json
import os

import pytest

from tributary.schema import Feed, newest_feed, parse_schema


def text(columns):
    return json.dumps({"version": 3, "columns": columns})


def test_a_schema_keeps_declared_order_between_lineage_and_undeclared():
    schema = parse_schema(text([{"name": "id", "role": "key", "type": "string", "path": "a.b"}, {"name": "t", "role": "time", "type": "date"}]))
    assert schema.version == 3
    assert schema.header == ["_partition", "_offset", "_op", "_poll", "_observed_at", "_event_time", "id", "t", "_undeclared"]
    assert [column.name for column in schema.of_role("key")] == ["id"]


@pytest.mark.parametrize("column", [{"name": "a`b"}, {"name": "a", "type": "int); drop"}, {"name": "1a"}])
def test_what_could_become_sql_is_refused(column):
    with pytest.raises(ValueError, match="not valid"):
        parse_schema(text([column]))


def test_an_unknown_column_is_named_with_those_there_are():
    schema = parse_schema(text([{"name": "close"}]))
    with pytest.raises(ValueError, match="'open'; it has close"):
        schema.column("open")


def test_a_feed_without_files_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing of this feed has landed yet"):
        Feed(str(tmp_path), "topic", 1).read_schema()


def land(root, topic, schema, date, mtime):
    folder = root / "air.weather" / topic
    (folder / f"schema-{schema}" / date).mkdir(parents=True)
    (folder / "_meta").mkdir(exist_ok=True)
    file = folder / "_meta" / f"schema-{schema}.json"
    file.write_text("{}")
    os.utime(file, (mtime, mtime))


def test_the_newest_of_another_feed_is_the_one_that_landed_last(tmp_path):
    land(tmp_path, "zz-old", 1, "2026-01-01", 5)
    land(tmp_path, "zz-old", 2, "2026-01-03", 9)
    land(tmp_path, "aa-new", 1, "2026-01-04", 10)
    feed = newest_feed(str(tmp_path), "air.weather")
    assert (feed.topic_id, feed.version) == ("aa-new", 1)
    land(tmp_path, "aa-new", 10, "2026-01-04", 11)
    assert newest_feed(str(tmp_path), "air.weather").version == 10


def test_another_feed_that_did_not_land_or_is_no_feed_is_refused_in_words(tmp_path):
    with pytest.raises(FileNotFoundError, match="air.weather has landed yet"):
        newest_feed(str(tmp_path), "air.weather")
    with pytest.raises(ValueError, match="not the name of a feed"):
        newest_feed(str(tmp_path), "../secrets")
