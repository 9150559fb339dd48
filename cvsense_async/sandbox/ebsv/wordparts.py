"""Which parts of a DOCX hold its text: what the package's relationships name, under any name and quoting.

Word calls the main part `word/document.xml`; other writers need not, and part names do not tell capitals apart.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from urllib.parse import unquote

import attrs

from cvsense_async.sandbox.ebsv.wordxml import StreamParser, value_of


@attrs.frozen
class Related:
    """A part that another one names: its id there, its kind (the last word of the relationship's type), its name."""

    id: str
    kind: str
    name: str


class Relationships(StreamParser):
    """Gathers the relationships of one part; `names` are the package's, `source` the part that they are of."""

    def __init__(self, names: Iterable[str], source: str = "") -> None:
        super().__init__()
        self._folder = posixpath.dirname(source)
        self._names = {name.lower(): name for name in names}
        self.found: list[Related] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or value_of(attributes, "TargetMode").lower() == "external":
            return
        target = unquote(value_of(attributes, "Target")).replace("\\", "/")
        path = target if target.startswith("/") else posixpath.join(self._folder, target)
        part = self._names.get(posixpath.normpath(path.lstrip("/") or "/").lower())
        if part is not None:
            kind = value_of(attributes, "Type").rpartition("/")[2]
            self.found.append(Related(value_of(attributes, "Id"), kind, part))


def relationships_of(part: str) -> str:
    """The name of the part that holds a part's relationships."""
    folder, _, name = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")
