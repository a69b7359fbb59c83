"""Tables with names of three parts, which Spark alone has no catalog for: each is a folder of Delta files."""

import os
import re

_PART = r"`?([A-Za-z0-9_-]+)`?"
_NAME = re.compile(rf"{_PART}\.{_PART}\.{_PART}")


class UnityTables:
    def __init__(self, folder: str):
        self._folder = folder

    def path(self, name: str) -> str | None:
        """Where the table of such a name lies; None for other names."""
        parts = _NAME.fullmatch(name)
        return os.path.join(self._folder, *parts.groups()) if parts else None

    def in_sql(self, statement: str) -> str:
        """The statement with the names of tables that are there given by their folders."""

        def folder(found: re.Match) -> str:
            path = self.path(found.group(0))
            return f"delta.`{path}`" if path and os.path.isdir(path) else found.group(0)

        return _NAME.sub(folder, statement)

    def install(self) -> None:
        """Teaches Spark the names, in the calls that notebooks of Tributary use."""
        from pyspark.sql import SparkSession
        from pyspark.sql.readwriter import DataFrameWriter
        from pyspark.sql.streaming.readwriter import DataStreamWriter

        to_table, save_as_table = DataStreamWriter.toTable, DataFrameWriter.saveAsTable
        table, sql = SparkSession.table, SparkSession.sql

        def stream_to(writer, name, *args, **options):
            path = self.path(name)
            return writer.format("delta").start(path) if path else to_table(writer, name, *args, **options)

        def save_to(writer, name, *args, **options):
            path = self.path(name)
            return writer.format("delta").save(path) if path else save_as_table(writer, name, *args, **options)

        def read_from(spark, name):
            path = self.path(name)
            return spark.read.format("delta").load(path) if path else table(spark, name)

        DataStreamWriter.toTable, DataFrameWriter.saveAsTable = stream_to, save_to
        SparkSession.table, SparkSession.sql = read_from, lambda spark, statement, *args, **options: sql(spark, self.in_sql(statement), *args, **options)
