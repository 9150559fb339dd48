"""A model's reader takes the quick way where it can; what it gives must not depend on the way."""

from __future__ import annotations

import pickle
import typing
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsense_async.api import codec, reading
from cvsense_async.api.jobs import Job, MatchStatus
from cvsense_async.api.registry import endpoints
from cvsense_async.api.screening import Batch, BatchState, Classification, Result, Skill, Upload

read = codec.converter().structure


def models_in(kind: Any) -> set[Any]:
    """The models that a type is made of, itself among them."""
    inner = set(typing.get_type_hints(kind).values()) if reading.is_model(kind) else set(typing.get_args(kind))
    return ({kind} if reading.is_model(kind) else set()).union(*map(models_in, inner))


MODELS = sorted(set().union(*(models_in(spec.answer) for spec in endpoints())), key=lambda kind: kind.__name__)

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(-5, 200),
    st.sampled_from(["", "7", "2.5", "strong", "evidenced", "2025-01-02T03:04:05Z", "x"]),
    st.lists(st.sampled_from(["a", 1, None, {"name": "SQL"}, {"id": 1}]), max_size=3),
    st.dictionaries(st.sampled_from(["name", "email", "later"]), st.sampled_from(["a", 1, None]), max_size=3),
)


def shown(model: Any) -> dict[str, Any]:
    """A model's fields, with the types that `==` would let pass (`True` for 1, a text for an enum's member)."""
    return {field.name: repr(getattr(model, field.name)) for field in attrs.fields(type(model))}


@pytest.mark.parametrize("kind", [Job, Batch, BatchState, Result, Skill, Upload], ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_one_bad_field_changes_no_other(kind: Any, data: st.DataObject) -> None:
    """Whatever the fields hold, one more field of a wrong form leaves the model as it is, and is itself kept."""
    names = [field.name for field in attrs.fields(kind) if field.name not in ("id", "batch_id", "extra")]
    given_fields = data.draw(st.dictionaries(st.sampled_from([*names, "later"]), odd))
    spoilt = data.draw(st.sampled_from(names))
    given_fields.pop(spoilt, None)
    objects = spoilt in ("candidate", "strengths", "weaknesses", "skills", "evidence", "items", "rejected")
    bad: Any = True if objects else {"of": "another form"}
    plain = read({"id": 7, **given_fields}, kind)
    careful = read({"id": 7, **given_fields, spoilt: bad}, kind)
    assert careful.extra == {**plain.extra, spoilt: bad}
    left, right = shown(plain), shown(careful)
    assert {**left, "extra": ""} == {**right, "extra": ""}


def test_what_is_right_already_is_taken_as_it_is() -> None:
    """A result as the service sends it, with an unknown field and an unknown value in it."""
    skill = {"name": "SQL", "classification": "implied", "importance": None, "evidence": [{"quote": "SQL", "page": 2}]}
    result = read(
        {"id": "a", "score": 80, "match_status": "strong", "strengths": ["x"], "skills": [skill], "new": [1]}, Result
    )
    assert (result.id, result.score, result.match_status) == ("a", 80.0, MatchStatus.STRONG)
    assert isinstance(result.score, float)
    assert isinstance(result.match_status, MatchStatus)
    assert (result.strengths, result.extra) == (("x",), {"new": [1]})
    assert result.skills[0].classification == "implied"
    assert not isinstance(result.skills[0].classification, Classification)
    assert result.skills[0].evidence[0].page == 2


def test_null_is_the_default_where_a_field_cannot_be_null() -> None:
    """A `null` in an optional field is "not said": it is neither an error nor kept."""
    result = read({"id": 1, "filename": None, "strengths": None, "rank": None, "match_status": None}, Result)
    assert (result.filename, result.strengths, result.rank, result.match_status) == ("", (), None, "")
    assert result.extra == {}


def test_aliases_do_not_leave_a_copy() -> None:
    """A field that came under its other name stands under its own, once, and does not change what was given."""
    document = {"batch_id": 9, "status": "created"}
    batch = read(document, Batch)
    assert (batch.id, batch.extra) == (9, {})
    assert document == {"batch_id": 9, "status": "created"}
    assert read({"id": 3, "batch_id": 9}, Batch).extra == {"batch_id": 9}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "Batch lacks id"),
        ({"id": True}, "Batch.id has a form that was not expected"),
        ({"id": ""}, "Batch.id has a form that was not expected"),
        (["id"], "no object where a Batch was expected"),
    ],
)
def test_what_cannot_be_read_says_which_field(document: Any, words: str) -> None:
    """A required field that is missing or of another form is named, and nothing of the body is shown."""
    with pytest.raises(codec.Undecodable, match=f"^{words}$"):
        read(document, Batch)


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_what_was_read_is_as_what_was_made(kind: Any) -> None:
    """Every model: of its class, frozen, equal to one from the constructor, hashed and pickled like it."""
    said = {"id": 7, "batch_id": 7, "balance": 3, "name": "a", "filename": "c", "status": "d", "later": [1]}
    known = {field.name for field in attrs.fields(kind)} & said.keys()
    rest = {name: value for name, value in said.items() if name not in known}
    found, made = read(said, kind), kind(**{name: said[name] for name in known}, extra=rest)
    assert type(found) is kind
    assert (found, repr(found), hash(found)) == (made, repr(made), hash(made))
    assert pickle.loads(pickle.dumps(found)) == made
    assert attrs.evolve(found, extra={}) == attrs.evolve(made, extra={})
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.extra = {}
