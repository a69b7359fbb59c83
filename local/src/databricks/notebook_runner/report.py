"""One self-contained page of what a notebook showed: no scripts, nothing loaded, everything escaped or sanitised."""

import html
import re
from datetime import datetime
from decimal import Decimal

from .cells import Executed, NotebookResult
from .markdown import to_html
from .outputs import Figure, Html, Table, Text
from .sanitize import sanitize

_MAX_CELL_CHARS = 500


def render(
    result: NotebookResult,
    *,
    notebook: str,
    job: str,
    run_id: int,
    task: str,
    parameters: dict[str, str],
    started: datetime,
    seconds: float,
) -> str:
    title = _title(result) or notebook.rsplit("/", 1)[-1]
    body, contents = _with_contents("\n".join(_cell(executed) for executed in result.cells))
    state = "<span class='chip bad'>Failed</span>" if result.error else "<span class='chip good'>Succeeded</span>"
    failure = f"<pre class='trace'>{html.escape(result.trace or result.error)}</pre>" if result.error and not result.cells else ""
    facts = [
        ("Job", job),
        ("Task", task),
        ("Run", str(run_id)),
        ("Started", started.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Took", f"{seconds:.1f} s"),
        ("Notebook", notebook),
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} · {html.escape(job)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><div class="page">
<p class="brand">Tributary</p>
<h1>{html.escape(title)} {state}</h1>
<dl class="facts">{"".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts)}</dl>
</div></header>
<main class="page">
{_parameters(parameters)}
{contents}
{failure}
{body}
</main>
</body>
</html>
"""


def _title(result: NotebookResult) -> str:
    for executed in result.cells:
        heading = re.search(r"^# +(.+)$", executed.cell.text, re.MULTILINE) if executed.cell.kind == "md" else None
        if heading:
            return re.sub(r"[*`]", "", heading.group(1)).strip()
    return ""


def _parameters(parameters: dict[str, str]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value) if value else '<span class=null>empty</span>'}</td></tr>"
        for name, value in parameters.items()
    )
    return f"<details class='parameters'><summary>Parameters of this run</summary><table class='plain'>{rows}</table></details>"


def _with_contents(body: str) -> tuple[str, str]:
    """Anchors on the second-level headings, and links to them."""
    entries: list[str] = []

    def anchor(match: re.Match) -> str:
        entries.append(f"<li><a href='#part-{len(entries)}'>{match.group(1)}</a></li>")
        return f"<h2 id='part-{len(entries) - 1}'>{match.group(1)}</h2>"

    anchored = re.sub(r"<h2>(.*?)</h2>", anchor, body)
    return anchored, f"<nav><ol>{''.join(entries)}</ol></nav>" if len(entries) >= 3 else ""


def _cell(executed: Executed) -> str:
    cell = executed.cell
    if cell.kind == "md":
        # The first-level heading is the page's own.
        return f"<section class='text'>{to_html(re.sub(r'^# +.+$', '', cell.text, count=1, flags=re.MULTILINE))}</section>"
    outputs = "\n".join(_output(item) for item in executed.outputs)
    label = cell.title or ("SQL" if cell.kind == "sql" else "Code")
    opened = " open" if executed.failed or (cell.kind == "sql") else ""
    code = f"<details class='source'{opened}><summary>{html.escape(label)} · {executed.seconds:.1f} s</summary><pre class='code'>{html.escape(cell.text.strip())}</pre></details>"
    order = code + outputs if cell.kind == "sql" else outputs + code
    return f"<section class='cell{' failed' if executed.failed else ''}'>{order}</section>"


def _output(item: object) -> str:
    if isinstance(item, Figure):
        return f"<figure><img alt='plot' src='data:image/png;base64,{item.png}'></figure>"
    if isinstance(item, Table):
        return _table(item)
    if isinstance(item, Html):
        return f"<div class='html'>{sanitize(item.html)}</div>"
    if isinstance(item, Text):
        return f"<pre class='{'trace' if item.is_error else 'printed'}'>{html.escape(item.text.rstrip())}</pre>"
    raise TypeError(f"unknown output {type(item).__name__}")


def _table(table: Table) -> str:
    head = "".join(f"<th{_align(numeric)}>{html.escape(str(name))}</th>" for name, numeric in zip(table.columns, table.numeric))
    body = "".join(
        "<tr>" + "".join(f"<td{_align(numeric)}>{_value(value)}</td>" for value, numeric in zip(row, table.numeric)) + "</tr>" for row in table.rows
    )
    note = f"<p class='note'>{html.escape(table.note)}</p>" if table.note else ""
    return f"<div class='scroll'><table class='data'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"


def _align(numeric: bool) -> str:
    return " class='number'" if numeric else ""


def _value(value: object) -> str:
    if value is None or value != value:  # NaN is not itself
        return "<span class='null'>null</span>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:,.6g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == value.min.time() else "%Y-%m-%d %H:%M:%S")
    text = str(value)
    return html.escape(text if len(text) <= _MAX_CELL_CHARS else text[:_MAX_CELL_CHARS] + "…")


_STYLE = """
:root { --ink:#1b2733; --soft:#5c6b7a; --line:#e3e8ee; --accent:#0b6e8f; --paper:#fff; --wash:#f6f8fa; }
* { box-sizing:border-box; }
html { scroll-behavior:smooth; }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; -webkit-font-smoothing:antialiased; }
.page { max-width:68rem; margin:0 auto; padding:0 1.5rem; }
header { background:linear-gradient(120deg,#0c2f40,#0b6e8f); color:#fff; padding:1.8rem 0 1.4rem; margin-bottom:1.6rem; }
.brand { margin:0; font-size:.78rem; letter-spacing:.14em; text-transform:uppercase; opacity:.75; }
h1 { margin:.2rem 0 1rem; font-size:1.9rem; line-height:1.25; font-weight:650; }
h2 { margin:2.6rem 0 .6rem; padding-top:.9rem; border-top:1px solid var(--line); font-size:1.35rem; font-weight:650; }
h3 { margin:1.6rem 0 .4rem; font-size:1.08rem; }
p { margin:.5rem 0; } a { color:var(--accent); }
code { font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; background:var(--wash); padding:.1em .35em; border-radius:4px; }
pre { font:.82rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; white-space:pre-wrap; overflow-wrap:anywhere; margin:.4rem 0; padding:.8rem 1rem; border-radius:8px; }
pre.code, pre.printed { background:var(--wash); border:1px solid var(--line); }
pre.trace { background:#fdf1f0; border:1px solid #f1c4c0; color:#8f1d14; }
.chip { font-size:.78rem; font-weight:600; padding:.2rem .7rem; border-radius:99px; vertical-align:.35rem; margin-left:.4rem; }
.chip.good { background:#d9f2e3; color:#11623a; } .chip.bad { background:#fbdcd9; color:#8f1d14; }
.facts { display:flex; flex-wrap:wrap; gap:.3rem 2rem; margin:0; font-size:.85rem; }
.facts dt { opacity:.7; font-size:.75rem; } .facts dd { margin:0; overflow-wrap:anywhere; }
nav ol { columns:2; column-gap:2.5rem; margin:1rem 0; padding:1rem 1rem 1rem 2.4rem; background:var(--wash); border-radius:10px; font-size:.93rem; }
nav a { text-decoration:none; }
section.cell { margin:.7rem 0 1rem; }
section.failed { border-left:4px solid #c0392b; padding-left:1rem; }
details > summary { cursor:pointer; color:var(--soft); font-size:.8rem; }
details.source { margin:.35rem 0; }
figure { margin:.8rem 0; } figure img { display:block; max-width:100%; height:auto; border-radius:8px; }
.scroll { overflow:auto; max-height:26rem; border:1px solid var(--line); border-radius:8px; margin:.7rem 0; }
table { border-collapse:collapse; font-size:.86rem; }
table.data { width:100%; } .scroll th { position:sticky; top:0; background:var(--wash); }
th, td { padding:.42rem .6rem; text-align:left; border-bottom:1px solid var(--line); vertical-align:top; }
tbody tr:last-child td { border-bottom:0; }
th { font-weight:600; color:var(--soft); }
.number { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap; }
.null { color:#9aa7b3; font-style:italic; } .note { color:var(--soft); font-size:.82rem; }
blockquote { margin:.8rem 0; padding:.1rem 1rem; border-left:3px solid var(--accent); color:var(--soft); }
@media (max-width:40rem) { nav ol { columns:1; } }
@media print { header { background:none; color:var(--ink); } .scroll { max-height:none; } }
"""
