"""Small feeds on disk, in the layout of the volume, and one Spark session for all tests."""

import csv
import gzip
import json
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from tributary.schema import Feed  # noqa: E402


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


class LandedFeed:
    """Writes files as the consumer does; cells are text, None is null (nothing), "" is empty text (quoted)."""

    def __init__(self, root: str, columns: list[dict]):
        self.feed = Feed(root, "topic-id", 1)
        self.columns = columns
        self._offset = 0
        os.makedirs(os.path.join(self.feed.root, "_meta"), exist_ok=True)
        with open(os.path.join(self.feed.root, "_meta", "schema-1.json"), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "columns": columns}, file)

    def land(self, *rows: dict, header: list[str] | None = None, partition: int = 0) -> None:
        """One file of the next offsets; a row may name `_op`, `_observed_at`, `_event_time` and `_undeclared` beside its columns."""
        names = [column["name"] for column in self.columns]
        folder = os.path.join(self.feed.data, "2026-11-20")
        os.makedirs(folder, exist_ok=True)
        lines = [",".join(header or ["_partition", "_offset", "_op", "_poll", "_observed_at", "_event_time", *names, "_undeclared"])]
        with gzip.open(os.path.join(folder, f"{partition}-{self._offset}.csv.gz"), "wt", encoding="utf-8", newline="") as file:
            for row in rows:
                cells = [str(partition), str(self._offset), row.get("_op", "upsert"), "poll-1", row.get("_observed_at", "2026-11-20T10:00:00.000Z"), row.get("_event_time")]
                cells += [row.get(name) for name in names] + [row.get("_undeclared")]
                lines.append(",".join(_cell(cell) for cell in cells))
                self._offset += 1
            file.write("\n".join(lines) + "\n")


def _cell(text: str | None) -> str:
    if text is None:
        return ""
    if text == "" or any(character in text for character in '",\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


@pytest.fixture
def landed_feed(tmp_path):
    def make(columns: list[dict]) -> LandedFeed:
        return LandedFeed(str(tmp_path / "ns.feed"), columns)

    return make
