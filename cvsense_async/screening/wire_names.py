"""The names that documents carry on the wire inside one batch: unique, safe, short, and saying their kind.

A result is tied to its document by that name where the item's id is lost, and 20,000 files called `cv.pdf` are common.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from cvsense_async.api.content import FileKind

from .cv import Document

NAME_LIMIT = 200
"""Bytes of UTF-8; file systems and databases stop at 255, and a service may put a prefix of its own before it."""

_UNSAFE = re.compile(r"""["'`/\\%:*?<>|;&$#{}^\ud800-\udfff]""")
_DIGITS = 8


def wire_names(documents: Sequence[Document]) -> list[str]:
    """One name a document, in order; no two are the same when compared as NFC and without case.

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
            same[_folded(name)].append(index)
        clashing = [index for group in same.values() if len(group) > 1 for index in group]
        if not clashing:
            return names
        for index in clashing:
            tags[index] = _longer(tags[index], documents[index].sha256, index)


def _longer(tag: str, sha256: str, index: int) -> str:
    """The next tag to try: more digits of the content, and its place in the batch when the content is the same too."""
    shown = len(tag) - 1 if tag else 0
    if shown < len(sha256):
        return "~" + sha256[: shown + _DIGITS]
    return f"~{sha256}-{index + 1}" if "-" not in tag else f"{tag}-{index + 1}"


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


def _folded(name: str) -> str:
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded)
