"""A table as HTML: numbers of one column aligned at their decimal point."""

import html
import math
from datetime import date, datetime
from decimal import Decimal

from .outputs import Table

_MAX_CELL_CHARS = 500
_SIGNIFICANT = 6
#: Columns of values as different as this have no common number of decimals.
_SPREAD = 1e4


def to_html(table: Table) -> str:
    columns = [_formatted(values) for values in zip(*table.rows)] if table.rows else [[] for _ in table.columns]
    head = "".join(f"<th{_align(numeric)}>{html.escape(str(name))}</th>" for name, numeric in zip(table.columns, table.numeric))
    body = "".join("<tr>" + "".join(f"<td{_align(numeric)}>{cell}</td>" for cell, numeric in zip(row, table.numeric)) + "</tr>" for row in zip(*columns))
    note = f"<p class='note'>{html.escape(table.note)}</p>" if table.note else ""
    return f"<div class='scroll'><table class='data'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"


def _align(numeric: bool) -> str:
    return " class='number'" if numeric else ""


def _formatted(values: tuple) -> list[str]:
    decimals = _common_decimals([value for value in values if isinstance(value, float) and math.isfinite(value)])
    return [_cell(value, decimals) for value in values]


def _common_decimals(numbers: list[float]) -> int | None:
    """As many as the value that needs most, six digits in all being enough; None where sizes differ too much."""
    sizes = [abs(number) for number in numbers if number != 0]
    if not sizes:
        return 0
    if max(sizes) / min(sizes) > _SPREAD:
        return None
    whole = max(1, math.floor(math.log10(max(sizes))) + 1)
    shown = [f"{number:.{max(0, _SIGNIFICANT - whole)}f}" for number in numbers]
    return max(len(text.partition(".")[2].rstrip("0")) for text in shown)


def _cell(value: object, decimals: int | None) -> str:
    if value is None or value != value:  # NaN is not itself
        return "<span class='null' title='null'>–</span>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if decimals is not None and math.isfinite(value):
            return f"{value:,.{decimals}f}"
        if 1 <= abs(value) < 1e15:
            return f"{value:,.{2 if abs(value) < 1e5 else 0}f}"
        return f"{value:,.{_SIGNIFICANT}g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == value.min.time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return html.escape(text if len(text) <= _MAX_CELL_CHARS else text[:_MAX_CELL_CHARS] + "…")
