"""Reads `--job`: a file that holds the advert, or the id of a job that the service knows.

The whole text is the description; only the title is taken out of it, for the service wants one.
"""

from __future__ import annotations

import codecs
import os
import re
from html.parser import HTMLParser
from pathlib import Path

from cvsense_async.api.codec import path_id
from cvsense_async.api.endpoint import Id
from cvsense_async.screening.plan import JobDescription

from .ending import Stop

LONGEST = 1_000_000
TITLE = 255
"""The longest title that the service takes [doc: Job body]."""

_HTML = re.compile(r"<(?:!doctype html|html|body|head|h[1-6]|p|div|ul|ol|li|br|b|strong|section|article)\b[^>]*>", re.I)


def read_job(given: str) -> JobDescription | Id:
    """The job that `--job` names. Raises `Stop` for a file that cannot be one."""
    path = Path(given).expanduser()
    try:
        if path.is_file():
            return _from_file(path)
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if there:
        raise Stop(f"--job {given}: this is not a file; give a text file (.md, .txt, .html) or a job's id")
    if not given.strip() or os.sep in given or path.suffix.lower() in (".md", ".txt", ".html", ".htm", ".pdf", ".docx"):
        raise Stop(f"--job {given or repr(given)}: there is no such file")
    return path_id(given)


def read_advert(given: str) -> JobDescription:
    """The advert in a file. Raises `Stop` where there is none."""
    job = read_job(given)
    if not isinstance(job, JobDescription):
        raise Stop(f"--job {given}: there is no such file")
    return job


def _from_file(path: Path) -> JobDescription:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise Stop(f"--job {path}: it cannot be read ({error.strerror})") from None
    if len(content) > LONGEST:
        raise Stop(f"--job {path}: it is longer than a job description can be (1 MB)")
    if content.startswith((b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise Stop(f"--job {path}: this is a document, not text; save the advert as .txt, .md or .html")
    text = _decoded(content)
    if "\0" in text:
        raise Stop(f"--job {path}: this is not text; save the advert as .txt, .md or .html")
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise Stop(f"--job {path}: the file is empty")
    title = title_of(text)
    if not title:
        raise Stop(f"--job {path}: its first line holds no title")
    return JobDescription(title, text)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def title_of(text: str) -> str:
    """The advert's title: its main heading or `<title>`, else its first line."""
    if _HTML.search(text[:5000]):
        reader = _Headings()
        reader.feed(text)
        reader.close()
        found = reader.words["h1"] or reader.words["title"] or reader.words[""]
    else:
        lines = [line.strip() for line in text.splitlines() if re.search(r"\w", line)]
        heading = next((line for line in lines if re.match(r"#\s+\S", line)), None)
        found = heading or next(iter(lines), "")
        found = re.sub(r"^#{1,6}\s+|\s+#+$", "", found)
        found = re.sub(r"^[*_]{1,3}(.+?)[*_]{1,3}$", r"\1", found)
        found = re.sub(r"^(?:job\s+title|title|position|role)\s*:\s*", "", found, flags=re.I)
    found = " ".join(found.split())
    return found if len(found) <= TITLE else found[: TITLE - 1].rstrip() + "…"


class _Headings(HTMLParser):
    """A page's first `h1`, its `title`, and its first words elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.words = {"h1": "", "title": "", "": ""}
        self._within = ""
        self._ended = {""}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("h1", "title", "style", "script"):
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            if self.words.get(tag):
                self._ended.add(tag)
            self._within = ""

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and self._within in self.words:
            if self._within not in self._ended:
                self.words[self._within] = f"{self.words[self._within]} {words}".strip()
            self.words[""] = self.words[""] or words
