"""The names that documents carry on the wire inside one batch: unique, safe, short, and saying their kind.

A result is tied to its document by that name where the item's id is lost, and 20,000 files called `cv.pdf` are common.
Services give names back as they store them: in another case or Unicode form, as a slug, without accents, without what
is not ASCII. So names are kept apart, and found again, by the forms that such a service makes of them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cvsense_async.api.content import FileKind

from .cv import Document

NAME_LIMIT = 200
"""Bytes of UTF-8; file systems and databases stop at 255, and a service may put a prefix of its own before it."""

_UNSAFE = re.compile(r"""["'`/\\%:*?<>|;&$#{}^\ud800-\udfff]""")
_DIGITS = 8


def wire_names(documents: Sequence[Document]) -> list[str]:
    """One name a document, in order; no two share a form (`forms_of`), so that each can be found again.

    Names that clash all get `~` and eight hex digits of their content's SHA-256 before the suffix, and more digits
    while they still clash. Characters that mean something in a header, a path or a shell become `_`. A suffix that
    does not say the content's kind gets the right one after it.
    """
    split = [_split(document.name, document.kind) for document in documents]
    tags = [""] * len(split)
    while True:
        names = [_join(stem, tag, suffix) for (stem, suffix), tag in zip(split, tags, strict=True)]
        same: defaultdict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(names):
            for form in forms_of(name):
                same[form].append(index)
        clashing = sorted({index for group in same.values() if len(group) > 1 for index in group})
        if not clashing:
            return names
        for index in clashing:
            tags[index] = _longer(tags[index], documents[index].sha256, index)


def _longer(tag: str, sha256: str, index: int) -> str:
    """The next tag to try: more digits of the content, and its place in the batch when the content is the same too."""
    shown = len(tag) - 1 if tag else 0
    if shown < len(sha256):
        return "~" + sha256[: shown + _DIGITS]
    return f"~{sha256}x{index + 1}" if "x" not in tag else f"{tag}x{index + 1}"


def _split(name: str, kind: FileKind) -> tuple[str, str]:
    """The safe stem and the suffix that says the kind."""
    safe = _safe(name)
    stem, dot, suffix = safe.rpartition(".")
    if dot and f".{suffix.lower()}" == kind.suffix:
        return stem.rstrip(" .") or "cv", f".{suffix}"
    return safe or "cv", kind.suffix


def _safe(name: str) -> str:
    base = name.rstrip("/").rpartition("/")[2]
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", _UNSAFE.sub("_", base)):
        category = unicodedata.category(character)
        if category == "Cf":  # invisible: joiners, and marks that turn the direction of writing
            continue
        if category.startswith("Z"):
            kept.append(" ")
        elif category.startswith("C"):
            kept.append("_")
        else:
            kept.append(character)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split())).strip(" .")


def _join(stem: str, tag: str, suffix: str) -> str:
    room = NAME_LIMIT - len(tag) - len(suffix)
    short = stem.encode()[:room].decode("utf-8", "ignore") if len(stem.encode()) > room else stem
    return unicodedata.normalize("NFC", f"{short.rstrip(' .') or 'cv'}{tag}{suffix}")


# --- the same name again ----------------------------------------------------------------------------------------------

_ACCENTED = {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
_PLAIN = str.maketrans(_ACCENTED)
_GERMAN = str.maketrans({**_ACCENTED, "ä": "ae", "ö": "oe", "ü": "ue"})


def form_of(name: str) -> str:
    """A name without folder, case, Unicode form and everything that is no letter or digit."""
    base = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    return _letters(base.lower() if base.isascii() else unicodedata.normalize("NFKC", base.casefold()))


@functools.lru_cache(maxsize=2048)
def forms_of(name: str) -> frozenset[str]:
    """What `form_of` may say of a name once a service has stored it: whole, or as ASCII in one of several ways."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    if base.isascii():
        return frozenset({_letters(base.lower())})
    forms = {form_of(base), _ascii(base).lower()}
    for text in (base, base.lower(), base.casefold()):  # case folding writes ß as ss
        whole = unicodedata.normalize("NFKC", text)
        spelt = (whole, whole.translate(_PLAIN), whole.translate(_GERMAN))
        forms |= {_ascii(whole).lower(), *(_ascii(unicodedata.normalize("NFKD", each)).lower() for each in spelt)}
    return frozenset(forms)


class WireNames:
    """Finds the document that a name of the service's means among those of one batch."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = dict(names)
        self._places: dict[str, int | None] = {}
        for index, name in names.items():
            for form in forms_of(name) - {form_of(_suffix(name)), ""}:  # a bare suffix is nobody's name
                # Names that an earlier version chose may share a form, which then says nothing.
                self._places[form] = index if self._places.get(form, index) == index else None

    def find(self, name: str | None) -> int | None:
        """The document's index; `None` where the name is nobody's, or might be two documents'."""
        return self._places.get(form_of(name)) if name else None

    def doubtful(self, tied: Iterable[int], missing: Iterable[int], strangers: Iterable[str]) -> set[int]:
        """Which of the documents that were found by their name may be others under a new name.

        A service that keeps names apart by a number makes `cv (1).pdf` of a second `cv.pdf`, and another document may
        have been sent under that name. It shows where a document is missing, and a name is nobody's that a number more
        would have made.
        """
        found = {index: _stem(self._names[index]) for index in tied}
        stems = {_stem(self._names[index]) for index in missing}
        grown = {shorter for name in strangers for shorter in _shorter(_stem(name))}
        if not stems or not grown.intersection(found.values()):
            return set()
        doubtful: set[int] = set()
        while more := {index for index, stem in found.items() if index not in doubtful and stems & _shorter(stem)}:
            doubtful |= more
            stems |= {found[index] for index in more}
        return doubtful


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _ascii(text: str) -> str:
    return _letters(text.encode("ascii", "ignore").decode())


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]


def _stem(name: str) -> str:
    return form_of(name.rpartition(".")[0] or name)


def _shorter(stem: str) -> set[str]:
    """A name without the number that may have been put after it."""
    digits = len(stem) - len(stem.rstrip("0123456789"))
    return {stem[: len(stem) - cut] for cut in range(1, min(digits, 4) + 1)} - {""}
