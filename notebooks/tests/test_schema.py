import json

import pytest

from tributary.schema import Feed, parse_schema


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
