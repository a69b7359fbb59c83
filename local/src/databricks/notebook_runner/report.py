"""One self-contained page of what a notebook showed: no scripts, nothing loaded, everything escaped or sanitised."""

import html
import re
from dataclasses import dataclass
from datetime import datetime

from .cells import NotebookResult
from .sections import Section, in_short, sections_of, without_verdict
from .style import STYLE


@dataclass(frozen=True)
class Report:
    page: str
    #: The verdicts alone, for the page of the run.
    short: str


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
) -> Report:
    title = _title(result) or notebook.rsplit("/", 1)[-1]
    sections = sections_of(result.cells)
    state = "<span class='chip bad'>Failed</span>" if result.error else "<span class='chip good'>Succeeded</span>"
    facts = [
        ("Job", job),
        ("Task", task),
        ("Run", str(run_id)),
        ("Started", started.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Took", f"{seconds:.1f} s"),
        ("Notebook", notebook),
    ]
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} · {html.escape(job)}</title>
<style>{STYLE}</style>
</head>
<body>
<header><div class="page">
<p class="brand">Tributary <b>{html.escape(parameters.get("feed", ""))}</b></p>
<h1>{html.escape(title)} {state}</h1>
<dl class="facts">{"".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts)}</dl>
</div></header>
<main class="page">
{_failure(result)}
{_lead(sections)}
{"".join(part for section in sections for part in section.parts)}
<footer>{_parameters(parameters)}{_exit_value(result)}<p>Made by the notebook above from the files of the feed. This page runs no scripts and loads nothing.</p></footer>
</main>
</body>
</html>
"""
    return Report(page, in_short(sections, f"/runs/{run_id}/{task}"))


def _title(result: NotebookResult) -> str:
    for executed in result.cells:
        heading = re.search(r"^# +(.+)$", executed.cell.text, re.MULTILINE) if executed.cell.kind == "md" else None
        if heading:
            return re.sub(r"[*`]", "", heading.group(1)).strip()
    return ""


def _lead(sections: list[Section]) -> str:
    short, others = in_short(sections), without_verdict(sections)
    return f"<div class='lead'>{'<h2>In short</h2>' if short else ''}{short}{others}</div>" if short or others else ""


def _failure(result: NotebookResult) -> str:
    """Said at the top; the whole trace is where it happened, or here if no cell came to run."""
    if result.error is None:
        return ""
    return f"<pre class='trace'>{html.escape(result.error if result.cells else result.trace or result.error)}</pre>"


def _parameters(parameters: dict[str, str]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value) if value else '<span class=null>empty</span>'}</td></tr>"
        for name, value in parameters.items()
    )
    return f"<details class='parameters'><summary>Parameters of this run</summary><table class='plain'>{rows}</table></details>"


def _exit_value(result: NotebookResult) -> str:
    if result.exit_value is None:
        return ""
    return f"<details class='parameters'><summary>What the notebook returned to its job</summary><pre class='code'>{html.escape(result.exit_value)}</pre></details>"
