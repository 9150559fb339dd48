"""No result is given to another person: by id and name together, by name in whatever form, and never by order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import cvs, session_at
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_service import OddService, serving, take, told

from cvsense_async.api.screening import Result, Upload
from cvsense_async.screening.tying import tie_results, tie_upload
from cvsense_async.screening.wire_names import WireNames, forms_of


def named(*names: str) -> Iterator[tuple[str, bytes]]:
    """Different CVs under these names."""
    for name, (_, content) in zip(names, cvs(len(names), seed=5), strict=True):
        yield name, content


AWKWARD = (
    "a b.pdf", "a_b.pdf", "A-B.pdf", "a.b.pdf", "Zoë.pdf", "Zoe.pdf", "zoë.pdf",
    unicodedata.normalize("NFD", "Zoë.pdf"),
    "履歴書.pdf", "職務経歴書.pdf", "Müller.pdf", "Mueller.pdf", "Muller.pdf", "ﬁnal.pdf", "final.pdf",
    "C++.pdf", "C#.pdf",
    "Øystein.pdf", "cv (1).pdf", "cv.pdf", "cv1.pdf", "STRASSE.pdf", "straße.pdf",
)  # fmt: skip


def slug(name: str, mark: str = "_") -> str:
    """A name as Laravel's `Str::slug` makes it, roughly."""
    stem, _, suffix = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", mark, plain).strip(mark) + "." + suffix.lower()


FORMS: dict[str, Callable[[str], str]] = {
    "slug": slug,
    "slug with hyphens": lambda name: slug(name, "-"),
    "slug without anything": lambda name: slug(name, ""),
    "lower": str.lower,
    "upper": str.upper,
    "NFD": lambda name: unicodedata.normalize("NFD", name),
    "NFKC": lambda name: unicodedata.normalize("NFKC", name),
    "ASCII alone": lambda name: name.encode("ascii", "replace").decode(),
    "a path": lambda name: f"uploads\\7/{name}",
    "underscores": lambda name: re.sub(r"[^A-Za-z0-9.]", "_", name),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ids", [True, False], ids=["items named", "no items"])
async def test_a_service_that_writes_every_name_in_another_way(form: str, ids: bool) -> None:
    """Every document finds its result, though names come back in another form, in another order."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            items = [{**item, "filename": FORMS[form](item["filename"])} for item in reversed(answer["items"])]
            return {**answer, "items": items if ids else []}
        if operation == "results":
            return [{**result, "filename": FORMS[form](result["filename"])} for result in answer]
        return answer

    async with serving(OddService(bend)) as service:
        run = await told(service, named(*AWKWARD))
        assert len(run.screened) == len(AWKWARD)
        assert service.charged == len(AWKWARD)
        assert [len(batch.uploads) for batch in service.batches] == [1]


async def test_an_id_and_a_name_that_point_to_two_documents() -> None:
    """Results whose ids are one document's and whose names are another's are nobody's: unsettled, and kept."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation != "results":
            return answer
        names = [result["filename"] for result in answer]
        return [{**result, "filename": name} for result, name in zip(answer, [*names[1:], names[0]], strict=True)]

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(10), retry_failed=3)
        assert not run.screened
        assert len(run.unsettled) == 10
        assert {one.result.summary for one in run.unsettled if one.result} == {item.sha256 for item in service.items}
        assert run.summary.credits_used == service.charged == 10
        assert run.summary.unsettled == 10


def renaming(item: dict[str, Any]) -> dict[str, Any]:
    """A name that says nothing, and always the same for one item."""
    return {**item, "filename": f"{item['id'] * 7919 % 1000:03x}.pdf"}


async def test_a_service_that_renames_and_reorders() -> None:
    """Its items are known where each file is sent by itself, so that is done, before anything is paid."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return {**answer, "items": [renaming(item) for item in reversed(answer["items"])]}
        return [renaming(result) for result in answer] if operation == "results" else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(24), batch_size=8, max_open_batches=1)
        assert len(run.screened) == service.charged == run.summary.credits_used == 24
        assert [batch.uploads for batch in service.batches] == [[8], [1] * 8, [8], [1] * 8, [1] * 8]


@pytest.mark.parametrize("name", [None, "", "cv.pdf"])
async def test_a_service_that_drops_the_names(name: str | None) -> None:
    """Names that are not there tie nothing; the ids of files that were sent by themselves do."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return {**answer, "items": [{**item, "filename": name} for item in answer["items"]]}
        return [{**result, "filename": name} for result in reversed(answer)] if operation == "results" else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(8))
        assert len(run.screened) == service.charged == 8


async def test_order_ties_nothing(tmp_path: Path) -> None:
    """No items in the upload's answer, and results under other names: each is kept with an unsettled document, in the
    journal, too."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return {**answer, "items": []}
        return [renaming(result) for result in answer] if operation == "results" else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(8), journal=tmp_path / "j.db")
        async with session_at(service) as session:
            again = await take(session.resume(tmp_path / "j.db", list(cvs(8))))
        for each in (run, again):
            assert not each.screened
            assert len(each.unsettled) == each.summary.unsettled == 8
            kept = {one.result.summary for one in each.unsettled if one.result is not None}
            assert kept == {item.sha256 for item in service.items}
            assert each.summary.credits_used == service.charged == 8


async def test_a_service_that_numbers_what_it_knows_already() -> None:
    """`cv.pdf` becomes `cv (1).pdf`, which is the name of another document: nobody gets the other's result."""

    def renamed(said: dict[str, Any]) -> dict[str, Any]:
        stem, _, suffix = said["filename"].rpartition(".")
        return {**said, "filename": f"{stem} (1).{suffix}"}

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "upload":
            return {**answer, "items": [renamed(item) for item in answer["items"]]}
        return [renamed(result) for result in answer] if operation == "results" else answer

    async with serving(OddService(bend)) as service:
        run = await told(service, named("cv.pdf", "cv (1).pdf", "other.pdf"))
        assert len(run.screened) + len(run.unsettled) == 3
        assert service.charged == 3


async def test_results_that_are_repeated_or_of_somebody_else() -> None:
    """A result that stands on two pages is one; one of another batch's item is nobody's document's."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation != "results":
            return answer
        foreign = {**answer[0], "id": 99_999, "summary": "of somebody else"}
        return [foreign, answer[0], *answer, {**answer[1], "rank": 9}]

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(6))
        tied = [screened for batch in run.batches for screened in batch if screened.document is not None]
        assert len(tied) == 6
        for screened in tied:
            assert screened.document is not None
            assert screened.result.summary == screened.document.sha256
        loose = [screened for batch in run.batches for screened in batch if screened.document is None]
        assert [screened.result.id for screened in loose] == [99_999]
        assert run.summary.credits_used == 6


async def test_results_with_ids_of_their_own() -> None:
    """Results count by themselves, and some have the number of another's item: whether ids or names are right, nobody
    can say."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation != "results":
            return answer
        return [{**result, "id": 105 + place} for place, result in enumerate(answer)]

    async with serving(OddService(bend)) as service:
        run = await told(service, cvs(10))
        assert not run.screened
        assert sum(one.result is not None for one in run.unsettled) == run.summary.credits_used == 10


async def test_results_with_ids_that_no_item_has() -> None:
    """Ids that mean nothing say nothing: names tie."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        return [{**result, "id": f"r{result['id']}"} for result in answer] if operation == "results" else answer

    async with serving(OddService(bend)) as service:
        assert len((await told(service, cvs(10))).screened) == 10


def test_names_that_lie_of_a_part() -> None:
    """One result's id and name contradict each other: no other result of the batch is tied by its name alone."""
    names = ["a.pdf", "b.pdf", "c.pdf"]
    results = [Result(id=1, filename="b.pdf"), Result(id=2, filename="a.pdf"), Result(id=9, filename="c.pdf")]
    assert tie_results(names, {0: 1, 1: 2, 2: None}, results).tied == {}


async def test_ids_of_another_type() -> None:
    """An id that is a number here and text there is the same."""

    def bend(operation: str, nth: int, answer: Any) -> Any:
        if operation == "results":
            return [{**result, "id": str(result["id"]), "filename": None} for result in answer]
        return answer

    async with serving(OddService(bend)) as service:
        assert len((await told(service, cvs(6))).screened) == 6


# --- the pure parts ---------------------------------------------------------------------------------------------------


def test_an_id_that_two_items_have() -> None:
    """It ties nothing; their names do."""
    answer = Upload(items=tuple(_items((1, "a.pdf"), ("1", "b.pdf"))))
    tied = tie_upload(["a.pdf", "b.pdf"], [0, 1], answer)
    assert tied.taken == {0: None, 1: None}


def test_an_item_that_is_listed_twice() -> None:
    """It is one item, so that its id still says whose a result is."""
    answer = Upload(items=tuple(_items((1, "a.pdf"), (2, "b.pdf"), ("1", "a.pdf"), (2, "b.pdf"))))
    tied = tie_upload(["a.pdf", "b.pdf"], [0, 1], answer)
    assert ({index: str(item) for index, item in tied.taken.items()}, tied.unnamed) == ({0: "1", 1: "2"}, set())


def test_two_items_of_one_name() -> None:
    """A document that was taken twice is in doubt."""
    answer = Upload(items=tuple(_items((1, "a.pdf"), (2, "a.pdf"), (3, "b.pdf"))))
    tied = tie_upload(["a.pdf", "b.pdf"], [0, 1], answer)
    assert (tied.taken, tied.unnamed) == ({1: 3}, {0})


def test_two_different_results_of_one_name() -> None:
    """Where no id says which one is the document's, neither is."""
    results = [Result(id=7, filename="a.pdf", score=90), Result(id=8, filename="a.pdf", score=10)]
    assert tie_results(["a.pdf"], {0: None}, results).tied == {}
    assert tie_results(["a.pdf"], {0: 8}, results).tied == {0: results[1]}


def _items(*pairs: tuple[Any, str]) -> Iterator[Any]:
    from cvsense_async.api.screening import UploadedItem

    for item_id, name in pairs:
        yield UploadedItem(id=item_id, filename=name)


NAMES = st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=6, unique=True)


@given(NAMES, st.sampled_from(sorted(FORMS)), st.randoms())
@settings(max_examples=200, deadline=None)
def test_no_form_of_a_name_finds_another_document(names: list[str], form: str, chance: Any) -> None:
    """Whatever a service makes of the names on the wire, what is found is the document, or nothing."""
    import hashlib
    import io

    from cvsense_async.api.content import FileKind
    from cvsense_async.screening.cv import Document
    from cvsense_async.screening.wire_names import wire_names

    documents = [
        Document(name, name, FileKind.PDF, 1, hashlib.sha256(name.encode()).hexdigest(), io.BytesIO) for name in names
    ]
    wire = wire_names(documents)
    for index, name in enumerate(wire):
        assert not any(forms_of(name) & forms_of(other) for other in wire[:index])
    known = WireNames(dict(enumerate(wire)))
    order = list(enumerate(wire))
    chance.shuffle(order)
    for index, name in order:
        assert known.find(FORMS[form](name)) in (index, None)
