"""Which document an answer speaks of: by its item's id, which an upload's answer tied to a name, or by such a name.

The order of a list says nothing, and evidence that points to two documents ties neither: a result that is given to the
wrong person does more harm than one that a person has to look at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import attrs

from cvsense_async.api.endpoint import Id
from cvsense_async.api.screening import Result, Upload

from .outcome import is_invalid
from .wire_names import WireNames


@attrs.frozen
class TiedUpload:
    """What an upload's answer says of the documents in it, by index into the batch.

    `taken` with the id of the item where that is certain, `refused` with the service's reason, `unnamed`: nothing, or
    nothing certain. `strangers`: it names files that nobody sent, so the service renames what it is given.
    """

    taken: dict[int, Id | None]
    refused: dict[int, str]
    unnamed: set[int]
    strangers: bool


def tie_upload(names: Sequence[str], sent: Sequence[int], answer: Upload) -> TiedUpload:
    """Tie the items that an upload's answer names to the documents `sent` in it; `names` are the whole batch's."""
    known = WireNames(dict(enumerate(names)))
    listed = {(str(item.id), item.filename): item for item in answer.items}.values()  # one that is listed twice is one
    ids = Counter(str(item.id) for item in listed)
    items: defaultdict[int, list[Id]] = defaultdict(list)
    refused: defaultdict[int, list[str]] = defaultdict(list)
    strangers: list[str] = []
    alone = sent[0] if len(sent) == 1 and len(listed) + len(answer.rejected) == 1 else None
    for name, item_id, reason in (
        *((item.filename, item.id, None) for item in listed),
        *((file.filename, None, file.reason) for file in answer.rejected),
    ):
        index = known.find(name)
        if index is None and alone is not None:
            index = alone  # one file was sent, and one is answered for: whatever it is called now
        if index is None:
            strangers.append(name)
        elif index not in sent:
            if alone is not None:
                strangers.append(name)  # it has another document's name now; else the list is of the whole batch
        elif item_id is None:
            refused[index].append(reason or "")
        else:
            items[index].append(item_id)
    twice = {index for index in sent if len(items[index]) + len(refused[index]) > 1}
    missing = {index for index in sent if not items[index] and not refused[index]}
    doubtful = twice | known.doubtful({index for index in sent if items[index]}, missing, strangers)
    taken: dict[int, Id | None] = {
        index: found[0] if ids[str(found[0])] == 1 else None
        for index, found in items.items()
        if found and index not in doubtful
    }
    turned_away = {index: said[0] for index, said in refused.items() if said and index not in doubtful}
    unnamed = {index for index in sent if index not in taken and index not in turned_away}
    return TiedUpload(taken, turned_away, unnamed, bool(strangers))


@attrs.frozen
class TiedResults:
    """The results of a batch by the document that they are of, in the service's order, and those of nobody known."""

    tied: dict[int, Result]
    untied: list[Result]

    @property
    def charged(self) -> int:
        """How many credits these results prove."""
        return sum(not is_invalid(result) for result in (*self.tied.values(), *self.untied))

    @property
    def charged_of_tied(self) -> int:
        """How many credits the results of known documents prove."""
        return sum(not is_invalid(result) for result in self.tied.values())


@attrs.frozen
class _Claim:
    result: Result
    index: int
    strength: int  # 3: id and name agree, 2: the id alone, 1: the name alone


def tie_results(names: Sequence[str], taken: Mapping[int, Id | None], results: Sequence[Result]) -> TiedResults:
    """Tie a batch's results to the documents that were taken, with the ids of their items where known."""
    known = WireNames({index: names[index] for index in taken})
    by_id: dict[str, int | None] = {}
    for index, item_id in taken.items():
        if item_id is not None:
            by_id[str(item_id)] = None if str(item_id) in by_id else index
    results = _distinct(results)
    places = [(by_id.get(str(result.id)), known.find(result.filename)) for result in results]
    ids_are_items = any(item is not None for item, _ in places)
    names_lie = any(None not in (item, name) and item != name for item, name in places)
    claims: defaultdict[int, list[_Claim]] = defaultdict(list)
    for result in results:
        claim = _claim(result, known, by_id, taken, ids_are_items=ids_are_items)
        if claim is not None and not (names_lie and claim.strength == 1):
            claims[claim.index].append(claim)
    chosen = {index: claim for index, several in claims.items() if (claim := _chosen(several)) is not None}
    strangers = [result.filename for result in results if known.find(result.filename) is None]
    by_name = {index for index, claim in chosen.items() if claim.strength == 1}
    for index in known.doubtful(by_name, set(taken) - set(chosen), strangers):
        del chosen[index]
    owners = {id(claim.result): index for index, claim in chosen.items()}
    repeated = {(index, str(claim.result.id)) for index, claim in chosen.items()}
    of_claims = {id(claim.result): (claim.index, str(claim.result.id)) for each in claims.values() for claim in each}
    tied = {owners[id(result)]: result for result in results if id(result) in owners}
    untied = [result for result in results if id(result) not in owners and of_claims.get(id(result)) not in repeated]
    return TiedResults(tied, untied)


def _claim(
    result: Result,
    known: WireNames,
    by_id: Mapping[str, int | None],
    taken: Mapping[int, Id | None],
    *,
    ids_are_items: bool,
) -> _Claim | None:
    """The document that a result speaks of, by all that it says."""
    item, name = by_id.get(str(result.id)), known.find(result.filename)
    if item is not None:
        return _Claim(result, item, 2 if name is None else 3) if name in (None, item) else None
    if name is None or str(result.id) in by_id or (ids_are_items and taken[name] is not None):
        return None  # where ids are the items' own, another id is another item, whatever its file is called
    return _Claim(result, name, 1)


def _chosen(claims: Sequence[_Claim]) -> _Claim | None:
    """The one result of a document; of several with equal rights the first, if they say the same."""
    strongest = max(claim.strength for claim in claims)
    best = [claim for claim in claims if claim.strength == strongest]
    same_item = len({str(claim.result.id) for claim in best}) == 1
    return best[0] if same_item or len({_judgement(claim.result) for claim in best}) == 1 else None


def _distinct(results: Sequence[Result]) -> list[Result]:
    found: dict[object, Result] = {}
    for result in results:
        found.setdefault(_same(result), result)
    return list(found.values())


def _judgement(result: Result) -> tuple[object, ...]:
    candidate = (result.candidate.name, result.candidate.email) if result.candidate is not None else None
    return (result.score, str(result.match_status), result.summary, candidate)


def _same(result: Result) -> object:
    """What two readings of one result have in common, on whatever page they stand."""
    return (str(result.id), result.filename, *_judgement(result))
