"""Text of another kind that a Word document holds in a part of its own (`altChunk`): HTML, an MHT archive, plain text.

Programs that make DOCX from web pages write nothing else, and Word turns it into paragraphs only when it opens it.
"""

from __future__ import annotations

import email
import email.policy
import re
from html.parser import HTMLParser

from cvsense_async.sandbox.ebsv.wordtext import Paragraph

_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd div dl dt figcaption footer form h1 h2 h3 h4 h5 h6 header "
    "hr li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNSEEN = frozenset({"head", "script", "style", "template", "title", "noscript", "object", "select", "textarea"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_INLINE = frozenset({"a", "b", "em", "i", "span", "strong"})
_BOLD = frozenset({"b", "strong", "th"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]{2,20})", re.IGNORECASE)
MAX_DEPTH = 400


def read_chunk(name: str, content: bytes) -> list[Paragraph] | None:
    """The paragraphs of such a part; None where it is of a kind that is not read (RTF, an older Word file)."""
    suffix = name.rpartition(".")[2].lower()
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if suffix in ("mht", "mhtml", "eml") or head.startswith(b"mime-version:"):
        return _read_mht(content)
    if suffix in ("htm", "html", "xhtml") or head.startswith((b"<!doctype html", b"<html")):
        return _read_html(_decoded(content))
    if suffix == "txt":
        return [_paragraph(line) for line in _decoded(content).splitlines() if line.strip()]
    return None


def _read_mht(content: bytes) -> list[Paragraph] | None:
    message = email.message_from_bytes(content, policy=email.policy.default)
    for kind in ("text/html", "text/plain"):
        for part in message.walk():
            if part.get_content_type() != kind:
                continue
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                text = _decoded(body, part.get_content_charset())
                return _read_html(text) if kind == "text/html" else [_paragraph(text)]
    return None


def _decoded(content: bytes, charset: str | None = None) -> str:
    found = _CHARSET.search(content[:2048])
    for name in (charset, found.group(1).decode("ascii") if found else None, "utf-8-sig"):
        try:
            if name is not None:
                return content.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("windows-1252", "replace")


def _read_html(text: str) -> list[Paragraph]:
    page = _Page()
    page.feed(text)
    page.close()
    page.end_paragraph()
    return page.found


def _paragraph(text: str) -> Paragraph:
    made = Paragraph()
    made.pieces.append((text, False, False, 0.0, "", False))
    return made


class _Page(HTMLParser):
    """The blocks of a page as paragraphs: headings, list items, bold text, and what the page does not show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Paragraph] = []
        self._open = Paragraph()
        self._tags: list[tuple[str, bool]] = []
        self._closed = ""  # the tag that was closed just before

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_paragraph()
        if tag == "br":
            self._say("\n")
        elif self._closed in _INLINE and tag in _INLINE and tag != self._closed:
            self._say(" ")  # set apart by their looks alone, as a job in bold and the dates beside it
        self._closed = ""
        if tag not in _VOID and len(self._tags) < MAX_DEPTH:
            said = dict(attrs)
            hidden = tag in _UNSEEN or "hidden" in said or bool(_HIDDEN.search(said.get("style") or ""))
            self._tags.append((tag, hidden))
        if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
            self._open.outline = int(tag[1])
        if tag == "li":
            self._open.listed = True

    def handle_endtag(self, tag: str) -> None:
        self._closed = tag
        if tag in _BLOCKS:
            self.end_paragraph()
        for at in range(len(self._tags) - 1, -1, -1):
            if self._tags[at][0] == tag:
                del self._tags[at:]
                break

    def handle_data(self, data: str) -> None:
        self._closed = ""
        if not any(tag in _UNSEEN for tag, _ in self._tags):
            self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        hidden = any(hidden for _, hidden in self._tags)
        bold = any(tag in _BOLD for tag, _ in self._tags)
        self._open.pieces.append((text, hidden, bold, 0.0, "", False))

    def end_paragraph(self) -> None:
        """What has been said is a paragraph."""
        if self._open.plain:
            self.found.append(self._open)
        self._open = Paragraph()
