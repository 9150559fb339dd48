"""How one batch ended, as the steps of its life tell each other."""

from __future__ import annotations

import attrs

from cvsense_async import errors

from .crew import OpenBatch
from .documents import Document
from .outcome import BatchResult, Unsettled
from .uploading import Contents

LOOK_UP = "read this batch's status and results at the service: they say whether the document was taken and charged"

LOOK_AT = (
    "a result of this batch could not be tied to its document by id and file name: compare the results of this batch "
    "with the documents"
)


@attrs.frozen
class Round:
    """How one batch ended: its result, and the documents that may go into another one.

    No `result`: its end is not known yet, and the journal keeps it open. `known`: the service has said how it ended.
    """

    result: BatchResult | None
    again: list[Document] = attrs.field(factory=list[Document])
    known: bool = True
    number: int | None = None
    credits: int = 0


@attrs.frozen
class Ended:
    """What the consumer gets of a batch, its number in the journal, and the documents that are to be sent again.

    `retry`: its batch was given up, and they are tried once more. `again`: it was not for their sake, and
    they have been through so many batches (`rounds`).
    """

    result: BatchResult | None
    delivery: int | None = None
    retry: list[Document] = attrs.field(factory=list[Document])
    again: list[Document] = attrs.field(factory=list[Document])
    rounds: int = 0


def unsettled(
    opened: OpenBatch, contents: Contents, indexes: list[int], look_up: str = LOOK_UP
) -> tuple[Unsettled, ...]:
    """Documents of which nobody can say whether they hold a credit, with what is known of them."""
    taken = contents.uploads.taken
    return tuple(
        Unsettled(
            contents.documents[index],
            look_up,
            opened.id,
            item_id=taken.get(index),
            wire_name=contents.names[index],
        )
        for index in indexes
    )


def in_doubt(
    opened: OpenBatch, contents: Contents, failure: errors.CVSenseError, failed: BatchResult | None = None
) -> Round:
    """Nobody can say what became of what a batch holds; the journal keeps it open, so that a resumed run asks again."""
    known = failed or BatchResult(opened.id, rejected=tuple(contents.uploads.rejected.values()))
    every = unsettled(opened, contents, contents.uploads.inside)
    return Round(attrs.evolve(known, unsettled=every, failure=failure), known=False)
