"""The columns of a feed, as its `_meta/schema-<n>.json` declares them."""

import json
import os
import re
from dataclasses import dataclass

LINEAGE = ["_partition", "_offset", "_op", "_poll", "_observed_at", "_event_time"]
UNDECLARED = "_undeclared"

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
_TYPE = re.compile(r"^(string|long|double|boolean|date|timestamp|decimal\(\d{1,2},\d{1,2}\))$")


@dataclass(frozen=True)
class Column:
    """`role` is key, time, measure or dimension; `transform` makes a measure comparable over time."""

    name: str
    type: str = "string"
    role: str = "dimension"
    zone: str | None = None
    format: str | None = None
    kind: str | None = None
    transform: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Dialect:
    """How the text of the files is to be read; the byte order mark and line ends need no telling."""

    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    #: What a null is, without quotes.
    null: str = ""


@dataclass(frozen=True)
class FeedSchema:
    version: int
    columns: list[Column]
    dialect: Dialect = Dialect()

    def of_role(self, role: str) -> list[Column]:
        return [column for column in self.columns if column.role == role]

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise ValueError(f"the feed has no column named {name!r}; it has {', '.join(each.name for each in self.columns)}")

    @property
    def header(self) -> list[str]:
        """The header line of every file of this schema."""
        return [*LINEAGE, *(column.name for column in self.columns), UNDECLARED]


def parse_schema(text: str) -> FeedSchema:
    """Checks what later goes into SQL expressions: names and types."""
    document = json.loads(text)
    columns = []
    for entry in document["columns"]:
        known = {name: entry[name] for name in Column.__dataclass_fields__ if entry.get(name) is not None}
        column = Column(**known)
        if not _NAME.match(column.name) or not _TYPE.match(column.type):
            raise ValueError(f"schema column {column.name!r} of type {column.type!r} is not valid")
        columns.append(column)
    return FeedSchema(int(document["version"]), columns, _dialect(document.get("csv", {})))


def _dialect(told: dict) -> Dialect:
    default = Dialect()
    return Dialect(
        told.get("delimiter", default.delimiter),
        told.get("quoteChar", default.quote),
        bool(told.get("header", default.header)),
        told.get("nullSequence", default.null),
    )


_FEED_NAME = re.compile(r"^[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$")


@dataclass(frozen=True)
class Feed:
    """Where a feed's files lie: `<volume_path>/<topic id>/schema-<n>/<date>/<partition>-<first offset>.csv[.gz]`."""

    volume_path: str
    topic_id: str
    version: int

    @property
    def root(self) -> str:
        return os.path.join(self.volume_path, self.topic_id)

    @property
    def data(self) -> str:
        return os.path.join(self.root, f"schema-{self.version}")

    def at(self, version: int) -> "Feed":
        return Feed(self.volume_path, self.topic_id, version)

    def alike(self, schema: FeedSchema) -> list[tuple["Feed", FeedSchema]]:
        """Those with files of this schema and the ones before it with the same columns, which only differ in how they are written."""
        return [(part, known) for part, known in self.parts() if known.columns == schema.columns]

    def parts(self) -> list[tuple["Feed", FeedSchema]]:
        """This schema and those before it, as far as files of them have landed."""
        parts = [self.at(version) for version in range(1, self.version + 1)]
        return [(part, part.read_schema()) for part in parts if os.path.isdir(part.data)]

    def read_schema(self) -> FeedSchema:
        path = os.path.join(self.root, "_meta", f"schema-{self.version}.json")
        if not os.path.exists(path):
            raise FileNotFoundError(f"nothing of this feed has landed yet: there is no {path}")
        with open(path, encoding="utf-8") as file:
            return parse_schema(file.read())


def newest_feed(volume: str, name: str) -> Feed:
    """
    Another feed of the same volume (the folder that holds the feeds), by `<namespace>.<name>`: of its topic ids the one
    that landed last, with its newest schema. A topic that was made anew has a new id; its folder holds later dates.
    """
    if not _FEED_NAME.match(name):
        raise ValueError(f"{name!r} is not the name of a feed: <namespace>.<name> is")
    root = os.path.join(volume, name)
    found = []
    for topic_id in _folders(root):
        for schema in _folders(os.path.join(root, topic_id)):
            dates = _folders(os.path.join(root, topic_id, schema)) if re.match(r"^schema-\d+$", schema) else []
            if dates:
                file = os.path.join(root, topic_id, "_meta", f"{schema}.json")
                found.append((max(dates), os.path.getmtime(file) if os.path.exists(file) else 0.0, int(schema[len("schema-") :]), topic_id))
    if not found:
        raise FileNotFoundError(f"nothing of the feed {name} has landed yet in {volume}")
    _, _, version, topic_id = max(found)
    return Feed(root, topic_id, version)


def _folders(path: str) -> list[str]:
    return [entry.name for entry in os.scandir(path) if entry.is_dir() and not entry.name.startswith("_")] if os.path.isdir(path) else []
