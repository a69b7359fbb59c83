"""From the files of a feed to one table with every row once, as text."""

import os
import re

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from . import landed
from .schema import Feed, FeedSchema

_TABLE = re.compile(r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$")


def table_name(text: str) -> str:
    if not _TABLE.match(text):
        raise ValueError(f"parameter table: {text!r} is not a table; give catalog.schema.table")
    return text


def checkpoint(feed: Feed, table: str) -> str:
    """Beside the feed's topics, where nothing of the consumer lies: one for each table, topic and schema."""
    return os.path.join(feed.volume_path, "_bronze", table, feed.topic_id, f"schema-{feed.version}")


def ingest(spark: SparkSession, feed: Feed, schema: FeedSchema, table: str) -> None:
    """Appends the files of one schema's folder that were not there before. Ends when all of them are in."""
    rows = landed.stream_folder(spark, feed, schema)
    rows = rows.withColumns(
        {
            "_partition": F.col("_partition").cast("int"),
            "_offset": F.col("_offset").cast("bigint"),
            "_topic_id": F.lit(feed.topic_id),
            "_schema": F.lit(feed.version),
        }
    )
    writing = rows.writeStream.format("delta").outputMode("append").option("mergeSchema", "true")
    writing.option("checkpointLocation", checkpoint(feed, table)).trigger(availableNow=True).toTable(table).awaitTermination()
