"""Credits, and which content (by SHA-256) each of them was held or paid for.

A name can lie and an id can be lost; the content's hash answers "was this CV paid for twice, or not at all?".
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

RESERVED, CHARGED, RELEASED = "reserved", "charged", "released"


@dataclass(slots=True, eq=False)
class Item:
    """One file that was taken into a batch: its content, its state and what became of its credit."""

    id: Any
    batch_id: Any
    filename: str
    sha: str
    size: int
    invalid: bool
    taken_at: float
    state: str = "waiting"
    credit: str = RESERVED

    @property
    def score(self) -> int:
        """0 to 100, from the content alone."""
        return int(self.sha[:8], 16) % 101


@dataclass(slots=True)
class Content:
    """One content: how often its bytes arrived, the copies that were taken, and how many were live at once."""

    arrived: int = 0
    copies: list[Item] = field(default_factory=list[Item])
    live: int = 0
    peak_live: int = 0


class Ledger:
    """The account's credits."""

    def __init__(self, granted: int) -> None:
        self.granted = granted
        self.reserved = 0
        self.used = 0
        self.peak_reserved = 0
        self.contents: dict[str, Content] = {}
        self.items: dict[Any, Item] = {}
        self.entries: deque[dict[str, Any]] = deque(maxlen=50)
        self._count = 0
        self.enter("grant", granted, None, "Opening grant")

    @property
    def free(self) -> int:
        """Credits that can still be reserved."""
        return self.granted - self.reserved - self.used

    def enter(self, kind: str, amount: int, batch_id: Any, description: str) -> None:
        """Write one transaction."""
        self._count += 1
        self.entries.appendleft(
            {
                "id": self._count,
                "type": kind,
                "amount": amount,
                "balance_after": self.free,
                "description": description,
                "batch_id": batch_id,
                "created_at": time.time(),
            }
        )

    def arrived(self, sha: str) -> None:
        """A content's bytes have arrived whole, taken or not."""
        self.contents.setdefault(sha, Content()).arrived += 1

    def reserve(self, items: list[Item]) -> None:
        """Hold one credit for each item."""
        self.reserved += len(items)
        self.peak_reserved = max(self.peak_reserved, self.reserved)
        for item in items:
            self.items[item.id] = item
            content = self.contents.setdefault(item.sha, Content())
            content.copies.append(item)
            content.live += 1
            content.peak_live = max(content.peak_live, content.live)

    def charge(self, item: Item) -> None:
        """The item was processed: its held credit is spent."""
        if item.credit == RESERVED:
            item.credit = CHARGED
            self.reserved -= 1
            self.used += 1
            self.enter("charge", 1, item.batch_id, "CV screened")

    def release(self, items: list[Item], why: str) -> None:
        """Give back the credits that these items hold."""
        held = [item for item in items if item.credit == RESERVED]
        for item in held:
            item.credit = RELEASED
            self.contents[item.sha].live -= 1
        self.reserved -= len(held)
        if held:
            self.enter("refund", len(held), held[0].batch_id, why)

    def summary(self) -> dict[str, Any]:
        """The account's sums, and what each content met, in counts."""
        copies = [content.copies for content in self.contents.values()]
        return {
            "granted": self.granted,
            "free": self.free,
            "reserved": self.reserved,
            "used": self.used,
            "peak_reserved": self.peak_reserved,
            "contents": len(self.contents),
            "items": len(self.items),
            "charged_once": sum(1 for each in copies if sum(item.credit == CHARGED for item in each) == 1),
            "charged_twice": [sha for sha, content in self.contents.items() if charges(content) > 1],
            "beside_its_copy": [sha for sha, content in self.contents.items() if content.peak_live > 1],
            "never_charged": [sha for sha, content in self.contents.items() if not charges(content)],
            "held_by_batch": self.held_by_batch(),
        }

    def held_by_batch(self) -> dict[str, int]:
        """Credits that are held and neither spent nor given back, by batch."""
        held: dict[str, int] = {}
        for item in self.items.values():
            if item.credit == RESERVED:
                held[str(item.batch_id)] = held.get(str(item.batch_id), 0) + 1
        return held

    def by_content(self, only: set[str] | None = None) -> dict[str, Any]:
        """Every content with its copies."""
        return {
            sha: {
                "arrived": content.arrived,
                "taken": len(content.copies),
                "charged": charges(content),
                "peak_live": content.peak_live,
                "copies": [
                    {
                        "item_id": item.id,
                        "batch_id": item.batch_id,
                        "filename": item.filename,
                        "size": item.size,
                        "state": item.state,
                        "credit": item.credit,
                        "taken_at": item.taken_at,
                    }
                    for item in content.copies
                ],
            }
            for sha, content in self.contents.items()
            if only is None or sha in only
        }

    def check(self, expected: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
        """Compare with what a test sent (`{sha256: name}`) and got back (`[{item_id, filename, sha256, summary}]`)."""
        known = self.contents
        wrong: list[dict[str, Any]] = []
        by_text = {str(key): item for key, item in self.items.items()}
        for result in results:
            item = by_text.get(str(result.get("item_id")))
            sha = result.get("sha256")
            faults = [
                why
                for why, bad in (
                    ("unknown item", item is None),
                    ("other content", item is not None and sha is not None and item.sha != sha),
                    (
                        "other marker",
                        sha is not None and result.get("summary") is not None and sha[:12] not in result["summary"],
                    ),
                )
                if bad
            ]
            if faults:
                wrong.append({**result, "wrong": faults, "content": item.sha if item else None})
        return {
            "expected": len(expected),
            "never_arrived": [sha for sha in expected if sha not in known],
            "never_charged": [sha for sha in expected if sha not in known or not charges(known[sha])],
            "charged_twice": [sha for sha in known if charges(known[sha]) > 1],
            "beside_its_copy": [sha for sha in known if known[sha].peak_live > 1],
            "unexpected": [sha for sha in known if sha not in expected],
            "held_by_batch": self.held_by_batch(),
            "wrong_results": wrong,
        }


def charges(content: Content) -> int:
    """How often a content was charged."""
    return sum(1 for item in content.copies if item.credit == CHARGED)
