"""Findings in plain words: what was found, what it means, and what it does not."""

import html

_VERDICTS = {
    "good": ("#11623a", "#e8f6ee"),
    "bad": ("#8f1d14", "#fdf0ee"),
    "caution": ("#7a5200", "#fdf6e5"),
    "neutral": ("#0b5570", "#eaf4f8"),
}


def finding(headline: str, figures: list[tuple[str, str]], means: str, does_not_mean: str, verdict: str = "neutral") -> str:
    """One finding as HTML (inline styles: it must look the same in Databricks and in our own report)."""
    colour, background = _VERDICTS[verdict]
    boxes = "".join(
        f'<div style="display:inline-block;margin:0 2em .4em 0"><div style="font-size:.78em;color:#5c6b7a">{html.escape(name)}</div>'
        f'<div style="font-size:1.15em;font-weight:600">{html.escape(value)}</div></div>'
        for name, value in figures
    )
    return (
        f'<div style="border-left:4px solid {colour};background:{background};padding:.9em 1.2em;margin:.8em 0;border-radius:0 8px 8px 0">'
        f'<p style="margin:0 0 .5em;font-weight:650;color:{colour};font-size:1.05em">{html.escape(headline)}</p>'
        f"<div>{boxes}</div>"
        f'<p style="margin:.3em 0"><strong>It means</strong> {html.escape(means)}</p>'
        f'<p style="margin:.3em 0 0"><strong>It does not mean</strong> {html.escape(does_not_mean)}</p></div>'
    )


def not_computed(what: str, why: Exception) -> str:
    """Said instead of a figure that the data do not carry."""
    return (
        '<div style="border-left:4px solid #9aa7b3;background:#f6f8fa;padding:.8em 1.2em;margin:.8em 0;border-radius:0 8px 8px 0">'
        f"<strong>{html.escape(what)} was not computed:</strong> {html.escape(str(why))}.</div>"
    )


def p_in_words(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def count(number: float) -> str:
    return f"{number:,.0f}"
