"""Markdown to HTML, with everything escaped: headings, lists, tables, code, quotes, emphasis and links."""

import html
import re

_RULE = re.compile(r"^ {0,3}([-*_])(?: *\1){2,} *$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$")


def to_html(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    out: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = re.match(r"^(#{1,6})\s+(.*?)\s*#*$", line)
        if not line.strip():
            index += 1
        elif line.startswith("```"):
            end = next((at for at in range(index + 1, len(lines)) if lines[at].startswith("```")), len(lines))
            out.append(f"<pre class='code'>{html.escape(chr(10).join(lines[index + 1 : end]))}</pre>")
            index = end + 1
        elif heading:
            level = len(heading.group(1))
            out.append(f"<h{level}>{inline(heading.group(2))}</h{level}>")
            index += 1
        elif _RULE.match(line):
            out.append("<hr>")
            index += 1
        elif line.startswith(">"):
            quoted, index = _while(lines, index, lambda each: each.startswith(">"))
            out.append(f"<blockquote>{to_html(chr(10).join(re.sub(r'^> ?', '', each) for each in quoted))}</blockquote>")
        elif _ITEM.match(line):
            items, index = _while(lines, index, lambda each: bool(_ITEM.match(each)) or each.startswith("  "))
            out.append(_list(items))
        elif "|" in line and index + 1 < len(lines) and re.match(r"^\s*\|?[\s:|-]+\|[\s:|-]*$", lines[index + 1]):
            rows, index = _while(lines, index, lambda each: "|" in each)
            out.append(_table(rows))
        else:
            words, index = _while(lines, index, lambda each: bool(each.strip()) and not re.match(r"^(#{1,6}\s|```|>)", each) and not _ITEM.match(each))
            out.append(f"<p>{inline(' '.join(word.strip() for word in words))}</p>")
    return "\n".join(out)


def inline(text: str) -> str:
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"<code>{html.escape(part[1:-1])}</code>" if part.startswith("`") and len(part) > 2 else _emphasis(part) for part in parts)


def _emphasis(text: str) -> str:
    escaped = html.escape(text, quote=True)
    escaped = re.sub(r"\[([^\]]{1,300})\]\((https?://[^\s)]{1,1000})\)", r'<a href="\2" rel="noreferrer">\1</a>', escaped)
    escaped = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])", r"<em>\1</em>", escaped)


def _while(lines: list[str], index: int, holds) -> tuple[list[str], int]:
    taken = [lines[index]]
    index += 1
    while index < len(lines) and holds(lines[index]):
        taken.append(lines[index])
        index += 1
    return taken, index


def _list(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item:
            items.append(item.group(3))
        else:
            items[-1] += " " + line.strip()
    tag = "ol" if re.match(r"^\s*\d", lines[0]) else "ul"
    return f"<{tag}>" + "".join(f"<li>{inline(item)}</li>" for item in items) + f"</{tag}>"


def _table(lines: list[str]) -> str:
    rows = [[inline(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return f"<table class='plain'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
