"""A model's reader takes the quick way where it can; what it gives must not depend on the way."""

from __future__ import annotations

import datetime
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
from cvsense_async.api.screening import Batch, BatchState, Classification, Report, Result, Skill, Upload
from cvsense_async.api.webhooks import Webhook

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


@pytest.mark.parametrize(
    "skills",
    [
        [{"name": "SQL", "classification": "evidenced"}, {"name": "Go", "classification": "missing"}],
        {"0": {"name": "SQL", "classification": "evidenced"}, "2": {"name": "Go", "classification": "missing"}},
        {"7": {"name": "SQL", "classification": "evidenced"}, "3": {"name": "Go", "classification": "missing"}},
        {"SQL": {"classification": "evidenced"}, "Go": {"classification": "missing"}},
        {"SQL": "evidenced", "Go": "missing"},
    ],
)
def test_skills_in_each_form(skills: Any) -> None:
    """An array, PHP's object of one, or an object by name: the same skills, in the order in which they came."""
    result = read({"id": 1, "skills": skills}, Result)
    assert [(skill.name, skill.classification) for skill in result.skills] == [("SQL", "evidenced"), ("Go", "missing")]
    assert result.skills[0].classification is Classification.EVIDENCED
    assert result.extra == {}


@pytest.mark.parametrize(
    "evidence",
    [[{"quote": "SQL"}], {"1": {"quote": "SQL"}}, ["SQL"], {"Work": "SQL"}, {"Work": {"quote": "SQL"}}],
)
def test_evidence_in_each_form(evidence: Any) -> None:
    """A quote is read where it stands alone, or under its section, too."""
    skill = read({"name": "SQL", "evidence": evidence}, Skill)
    assert [each.quote for each in skill.evidence] == ["SQL"]
    assert skill.evidence[0].section == ("Work" if "Work" in evidence else None)


def test_lists_of_texts_that_php_wrote_as_objects() -> None:
    """Strengths, flags, education: the entries in the document's order, whatever their keys."""
    said = {"5": "b", "1": "a"}
    report = read(
        {"id": 1, "strengths": said, "weaknesses": {}, "education": said, "flags": said, "skills": None}, Report
    )
    assert (report.strengths, report.weaknesses, report.education, report.flags) == (("b", "a"), (), *(("b", "a"),) * 2)
    webhook = read({"id": 1, "events": {"3": "ping", "1": "batch.completed"}}, Webhook)
    assert webhook.events == ("ping", "batch.completed")


def test_an_upload_in_each_form() -> None:
    """Items and rejected files as arrays, PHP's objects, or objects by file name."""
    plain = read({"items": [{"id": 1, "filename": "a"}], "rejected": [{"filename": "b", "reason": "c"}]}, Upload)
    php = read(
        {"items": {"3": {"id": 1, "filename": "a"}}, "rejected": {"1": {"filename": "b", "reason": "c"}}}, Upload
    )
    named = read({"items": {"a": 1}, "rejected": {"b": "c"}}, Upload)
    whole = read({"items": {"a": {"id": 1}}, "rejected": {"b": {"reason": "c"}}}, Upload)
    assert plain == php == named == whole
    assert plain.items[0].id == 1


@pytest.mark.parametrize("form", ["SQL", 3, True, [["SQL"]], {"0": 3}])
def test_a_list_in_no_form_is_kept_and_told(form: Any, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read stands in `extra` and never becomes letters, keys or an empty list without a word."""
    reader = reading.model_reader(Result, codec.converter())
    assert reader({"id": 1, "skills": form}, Result).extra == {"skills": form}
    assert reader({"id": 1, "strengths": {"a": "b"}}, Result).extra == {"strengths": {"a": "b"}}
    assert [record.msg.partition(" ")[0] for record in caplog.records] == ["answer.unread"] * 2


NOON = datetime.datetime(2026, 9, 21, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "said",
    [
        "2026-09-21T12:00:00Z",
        "2026-09-21T14:00:00+02:00",
        "2026-09-21 12:00:00",
        "2026-09-21 12:00:00 UTC",
        1789992000,
        1789992000.0,
        "1789992000",
        1789992000000,
        1789992000000000,
        {"date": "2026-09-21 12:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
        {"date": "2026-09-21 13:00:00.000000", "timezone_type": 3, "timezone": "Europe/London"},
        {"date": "2026-09-21 14:00:00.000000", "timezone_type": 1, "timezone": "+02:00"},
        {"date": "2026-09-21 12:00:00.000000", "timezone_type": 2, "timezone": "Z"},
    ],
)
def test_a_time_in_each_form(said: Any) -> None:
    """ISO 8601, Unix time in seconds or finer, and PHP's own JSON of a time."""
    job = read({"id": 1, "created_at": said}, Job)
    assert (job.created_at, job.extra) == (NOON, {})


@pytest.mark.parametrize(
    "said",
    [
        "soon",
        "0000-00-00 00:00:00",
        True,
        float("1e300"),
        [],
        {},
        {"date": 3},
        {"date": "2026-09-21 12:00:00", "timezone": "../../etc/passwd"},
        {"date": "2026-09-21 12:00:00", "timezone": "Nowhere/Land"},
        {"date": "2026-09-21 12:00:00", "timezone": "+99:99"},
    ],
)
def test_what_is_no_time_is_kept(said: Any) -> None:
    """A time that cannot be read is `None`, and kept as it came."""
    job = read({"id": 1, "created_at": said}, Job)
    assert (job.created_at, job.extra) == (None, {"created_at": said})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'<br />\n<b>Warning</b>:  Undefined array key "x" in <b>/srv/a.php</b>\n{}', "begins with a PHP warning"),
        (b"\nDeprecated: Function greta() is deprecated in /srv/a.php\n{}", "begins with a PHP deprecation"),
        (b"PHP Fatal error:  Uncaught greta", "begins with a PHP fatal error"),
        (b"<!DOCTYPE html><title>Greta</title>", "begins with an HTML page"),
        (b"\xef\xbb\xbf<html>greta", "begins with an HTML page"),
        (b"<?xml version='1.0'?><greta/>", "begins with XML"),
        (b"%PDF-1.7 greta", "begins with a PDF"),
        (b'{"success": true, "greta', "damaged or cut off"),
        (b"<br />\n<font size='1'><table class='xdebug-error'>greta", "begins with markup"),
        (b"Greta Holm", "is not JSON"),
    ],
)
def test_what_is_no_json_is_told_by_its_beginning(body: bytes, words: str) -> None:
    """The kind of what came is named, and none of its own words."""
    with pytest.raises(codec.Undecodable, match=words) as caught:
        codec.parse(body)
    assert "greta" not in str(caught.value).lower()
    assert "srv" not in str(caught.value)


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"a": 1}', b'\xef\xbb\xbf\xef\xbb\xbf {"a": 1}', b'\n{"a": 1}\n'])
def test_a_mark_before_json_is_left_out(body: bytes) -> None:
    """A BOM, or one for each file that PHP read, is no part of the JSON."""
    assert codec.parse(body) == {"a": 1}


@pytest.mark.parametrize(
    "said",
    [
        {"files.3": ["Too large."]},
        {"files.3": "Too large."},
        {"files": {"3": ["Too large."]}},
        [{"field": "files.3", "message": "Too large."}],
    ],
)
def test_the_words_about_a_field(said: Any) -> None:
    """Whatever the form of `errors`, the words stand under the field that they are about."""
    body = codec.dump({"success": False, "message": "Invalid.", "errors": said})
    assert codec.decode_error(body).field_errors == {"files.3": ["Too large."]}


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
