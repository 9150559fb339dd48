"""Models and results as answers: `as_json`, other encoders, pydantic, and FastAPI with and without annotation."""

from __future__ import annotations

import copy
import datetime
import io
import json
import pickle
import subprocess
import sys
from typing import Any

import attrs
import orjson
import pytest
from conftest import cvs, session_at, stand_in

import cvsense_async as cv
from cvsense_async import as_json, errors
from cvsense_async.api.content import FileKind
from cvsense_async.api.jsonable import Model
from cvsense_async.api.registry import endpoints
from cvsense_async.webhooks import BatchCompleted

PLACE = "/home/greta/cvs"
SECRET = "whsec_of_a_receiver"
NOW = datetime.datetime(2026, 11, 27, 12, 0, tzinfo=datetime.UTC)

DOCUMENT = cv.Document(
    source=f"{PLACE}/a.pdf", name="a.pdf", kind=FileKind.PDF, size=3, sha256="ab" * 32,
    opener=lambda: io.BytesIO(b"content of a CV"), key=f"{PLACE}/a.pdf".encode(), mtime_ns=5,
)  # fmt: skip
RESULT = cv.Result(
    id=7, filename="a.pdf", score=71.5, match_status=cv.MatchStatus.STRONG, strengths=("Python",),
    skills=(cv.Skill(name="Python", classification="evidenced", evidence=(cv.Evidence(quote="Wrote it", page=2),)),),
    extra={"new": [1, {"deep": None}]},
)  # fmt: skip
SCREENED = cv.Screened(RESULT, DOCUMENT, 3)
REJECTED = cv.Rejected(
    source=f"{PLACE}/b.pdf", name="b.pdf", reason=cv.RejectReason.DUPLICATE, detail="the same as another",
    duplicate_of=f"{PLACE}/a.pdf",
)  # fmt: skip
FAILED = cv.Failed(DOCUMENT, "the batch failed", 3)
UNSETTLED = cv.Unsettled(DOCUMENT, "read the batch's status", 3)
BATCH = cv.BatchResult(
    3, (SCREENED,), (REJECTED,), (FAILED,), (UNSETTLED,), failure=errors.BatchFailed("it failed"), resumed=True
)
JOB = cv.Job(id=7, title="Cook", employment_type="full-time", created_at=NOW, salary_min=1.5, extra={"new": "x"})
THINGS: list[Any] = [
    JOB,
    RESULT,
    SCREENED,
    REJECTED,
    FAILED,
    UNSETTLED,
    BATCH,
    cv.BatchResult(),
    cv.Progress(found=3),
    cv.Summary(left=(cv.LeftBatch(3, 5),), credits_by_account=4),
    cv.ScreeningPlan(documents=3, batches=1, requests=5, credits=3, minutes=0.1, balance=10),
    cv.JobDescription("Cook", "Cooking.", essential=("Knives",)),
    cv.Report(id=7, flags=("x",), education=("y",)),
    cv.Page(items=(JOB,), total=1),
    cv.Page(items=()),
    cv.Webhook(id=1, url="https://x.example", secret=SECRET, events=("ping",)),
    BatchCompleted(id="d", name="batch.completed", batch_id=3, created_at=NOW, data={"batch_id": 3}),
]


def ids(thing: Any) -> str:
    return type(thing).__name__


@pytest.mark.parametrize("thing", THINGS, ids=ids)
def test_everything_that_is_given_has_a_form_in_json(thing: Any) -> None:
    """By `as_json`, orjson, json and `vars`, alone and within lists and dicts: the same, and nothing local in it."""
    made = as_json(thing)
    text = json.dumps(made)
    assert json.loads(json.dumps(thing, default=as_json)) == made
    assert json.loads(json.dumps(thing, default=vars)) == made
    assert orjson.loads(orjson.dumps([thing], default=as_json)) == [made]
    assert as_json({"all": [thing, (thing,)]}) == {"all": [made, [made]]}
    for local in (PLACE, "content of", SECRET, "opener", "mtime", "0x"):
        assert local not in text
    assert as_json(made) == made


def test_what_is_kept_and_what_is_not() -> None:
    """Evidence, unknown fields, the file's name and hash; not where it came from."""
    made = as_json(SCREENED)
    assert made["result"]["skills"][0]["evidence"] == [{"quote": "Wrote it", "section": None, "page": 2}]
    assert made["result"]["new"] == [1, {"deep": None}]
    assert made["result"]["match_status"] == "strong"
    assert made["document"] == {"name": "a.pdf", "kind": "pdf", "size": 3, "sha256": "ab" * 32}
    batch = as_json(BATCH)
    assert batch["rejected"][0]["duplicate_of"] == "a.pdf"
    assert batch["failure"] == {"type": "BatchFailed", "message": "it failed"}
    assert as_json(JOB)["created_at"] == "2026-11-27T12:00:00+00:00"
    url = attrs.evolve(REJECTED, duplicate_of="https://x.example/cvs/c.pdf?token=abc#d")
    assert as_json(url)["duplicate_of"] == "c.pdf"
    for strange in (b"bytes", object(), {"a": b"bytes"}, cv.CVSenseSession("cvs_x"), OSError("no")):
        with pytest.raises(TypeError, match="no form in JSON"):
            as_json(strange)


def test_every_public_model_and_result_is_covered() -> None:
    """What the service answers, and every public class of results, is a `Model`; what is asked of it is not."""
    answers = {spec.answer for spec in endpoints() if isinstance(spec.answer, type)} - {type(None), bytes}
    assert all(issubclass(answer, Model) for answer in answers)
    ours = [getattr(cv, name) for name in cv.__all__]
    settings = {"LimiterState", "RateLimit", "RetryPolicy", "Timeouts", "UploadFile", "Id"}
    models = {one.__name__ for one in ours if isinstance(one, type) and attrs.has(one)} - settings
    assert models == {one.__name__ for one in ours if isinstance(one, type) and issubclass(one, Model)}
    given = {type(thing) for thing in THINGS}
    assert {cv.Screened, cv.BatchResult, cv.Rejected, cv.Failed, cv.Unsettled, cv.Progress, cv.Summary} <= given


def test_models_are_what_they_were() -> None:
    """Still frozen, with slots; they pickle and copy as before."""
    for thing in (JOB, RESULT, cv.Progress(found=3), cv.Page(items=(JOB,))):
        assert pickle.loads(pickle.dumps(thing)) == thing == copy.copy(thing) == copy.deepcopy(thing)
        with pytest.raises((AttributeError, TypeError)):
            thing.something = 1


def test_a_model_that_holds_something_else() -> None:
    """A page of what is no JSON can still be looked at; `vars` and `as_json` say what is wrong."""
    page: Any = cv.Page(items=(b"bytes",))
    assert "items" in dir(page)
    for turn in (vars, as_json):
        with pytest.raises(TypeError):
            turn(page)


def test_the_core_does_not_load_pydantic() -> None:
    """Only who uses a model as a type of pydantic's loads it."""
    code = (
        "import sys, cvsense_async as cv\n"
        "[getattr(cv, name) for name in ('Job', 'Screened', 'as_json')]\n"
        "cv.as_json(cv.Job(id=1))\n"
        "assert not {name for name in sys.modules if name.startswith('pydantic')}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- pydantic ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", THINGS, ids=ids)
def test_pydantic_takes_and_writes_it(thing: Any) -> None:
    """`TypeAdapter`: an instance is taken as it is, written as `as_json` writes it, and its schema describes that."""
    adapter = pytest.importorskip("pydantic").TypeAdapter(type(thing))
    assert adapter.validate_python(thing) is thing
    assert adapter.dump_python(thing, mode="json") == as_json(thing) == json.loads(adapter.dump_json(thing))
    schema = adapter.json_schema(mode="serialization")
    validator = pytest.importorskip("jsonschema_rs").validator_for(schema)
    validator.validate(as_json(thing))
    broken = as_json(thing)
    del broken[next(iter(schema["properties"]))]
    assert not validator.is_valid(broken)


def test_pydantic_reads_the_services_models() -> None:
    """The JSON of a model becomes the model; what stays with its owner cannot be made out of JSON, and says so."""
    pydantic = pytest.importorskip("pydantic")
    for thing in (JOB, RESULT, cv.Report(id=7, flags=("x",)), cv.Progress(found=3)):
        made = pydantic.TypeAdapter(type(thing)).validate_json(orjson.dumps(as_json(thing)))
        assert made == thing
        assert type(made) is type(thing)
    with pytest.raises(pydantic.ValidationError, match="more than its JSON"):
        pydantic.TypeAdapter(cv.Screened).validate_python(as_json(SCREENED))
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(cv.Job).validate_python({"title": "no id"})

    class Answer(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        job: cv.Job
        best: list[cv.Screened]

    answer = Answer(job=JOB, best=[SCREENED])
    assert answer.model_dump(mode="json") == {"job": as_json(JOB), "best": [as_json(SCREENED)]}
    assert pydantic.TypeAdapter(cv.Page[cv.Job]).json_schema()["properties"]["items"]["items"]["$ref"].endswith("/Job")


# --- FastAPI ----------------------------------------------------------------------------------------------------------


async def test_endpoints_answer_with_models() -> None:
    """Annotated and not, alone and in lists, of a real run: the same JSON, and the document has their schemas."""
    fastapi = pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    import aiohttp
    from integrations.serving import serving

    import cvsense_async.integrations.fastapi  # noqa: F401  (which a service uses)

    async with stand_in() as server, session_at(server) as session:
        job = cv.JobDescription("Cook", "Cooking for many.")
        async with session.screen(cvs(3), job=job, poll_interval=(0.01, 0.02)) as run:
            (batch,) = [batch async for batch in run]
        summary = run.summary
    app = fastapi.FastAPI()

    @app.get("/job")
    async def one_job() -> cv.Job:
        return JOB

    @app.get("/jobs")
    async def jobs() -> list[cv.Job]:
        return [JOB, JOB]

    @app.get("/screened")
    async def screened() -> cv.Screened:
        return batch.results[0]

    @app.get("/ranking")
    async def ranking() -> list[cv.Screened]:
        return list(batch)

    @app.get("/batch")
    async def whole() -> cv.BatchResult:
        return batch

    @app.get("/summary")
    async def end() -> cv.Summary:
        return summary

    answers = {
        "job": JOB, "jobs": [JOB, JOB], "screened": batch.results[0], "ranking": list(batch), "batch": batch,
        "summary": summary, "empty": cv.BatchResult(), "page": cv.Page(items=()),
    }  # fmt: skip

    @app.get("/plain/{name}")
    async def plain(name: str):  # type: ignore[no-untyped-def]  # without an annotation
        return answers[name]

    async with serving(app) as url, aiohttp.ClientSession() as http:
        for name, value in answers.items():
            for path in (name, f"plain/{name}"):
                if path not in ("empty", "page"):
                    async with http.get(f"{url}/{path}") as answer:
                        assert answer.status == 200, await answer.text()
                        assert await answer.json() == as_json(value), path
    document = app.openapi()
    schemas = document["components"]["schemas"]
    assert {"Job", "Screened", "Result", "Skill", "Evidence", "Document", "BatchResult", "Summary"} <= set(schemas)
    ok = document["paths"]["/jobs"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert ok["items"] == {"$ref": "#/components/schemas/Job"}
    assert set(schemas["Document"]["properties"]) == {"name", "kind", "size", "sha256"}
    assert schemas["Job"]["additionalProperties"] is True
    assert "id" in schemas["Job"]["required"]
    assert schemas["Skill"]["properties"]["evidence"]["items"] == {"$ref": "#/components/schemas/Evidence"}


def test_fastapis_encoder_without_the_integration() -> None:
    """`jsonable_encoder` in a process that uses no more of this package than its models."""
    pytest.importorskip("fastapi")
    code = (
        "import cvsense_async as cv\nfrom fastapi.encoders import jsonable_encoder\n"
        "job = cv.Job(id=1, title='x')\n"
        "batch = cv.BatchResult(1, (cv.Screened(cv.Result(id=2)),))\n"
        "for thing in (job, [job], batch, cv.Page(items=(job,))):\n"
        "    assert jsonable_encoder(thing) == cv.as_json(thing), thing\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
