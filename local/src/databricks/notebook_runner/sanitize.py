"""Lets harmless HTML through and drops the rest: scripts, handlers, forms, frames, anything that loads from elsewhere."""

import html
import re
from html.parser import HTMLParser

_TAGS = set(
    "a b blockquote br caption code dd div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img li ol p pre s section"
    " small span strong sub sup table tbody td tfoot th thead tr u ul details summary".split()
)
_VOID = {"br", "hr", "img"}
_DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "template", "noscript", "svg", "math", "title", "textarea"}
_ATTRIBUTES = {"class", "colspan", "rowspan", "title", "alt", "scope", "style"}
_DATA_IMAGE = re.compile(r"^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$")
_STYLE = re.compile(r"^[\w\s:;#%.,()\-]*$")


def sanitize(text: str) -> str:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return "".join(parser.out) + "".join(f"</{tag}>" for tag in reversed(parser.open))


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in _DROPPED_WITH_CONTENT:
            self._dropping.append(tag)
        elif not self._dropping and tag in _TAGS:
            kept = "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in attrs if _harmless(tag, name, value))
            self.out.append(f"<{tag}{kept}>")
            if tag not in _VOID:
                self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in self.open:
            while True:
                last = self.open.pop()
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data):
        if not self._dropping:
            self.out.append(html.escape(data))


def _harmless(tag: str, name: str, value: str | None) -> bool:
    if value is None:
        return False
    if name == "href":
        return tag == "a" and re.match(r"^(https?://|#)", value) is not None
    if name == "src":
        return tag == "img" and _DATA_IMAGE.match(value) is not None
    if name == "style":
        return _STYLE.match(value) is not None and not re.search(r"url|expression|import|position", value, re.IGNORECASE)
    return name in _ATTRIBUTES
