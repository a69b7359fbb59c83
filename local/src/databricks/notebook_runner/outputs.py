"""What a cell showed, in order, bounded."""

import base64
import io
from dataclasses import dataclass, field

MAX_TEXT_CHARS = 200_000
MAX_ROWS = 1_000
MAX_COLUMNS = 100
MAX_FIGURES = 20


@dataclass
class Text:
    text: str
    is_error: bool = False


@dataclass
class Html:
    """HTML that a notebook made; the report admits only harmless parts of it."""

    html: str


@dataclass
class Figure:
    png: str  # base64


@dataclass
class Table:
    columns: list[str]
    numeric: list[bool]
    rows: list[list[object]]
    note: str = ""


@dataclass
class Outputs:
    """Collects the outputs of the cell that is running."""

    items: list[object] = field(default_factory=list)
    _chars: int = 0

    def write(self, text: str) -> None:
        room = MAX_TEXT_CHARS - self._chars
        if room <= 0 or not text:
            return
        self._chars += len(text)
        kept = text if len(text) <= room else text[:room] + "\n… output cut here"
        if self.items and isinstance(self.items[-1], Text) and not self.items[-1].is_error:
            self.items[-1].text += kept
        else:
            self.items.append(Text(kept))

    def show(self, value: object) -> None:
        """What display() and a cell's last expression do."""
        if value is None:
            return
        table = _as_table(value)
        if table is not None:
            self.items.append(table)
        elif hasattr(value, "savefig"):
            self.figure(value)
        elif hasattr(value, "figure") and hasattr(value.figure, "savefig"):
            self.figure(value.figure)
        elif hasattr(value, "_repr_html_") and value._repr_html_():
            self.items.append(Html(value._repr_html_()))
        else:
            self.write(f"{value!r}\n")

    def figure(self, figure: object) -> None:
        import matplotlib.pyplot as plt

        if sum(isinstance(item, Figure) for item in self.items) < MAX_FIGURES:
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=150, bbox_inches="tight")
            self.items.append(Figure(base64.b64encode(buffer.getvalue()).decode()))
        plt.close(figure)

    def open_figures(self) -> None:
        """Shows what a cell drew without displaying it."""
        import sys

        if "matplotlib.pyplot" not in sys.modules:
            return
        plt = sys.modules["matplotlib.pyplot"]
        for number in plt.get_fignums():
            self.figure(plt.figure(number))


def _as_table(value: object) -> Table | None:
    module = type(value).__module__
    if module.startswith("pyspark.sql") and hasattr(value, "toPandas"):
        if getattr(value, "isStreaming", False):
            raise TypeError("a streaming DataFrame cannot be displayed here: write it to a sink and display that")
        rows = value.limit(MAX_ROWS + 1).collect()
        numeric = [kind.startswith(("int", "bigint", "double", "float", "decimal", "smallint", "tinyint")) for _, kind in value.dtypes]
        return _table(list(value.columns), numeric, [list(row) for row in rows])
    if module.startswith("pandas"):
        import pandas as pd

        frame = value.to_frame() if isinstance(value, pd.Series) else value
        if not isinstance(frame, pd.DataFrame):
            return None
        if not isinstance(frame.index, pd.RangeIndex):
            frame = frame.reset_index()
        numeric = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
        return _table([str(name) for name in frame.columns], numeric, frame.head(MAX_ROWS + 1).values.tolist())
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = list(dict.fromkeys(name for row in value for name in row))
        numeric = [all(isinstance(row.get(name), (int, float)) for row in value) for name in columns]
        return _table(columns, numeric, [[row.get(name) for name in columns] for row in value])
    return None


def _table(columns: list[str], numeric: list[bool], rows: list[list[object]]) -> Table:
    notes = []
    if len(rows) > MAX_ROWS:
        notes.append(f"the first {MAX_ROWS:,} rows")
    if len(columns) > MAX_COLUMNS:
        notes.append(f"the first {MAX_COLUMNS} of {len(columns)} columns")
    cut = [row[:MAX_COLUMNS] for row in rows[:MAX_ROWS]]
    return Table(columns[:MAX_COLUMNS], numeric[:MAX_COLUMNS], cut, "Shows " + " and ".join(notes) if notes else "")
