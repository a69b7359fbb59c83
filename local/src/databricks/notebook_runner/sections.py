"""A notebook's outputs in the order of its headings, and the verdicts that its findings give, for the top of the page."""

import html
import re
from dataclasses import dataclass, field

from .cells import Executed
from .markdown import to_html
from .outputs import Figure, Html, Text
from .sanitize import sanitize
from .tables import to_html as table_html

_HEADING = re.compile(r"<h2>(.*?)</h2>")
# As the notebooks' `words` writes them; what is between is sanitised.
_FINDING = re.compile(r'<div class="finding (good|bad|caution|neutral|none)"[^>]*>\s*<p class="headline"[^>]*>(.*?)</p>', re.DOTALL)


@dataclass
class Section:
    """`name` is HTML, escaped; empty for what comes before the first heading."""

    anchor: str
    name: str
    parts: list[str] = field(default_factory=list)
    #: Kind of verdict, and its headline as escaped text.
    verdicts: list[tuple[str, str]] = field(default_factory=list)


def sections_of(cells: list[Executed]) -> list[Section]:
    sections = [Section("top", "")]
    for executed in cells:
        if executed.cell.kind == "md":
            _add_text(sections, executed.cell.text)
        else:
            _add_cell(sections[-1], executed)
    return sections


def in_short(sections: list[Section], link: str = "") -> str:
    """The verdicts, each a link to its section; `link` is the address of the page, empty for this one."""
    rows = "".join(
        f"<li class='{kind}'><a href='{html.escape(link)}#{section.anchor}'><span class='about'>{'' if index else section.name or 'First of all'}</span>"
        f"<span class='verdict'>{headline}</span></a></li>"
        for section in sections
        for index, (kind, headline) in enumerate(section.verdicts)
    )
    return f"<ul class='short'>{rows}</ul>" if rows else ""


def without_verdict(sections: list[Section]) -> str:
    """Links to the other sections."""
    links = [f"<a href='#{section.anchor}'>{section.name}</a>" for section in sections if section.name and not section.verdicts]
    return f"<p class='also'>{'Also: ' if len(links) < sum(bool(each.name) for each in sections) else ''}{' · '.join(links)}</p>" if links else ""


def _add_text(sections: list[Section], text: str) -> None:
    # The first-level heading is the page's own.
    rendered = to_html(re.sub(r"^# +.+$", "", text, count=1, flags=re.MULTILINE))
    before, *rest = _HEADING.split(rendered)
    if before.strip():
        sections[-1].parts.append(f"<section class='text'>{before}</section>")
    for name, after in zip(rest[::2], rest[1::2]):
        anchor = f"part-{len(sections)}"
        sections.append(Section(anchor, name, [f"<section class='text'><h2 id='{anchor}'>{name}</h2>{after}</section>"]))


def _add_cell(section: Section, executed: Executed) -> None:
    cell = executed.cell
    outputs = []
    for item in executed.outputs:
        shown = _output(item)
        outputs.append(shown)
        if isinstance(item, Html):
            section.verdicts += [(kind, re.sub(r"<[^>]*>", "", headline)) for kind, headline in _FINDING.findall(shown)]
    label = cell.title or ("SQL" if cell.kind == "sql" else "Code")
    opened = " open" if executed.failed or cell.kind == "sql" else ""
    code = (
        f"<details class='source'{opened}><summary>{html.escape(label)} <span class='took'>{executed.seconds:.1f} s</span></summary>"
        f"<pre class='code'>{html.escape(cell.text.strip())}</pre></details>"
    )
    order = [code, *outputs] if cell.kind == "sql" else [*outputs, code]
    section.parts.append(f"<section class='cell{' failed' if executed.failed else ''}'>{''.join(order)}</section>")


def _output(item: object) -> str:
    if isinstance(item, Figure):
        return f"<figure><img alt='plot' src='data:image/png;base64,{item.png}'></figure>"
    if isinstance(item, Html):
        return f"<div class='html'>{sanitize(item.html)}</div>"
    if isinstance(item, Text):
        return f"<pre class='{'trace' if item.is_error else 'printed'}'>{html.escape(item.text.rstrip())}</pre>"
    return table_html(item)
