"""The order of a ranking, the same in the library and on the command line, whatever order the results arrive in."""

from __future__ import annotations

import attrs

from .outcome import Screened

RankingKey = tuple[bool, float, str, str, str, str]


def ranking_key(screened: Screened) -> RankingKey:
    """Score descending, then name, then content; what has no score comes last.

    The source, and the ids of batch and item, only part what is the same in all of these.
    """
    score = screened.score
    return (
        score is None,
        -(score or 0.0),
        screened.name,
        screened.document.sha256 if screened.document is not None else "",
        screened.source,
        f"{screened.batch_id}/{screened.result.id}",
    )


@attrs.define
class Best:
    """The best results so far; never more than twice `top` are held."""

    top: int
    _held: list[Screened] = attrs.field(factory=list[Screened], init=False, repr=False)

    def add(self, screened: Screened) -> None:
        """Take in one result."""
        self._held.append(screened)
        if len(self._held) >= 2 * self.top + 8:
            self._held = self.ranked()

    def ranked(self) -> list[Screened]:
        """The best `top`, best first."""
        return sorted(self._held, key=ranking_key)[: self.top]
