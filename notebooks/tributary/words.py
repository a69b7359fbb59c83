"""Findings in plain words: what was found, what it means, and what it does not."""

import html
from collections.abc import Callable

_VERDICTS = {
    "good": ("#11623a", "#eef8f2"),
    "bad": ("#8f1d14", "#fdf1ef"),
    "caution": ("#7a5200", "#fdf7e8"),
    "neutral": ("#0b5570", "#eff6f9"),
}

# Inline styles: it must look the same in Databricks and in our own report, which finds the headlines by their class.
_BOX = "border-left:4px solid {colour};background:{background};padding:14px 20px;margin:12px 0;border-radius:0 8px 8px 0"


def finding(headline: str, figures: list[tuple[str, str]], means: str, does_not_mean: str, verdict: str = "neutral") -> str:
    """One finding as HTML."""
    colour, background = _VERDICTS[verdict]
    boxes = "".join(
        f'<div style="margin:0 32px 8px 0"><div style="font-size:12px;color:#5c6b7a">{html.escape(name)}</div>'
        f'<div style="font-size:17px;font-weight:600">{html.escape(value)}</div></div>'
        for name, value in figures
    )
    return (
        f'<div class="finding {verdict}" style="{_BOX.format(colour=colour, background=background)}">'
        f'<p class="headline" style="margin:0 0 10px;font-weight:650;color:{colour};font-size:17px">{html.escape(headline)}</p>'
        f'<div style="display:flex;flex-wrap:wrap">{boxes}</div>'
        f'<p style="margin:4px 0"><strong>It means</strong> {html.escape(means)}</p>'
        f'<p style="margin:4px 0 0"><strong>It does not mean</strong> {html.escape(does_not_mean)}</p></div>'
    )


class Findings:
    """Shows findings, and keeps their headlines for whoever started the notebook."""

    def __init__(self, display_html: Callable[[str], None]) -> None:
        self.headlines: list[str] = []
        self._display_html = display_html

    def show(self, headline: str, figures: list[tuple[str, str]], means: str, does_not_mean: str, verdict: str = "neutral") -> None:
        self.headlines.append(headline)
        self._display_html(finding(headline, figures, means, does_not_mean, verdict))


def not_computed(what: str, why: Exception) -> str:
    """Said instead of a figure that the data do not carry."""
    return (
        f'<div class="finding none" style="{_BOX.format(colour="#9aa7b3", background="#f6f8fa")}">'
        f'<p class="headline" style="margin:0"><strong>{html.escape(what)} was not computed:</strong> {html.escape(str(why))}</p></div>'
    )


def p_in_words(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def count(number: float) -> str:
    return f"{number:,.0f}"


def interval(low: float, high: float, digits: int = 1) -> str:
    return f"{low:,.{digits}f} to {high:,.{digits}f}"


def listed(items: list[str]) -> str:
    """"a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"


def landed_in_words(landed: int, replaced: int, failed: dict[str, int], left_out: str = "") -> str:
    """A line under the first heading: how many rows came, whether they could be read, and what was left out as not final."""
    cells = f"{count(sum(failed.values()))} cells of {listed(sorted(failed))} do not fit their declared type and are left out" if failed else "every cell fits its declared type"
    return f"{count(landed)} rows landed, {count(replaced)} of them replaced by newer ones or deleted; {cells}.{' Of the bars ' if left_out else ''}{left_out}"
