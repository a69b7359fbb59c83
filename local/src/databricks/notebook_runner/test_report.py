from datetime import date, datetime, timezone
from decimal import Decimal

from notebook_runner.cells import Executed, NotebookResult
from notebook_runner.outputs import Html, Table, Text
from notebook_runner.report import render
from notebook_runner.source import parse
from notebook_runner.tables import to_html

FINDING = '<div class="finding {kind}" style="color:red"><p class="headline" style="margin:0">{headline}</p><p>more</p></div>'


def cells(source, *outputs):
    """Python cells show, in order, what is given for them."""
    shown = iter(outputs)
    parsed = parse("# Databricks notebook source\n" + "\n# COMMAND ----------\n".join(source))
    return [Executed(cell, [] if cell.kind == "md" else next(shown)) for cell in parsed]


def rendered(executed, **result):
    return render(
        NotebookResult(cells=executed, **result),
        notebook="/Shared/n",
        job="a <job>",
        run_id=7,
        task="t",
        parameters={"feed": "<feed>"},
        started=datetime(2026, 1, 1, tzinfo=timezone.utc),
        seconds=1.5,
    )


def test_verdicts_come_first_each_with_a_link_to_its_part():
    report = rendered(
        cells(
            ["# MAGIC %md\n# MAGIC # The *title*", "one", "# MAGIC %md\n# MAGIC ## Part <one>\n# MAGIC ## Part two", "two"],
            [Html(FINDING.format(kind="bad", headline="Before any part"))],
            [Html(FINDING.format(kind="good", headline="It <b>holds</b> &amp; stays")), Text("printed")],
        )
    )
    assert report.page.index("It holds &amp; stays") < report.page.index("Part two</h2>")
    assert "<li class='bad'><a href='#top'>" in report.page
    assert "<li class='good'><a href='#part-2'><span class='about'>Part two</span><span class='verdict'>It holds &amp; stays</span></a>" in report.page
    assert "<h2 id='part-2'>Part two</h2>" in report.page and "Also: <a href='#part-1'>Part &lt;one&gt;</a>" in report.page
    assert "<a href='/runs/7/t#part-2'>" in report.short and "Part &lt;one&gt;" not in report.short


def test_nothing_that_a_notebook_shows_reaches_the_page_as_it_is():
    nasty = '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a><p style="position:fixed">y</p>'
    report = rendered(
        cells(["one"], [Html(FINDING.format(kind="good", headline=nasty)), Text(nasty), Table([nasty], [False], [[nasty]])]),
        exit_value=nasty,
    )
    for text in (report.page, report.short):
        assert "<script" not in text and "onerror=alert" not in text.replace("&lt;img src=x onerror=alert", "")
        assert 'href="javascript' not in text and "position:fixed" not in text.replace("style=&quot;position:fixed", "")
    assert "&lt;feed&gt;" in report.page and "a &lt;job&gt;" in report.page


def test_a_failure_is_said_at_the_top_and_its_cell_is_open():
    executed = cells(["one"], [Text("Traceback of <it>", is_error=True)])
    executed[0].failed = True
    page = rendered(executed, error="ValueError: <it>", trace="Traceback of <it>").page
    assert page.index("ValueError: &lt;it&gt;") < page.index("Traceback of &lt;it&gt;")
    assert "<details class='source' open>" in page and "Failed" in page


def column(*values):
    html = to_html(Table(["x"], [True], [[value] for value in values]))
    return [cell.split(">", 1)[1].split("</td>")[0] for cell in html.split("<td")[1:]]


def test_numbers_of_a_column_have_the_same_decimals():
    assert column(94.0, 75.1, 100.0) == ["94.0", "75.1", "100.0"]
    assert column(1_455.219971, 752.44) == ["1,455.22", "752.44"]
    assert column(0.005, 16.264812) == ["0.0050", "16.2648"]
    assert column(1.0, 2.0) == ["1", "2"]
    assert column(0.0, float("nan"), 0.25, None)[0::2] == ["0.00", "0.25"]


def test_numbers_too_different_for_that_are_written_each_for_itself():
    assert column(2_015.0, 3_124_407_299.3, 0.00012345) == ["2,015.00", "3,124,407,299", "0.00012345"]


def test_what_is_no_number_is_written_plainly():
    assert column(None)[0] == "<span class='null' title='null'>–</span>"
    assert column(True, 1_234, Decimal("1234.50"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5)) == [
        "true",
        "1,234",
        "1,234.50",
        "2026-01-02",
        "2026-01-02 03:04:05",
    ]
    assert column("<b>" + "x" * 600)[0].startswith("&lt;b&gt;xx") and column("x" * 600)[0].endswith("…")
