"""Answers that say other things than what was done: names, orders and counts that a service may get wrong.

They change the words of one answer alone; the ledger stays true.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from .ledger import Ledger
from .wire import Answer

Entries = list[dict[str, Any]]

BENDS = ("empty", "blank", "renamed", "slugged", "swapped", "reordered", "repeated", "fewer", "more")
COUNTS = ("total", "processed", "credits_used", "total_files", "uploaded")


def bend(how: str, op: str, ids: list[str], answer: Answer, ledger: Ledger) -> None:
    """Change what an answer says. A refusal, and an answer that has nothing of the kind, stay as they are."""
    if answer.status >= 300 or not answer.body:
        return
    if how == "blank":
        answer.body = b""
        return
    said: dict[str, Any] = json.loads(answer.body)
    content: Any = said.get("data")
    if how == "empty":
        said["data"] = [] if isinstance(content, list) else {}
        if isinstance(said.get("meta"), dict):
            said["meta"] |= {"total": 0, "last_page": 1}
    elif op == "results" and isinstance(content, list):
        said["data"] = _entries(how, content, _foreign(ledger, ids[0], "summary"))
        if isinstance(said.get("meta"), dict) and "total" in said["meta"]:
            said["meta"]["total"] += len(said["data"]) - len(content)
    elif isinstance(content, dict):
        named: dict[str, Any] = content
        if op == "upload" and "items" in named:
            named["items"] = _entries(how, named["items"], _foreign(ledger, ids[0]))
        _count(how, named)
    answer.body = json.dumps(said, ensure_ascii=False).encode()


def _entries(how: str, entries: Entries, foreign: dict[str, Any]) -> Entries:
    names: list[str] = [entry["filename"] for entry in entries]
    match how:
        case "renamed":
            return _named(entries, lambda place: f"{int(str(entries[place]['id'])) * 7919 % 4096:03x}.pdf")
        case "slugged":
            return _named(entries, lambda place: slug(names[place]))
        case "swapped":
            return _named(entries, lambda place: names[place - 1])
        case "reordered":
            return entries[::-1]
        case "repeated":
            return [*entries, *entries]
        case "fewer":
            return entries[:-1]
        case "more":
            shown = entries[0] if entries else {}
            return [*entries, {**shown, **foreign}]
        case _:
            return entries


def _named(entries: Entries, name: Callable[[int], str]) -> Entries:
    return [{**entry, "filename": name(place)} for place, entry in enumerate(entries)]


def _foreign(ledger: Ledger, batch_id: str, *also: str) -> dict[str, Any]:
    """An entry about a file of another batch, where there is one."""
    other = next((item for item in ledger.items.values() if str(item.batch_id) != batch_id), None)
    if other is None:
        return {"id": 99_999, "filename": "somebody.pdf", **dict.fromkeys(also, "Of somebody else.")}
    words = f"Simulated screening of {other.sha[:12]}."
    return {"id": other.id, "filename": other.filename, **dict.fromkeys(also, words)}


def _count(how: str, said: dict[str, Any]) -> None:
    by = {"fewer": -1, "more": 1}.get(how, 0)
    for name in COUNTS:
        if by and isinstance(said.get(name), int):
            said[name] = max(0, said[name] + by)


def slug(name: str) -> str:
    """A name as Laravel's `Str::slug` makes it, roughly."""
    stem, _, suffix = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") + "." + suffix.lower()
