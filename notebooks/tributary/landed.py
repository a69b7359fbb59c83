"""From the files of a feed to rows: as text, typed with failures counted, and the latest view."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from .kept import kept
from .provisional import Series, Settled, last_seen, settle
from .schema import Column, Dialect, Feed, FeedSchema

EVENT_TIME = "event_time"

# Read by position: a header is checked against the schema (enforceSchema=false), a broken row stops the read instead of
# turning into nulls, and a quotation mark within quotes is doubled, not escaped by a backslash as Spark assumes.
# Exact with the default line end (lf); of files written with crlf Spark turns a CR LF inside a cell into LF.
_CSV = {
    "enforceSchema": "false",
    "mode": "FAILFAST",
    "multiLine": "true",
    "encoding": "UTF-8",
    "recursiveFileLookup": "true",
    "pathGlobFilter": "*.csv*",
}
# By default both are "" and Spark then takes empty text (`""`) for null too. No cell holds this one.
_NO_CELL = "\u0001null\u0001"


def csv_options(dialect: Dialect) -> dict[str, str]:
    """For Spark's reader. Of a null word Spark does not see whether it is quoted: a text that reads the same becomes null."""
    return _CSV | {
        "header": str(dialect.header).lower(),
        "sep": dialect.delimiter,
        "quote": dialect.quote,
        "escape": dialect.quote,
        "nullValue": dialect.null or _NO_CELL,
        "emptyValue": "",
    }


def text_schema(schema: FeedSchema) -> StructType:
    return StructType([StructField(name, StringType()) for name in schema.header])


def read_raw(spark: SparkSession, feed: Feed, schema: FeedSchema) -> DataFrame:
    """Every cell as the API wrote it; null is what the dialect writes for it. Also what landed before in another dialect."""
    parts = [
        spark.read.schema(text_schema(known)).options(**csv_options(known.dialect)).csv(part.data)
        for part, known in feed.alike(schema)
    ]
    return reduce(DataFrame.union, parts) if parts else spark.createDataFrame([], text_schema(schema))


def stream_raw(spark: SparkSession, feed: Feed, schema: FeedSchema) -> DataFrame:
    """The same as a stream of files; there must be some."""
    return reduce(DataFrame.union, [stream_folder(spark, part, known) for part, known in feed.alike(schema)])


def stream_folder(spark: SparkSession, feed: Feed, schema: FeedSchema) -> DataFrame:
    """The files of one schema's folder as a stream."""
    options = csv_options(schema.dialect)
    return spark.readStream.schema(text_schema(schema)).options(**options).option("maxFilesPerTrigger", 100).csv(feed.data)


def typed(raw: DataFrame, schema: FeedSchema) -> DataFrame:
    """Lineage, event time and the declared columns in their types; what cannot be cast is null (see `failures`)."""
    return raw.select(
        F.expr("CAST(_partition AS INT)").alias("_partition"),
        F.expr("CAST(_offset AS BIGINT)").alias("_offset"),
        "_op",
        "_poll",
        F.expr("CAST(_observed_at AS TIMESTAMP)").alias("_observed_at"),
        F.expr("try_cast(_event_time AS TIMESTAMP)").alias(EVENT_TIME),
        *(F.expr(cast_expression(column)).alias(column.name) for column in schema.columns),
    )


def cast_expression(column: Column) -> str:
    """SQL that casts a column's text, giving null where it cannot."""
    name = f"`{column.name}`"
    if column.type == "string":
        return name
    if column.type in ("timestamp", "date") and column.format is not None:
        instant = _formatted(name, column.format)
    elif column.type == "timestamp":
        instant = f"try_cast({name} AS TIMESTAMP)"
    else:
        spark_type = {"long": "BIGINT"}.get(column.type, column.type)
        return f"try_cast({name} AS {spark_type})"
    if column.type == "date":
        return f"CAST({instant} AS DATE)"
    has_own_zone = (column.format or "").startswith("epoch")
    if column.zone in (None, "UTC") or has_own_zone:
        return instant
    zone = column.zone.replace("'", "")
    # A time that carries its own zone is left alone.
    return f"CASE WHEN {name} RLIKE '(Z|[+-][0-9]{{2}}:?[0-9]{{2}})$' THEN {instant} ELSE to_utc_timestamp({instant}, '{zone}') END"


_EPOCHS = {"epochSeconds": "timestamp_seconds", "epochMillis": "timestamp_millis", "epochMicros": "timestamp_micros"}


def _formatted(name: str, pattern: str) -> str:
    if pattern in _EPOCHS:
        return f"{_EPOCHS[pattern]}(try_cast({name} AS BIGINT))"
    if pattern == "epochNanos":
        return f"timestamp_micros(try_cast({name} AS BIGINT) DIV 1000)"
    quoted = pattern.replace("\\", "").replace('"', "")
    return f'try_to_timestamp({name}, "{quoted}")'


def failures(raw: DataFrame, schema: FeedSchema) -> list[dict]:
    """For each declared column: cells with text, cells that could not be cast, and one of those as an example."""
    return _counted(raw, schema)[1]


def _counted(raw: DataFrame, schema: FeedSchema) -> tuple[int, list[dict]]:
    """Rows that arrived and `failures`, in one pass."""
    columns = [column for column in schema.columns if column.type != "string"]
    measures = [F.count("*").alias("rows")]
    for column in columns:
        failed = f"`{column.name}` IS NOT NULL AND ({cast_expression(column)}) IS NULL"
        measures.append(F.count(F.col(column.name)).alias(f"filled {column.name}"))
        measures.append(F.expr(f"count_if({failed})").alias(f"failed {column.name}"))
        measures.append(F.expr(f"first(IF({failed}, `{column.name}`, NULL), true)").alias(f"example {column.name}"))
    row = raw.agg(*measures).first()
    return row["rows"], [
        {
            "column": column.name,
            "type": column.type,
            "filled": row[f"filled {column.name}"],
            "failed": row[f"failed {column.name}"],
            "example": row[f"example {column.name}"],
        }
        for column in columns
    ]


def latest(rows: DataFrame, schema: FeedSchema, *, per_time: bool = True) -> DataFrame:
    """
    The newest row of each (keys, event time), by offset: rows of one key are in one partition, so offsets order them.
    A delete takes away its (keys, event time), or, without an event time, all that came before it under its keys.
    Without `per_time` the newest row of each key: for things that happen once and whose time may be corrected.
    """
    keys = [column.name for column in schema.of_role("key")]
    if not per_time and not keys:
        raise ValueError("the feed declares no column of role key, so nothing says which rows are about the same thing")
    identity = Window.partitionBy(*keys, *([EVENT_TIME] if per_time else []))
    newest = rows.withColumn("_rank", F.row_number().over(identity.orderBy(F.col("_offset").desc())))
    if keys:
        whole_key = F.when((F.col("_op") == "delete") & F.col(EVENT_TIME).isNull(), F.col("_offset"))
        newest = newest.withColumn("_gone", F.max(whole_key).over(Window.partitionBy(*keys)))
    else:
        newest = newest.withColumn("_gone", F.lit(None).cast("bigint"))
    kept = (F.col("_rank") == 1) & (F.col("_op") != "delete") & (F.col("_gone").isNull() | (F.col("_offset") > F.col("_gone")))
    return newest.where(kept).drop("_rank", "_gone")


@dataclass(frozen=True)
class Landed:
    """The latest view of a feed, and what became of the rows on the way to it."""

    schema: FeedSchema
    #: Typed, without what was not final; what it is made of is cached where that is possible.
    view: DataFrame
    landed: int
    stand: int
    #: Cells that do not fit their declared type, by column.
    failed: dict[str, int]
    settled: Settled

    @property
    def replaced(self) -> int:
        return self.landed - self.stand - self.settled.left_out


def read_latest(spark: SparkSession, feed: Feed, columns: list[str], *, per_time: bool = True, series: Series | None = None) -> Landed:
    """
    With the keys, the event time and the named columns only: what is not asked for need not be sorted and kept.
    With `series` without bars that were not final when last seen.
    """
    schema = feed.read_schema()
    raw = read_raw(spark, feed, schema)
    wanted = dict.fromkeys(["_offset", "_op", *([] if series is None else ["_partition", "_observed_at"]), EVENT_TIME, *(column.name for column in schema.of_role("key"))])
    wanted.update(dict.fromkeys(schema.column(name).name for name in columns))
    view = kept(latest(typed(raw, schema).select(*wanted), schema, per_time=per_time))
    rows, casts = _counted(raw, schema)
    settled = settle(view, schema, series, last_seen(raw, series))
    failed = {entry["column"]: entry["failed"] for entry in casts if entry["failed"]}
    return Landed(schema, settled.view, rows, settled.view.count(), failed, settled)


def largest_key(rows: DataFrame, schema: FeedSchema) -> dict[str, object]:
    """The key with the most rows: of several series in one feed, the one that says most. Empty without keys or rows."""
    keys = [column.name for column in schema.of_role("key")]
    if not keys:
        return {}
    largest = rows.groupBy(*keys).count().orderBy(F.col("count").desc(), *keys).first()
    return {} if largest is None else {name: largest[name] for name in keys}


def of_key(rows: DataFrame, key: dict[str, object]) -> DataFrame:
    for name, value in key.items():
        rows = rows.where(F.col(name).eqNullSafe(F.lit(value)))
    return rows
