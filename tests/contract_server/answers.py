"""What each endpoint does and says once its request has been let in.

Everything runs on the event loop without a pause, so that no two requests see half of each other's work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, cast

from . import php
from .dialect import Dialect
from .ledger import Item, Ledger
from .multipart import Multipart, Part
from .options import Options
from .pdf import tiny_pdf
from .record import Exchange
from .screening import ENDED, Batch, Screening
from .webhooks import Webhooks
from .wire import Answer, Buffer, Request

BANDS = ((85, "exceptional"), (65, "strong"), (45, "good"), (20, "fair"), (0, "limited"))
STATUSES = ("new", "reviewed", "shortlisted", "interview", "offered", "hired", "rejected")
EMPLOYMENT = ("full-time", "part-time", "contract", "temporary", "internship")
WORKING = ("in-house", "hybrid", "remote")
JOB_FIELDS = (
    "title", "description", "location", "employment_type", "working_method", "salary_min", "salary_max",
    "salary_currency", "salary_period", "max_applications",
)  # fmt: skip


class Refused(Exception):
    """The request is refused with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def band(score: int) -> str:
    """The match status of a score."""
    return next(name for least, name in BANDS if score >= least)


class Answers:
    """The endpoints, by the names in the routes' table."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.dialect = Dialect(options)
        self.ledger = Ledger(options.credits)
        self.webhooks = Webhooks(options, self.dialect)
        self.screening = Screening(options, self.ledger, self._ended)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.candidates: dict[str, dict[str, Any]] = {}
        self.shortlists: dict[str, dict[str, Any]] = {}
        self._table: dict[str, Callable[[Request, list[str]], Answer]] = {
            "account": self._account,
            "credits": self._credits,
            "usage": self._usage,
            "jobs.list": self._jobs_list,
            "jobs.create": self._jobs_create,
            "jobs.get": self._jobs_get,
            "jobs.update": self._jobs_update,
            "jobs.delete": self._jobs_delete,
            "jobs.applications": self._jobs_applications,
            "create": self._create,
            "upload": self._upload,
            "start": self._start,
            "status": self._status,
            "results": self._results,
            "result": self._result,
            "report": self._report,
            "cancel": self._cancel,
            "candidates.list": self._candidates_list,
            "candidates.get": self._candidates_get,
            "candidates.status": self._candidates_status,
            "shortlists.list": self._shortlists_list,
            "shortlists.create": self._shortlists_create,
            "shortlists.candidates": self._shortlists_candidates,
            "shortlists.add": self._shortlists_add,
            "webhooks.create": self._webhooks_create,
            "webhooks.list": self._webhooks_list,
            "webhooks.delete": self._webhooks_delete,
            "webhooks.test": self._webhooks_test,
        }

    def work(self, op: str, request: Request, ids: list[str]) -> Answer:
        """Do what the endpoint does; a refusal is an answer too."""
        try:
            return self._table[op](request, ids)
        except Refused as refused:
            return refused.answer

    def _refuse(self, status: int, message: str, errors: dict[str, list[str]] | None = None) -> Refused:
        return Refused(self.dialect.error(status, message, errors))

    def _invalid(self, name: str, why: str) -> Refused:
        return self._refuse(422, "The given data was invalid.", {name: [why]})

    def _body(self, request: Request) -> dict[str, Any]:
        sink = request.sink
        raw = bytes(sink.body) if isinstance(sink, Buffer) else b""
        if not raw:
            return {}
        try:
            content = json.loads(raw)
        except ValueError:
            raise self._refuse(400, "The body is not JSON.") from None
        if not isinstance(content, dict):
            raise self._refuse(400, "The body is not a JSON object.")
        return cast("dict[str, Any]", content)

    def _text(self, body: dict[str, Any], name: str, limit: int | None = None) -> str:
        value = body.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._invalid(name, f"The {name} field is required.")
        if limit is not None and len(value) > limit:
            raise self._invalid(name, f"The {name} must not be greater than {limit} characters.")
        return value

    def _several(self, body: dict[str, Any], name: str) -> list[Any]:
        value = body.get(name)
        if isinstance(value, list) and value:
            return value  # pyright: ignore[reportUnknownVariableType]  (JSON's lists hold anything)
        raise self._invalid(name, f"The {name} field is required.")

    def _found(self, table: dict[str, dict[str, Any]], key: str) -> dict[str, Any]:
        if key not in table:
            raise self._refuse(404, "Not found.")
        return table[key]

    def _batch(self, key: str) -> Batch:
        batch = self.screening.find(key)
        if batch is None:
            raise self._refuse(404, "Batch not found.")
        return batch

    def _fresh(self, op: str, key: str) -> Batch:
        """A batch for a reading; a replica that lags does not know of the last change yet."""
        batch, options = self._batch(key), self.options
        if op not in options.lag_ops or not self.screening.lags(batch, op):
            return batch
        if options.lag_answer == "empty" and op == "results":
            raise Refused(self.dialect.nothing())
        raise self._refuse(409 if options.lag_answer == "409" else 404, "Not yet.")

    def _timed(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            key: self.dialect.time(value) if key.endswith("_at") else value
            for key, value in fields.items()
            if not key.startswith("_")
        }

    # --- account

    def _account(self, request: Request, ids: list[str]) -> Answer:
        plan = {
            "plan_key": "enterprise",
            "plan_name": "Enterprise",
            "job_posting_limit": None,
            "application_limit_per_job": None,
            "credit_limit": self.ledger.granted,
        }
        names = {"email": "owner@example.test", "first_name": "Contract", "last_name": "Server"}
        return self.dialect.success({"id": 19, **names, "plan": plan})

    def _credits(self, request: Request, ids: list[str]) -> Answer:
        ledger = self.ledger
        balance = ledger.free + (ledger.reserved if self.options.balance_includes_reserved else 0)
        sums = {"balance": balance, "reserved": ledger.reserved, "used": ledger.used, "limit": ledger.granted}
        return self.dialect.success(sums)

    def _usage(self, request: Request, ids: list[str]) -> Answer:
        return self.dialect.success([self._timed(entry) for entry in self.ledger.entries])

    # --- jobs

    def _jobs_list(self, request: Request, ids: list[str]) -> Answer:
        return self.dialect.listing(list(self.jobs.values()), request, self._timed)

    def _checked_job(self, body: dict[str, Any], whole: bool) -> dict[str, Any]:
        for name, limit in (("title", 255), ("description", None), ("location", 255)):
            if whole or name in body:
                self._text(body, name, limit)
        for name, offered in (("employment_type", EMPLOYMENT), ("working_method", WORKING)):
            if body.get(name) is not None and body[name] not in offered:
                raise self._invalid(name, f"The selected {name} is invalid.")
        return {name: body[name] for name in JOB_FIELDS if name in body}

    def _jobs_create(self, request: Request, ids: list[str]) -> Answer:
        given = self._checked_job(self._body(request), whole=True)
        now = time.time()
        defaults: dict[str, Any] = {**dict.fromkeys(JOB_FIELDS), "salary_currency": "GBP", "max_applications": 1000}
        job = {"id": self.dialect.new_id("j"), **defaults, **given, "status": "active", "applications_count": 0}
        job |= {"created_at": now, "updated_at": now}
        self.jobs[str(job["id"])] = job
        return self.dialect.success(self._timed(job), 201)

    def _jobs_get(self, request: Request, ids: list[str]) -> Answer:
        return self.dialect.success(self._timed(self._found(self.jobs, ids[0])))

    def _jobs_update(self, request: Request, ids: list[str]) -> Answer:
        job = self._found(self.jobs, ids[0])
        job |= {**self._checked_job(self._body(request), whole=False), "updated_at": time.time()}
        return self.dialect.success(self._timed(job))

    def _jobs_delete(self, request: Request, ids: list[str]) -> Answer:
        job = self._found(self.jobs, ids[0])
        del self.jobs[ids[0]]
        return self.dialect.done({"id": job["id"], "deleted": True}, "Job deleted.")

    def _jobs_applications(self, request: Request, ids: list[str]) -> Answer:
        job = self._found(self.jobs, ids[0])
        candidates = [each for each in self.candidates.values() if str(each["job_id"]) == ids[0]]

        def word(each: dict[str, Any]) -> dict[str, Any]:
            who = {name: each[name] for name in ("id", "name", "email")}
            what = {name: each[name] for name in ("status", "score", "match_status", "created_at")}
            return self._timed({"id": each["_application_id"], "job_id": job["id"], "candidate": who, **what})

        return self.dialect.listing(candidates, request, word)

    # --- screening

    def _create(self, request: Request, ids: list[str]) -> Answer:
        body = self._body(request)
        job_id = body.get("job_id")
        if job_id is None:
            self._text(body, "job_title")
            self._text(body, "job_description")
        elif str(job_id) not in self.jobs:
            raise self._invalid("job_id", "The selected job_id is invalid.")
        for name in ("essential_criteria", "desirable_criteria"):
            if not isinstance(body.get(name, []), list):
                raise self._invalid(name, f"The {name} must be an array.")
        batch = self.screening.create(self.dialect.new_id("b"), body.get("name"), job_id)
        exchange: Exchange = request.state.exchange
        exchange.batch = str(batch.id)
        return self.dialect.success(self._batch_words(batch), 201)

    def _batch_id(self, batch: Batch) -> dict[str, Any]:
        said = self.options.batch_id_field
        return {name: batch.id for name in ("id", "batch_id") if said in {name, "both"}}

    def _batch_words(self, batch: Batch) -> dict[str, Any]:
        words = {
            **self._batch_id(batch),
            "job_id": batch.job_id,
            "name": batch.name,
            "status": self._state(batch),
            "total_files": len(batch.items),
            "created_at": self.dialect.time(batch.created_at),
        }
        return self._without_omitted(words)

    def _without_omitted(self, words: dict[str, Any]) -> dict[str, Any]:
        return {name: words[name] for name in words if name not in self.options.status_omits}

    def _state(self, batch: Batch) -> str:
        warm = self.options.unknown_status_seconds
        if warm and batch.started and batch.state != "cancelled" and time.monotonic() < batch.started + warm:
            return self.options.unknown_status
        return self.dialect.status(batch.state)

    def _upload(self, request: Request, ids: list[str]) -> Answer:
        form, options = request.sink, self.options
        exchange: Exchange = request.state.exchange
        if options.max_body is not None and request.received > options.max_body:
            raise self._refuse(413, "Payload too large.")
        if not isinstance(form, Multipart):
            raise self._invalid("files", "The files field is required.")
        if form.broken:
            raise self._refuse(400, f"The form cannot be read: {form.broken}.")
        prefix = options.field_name.removesuffix("[]")
        files = [
            part
            for part in form.parts
            if part.filename is not None
            and (part.name == options.field_name or (part.name.startswith(f"{prefix}[") and part.name.endswith("]")))
        ]
        exchange.files = len(files)
        for part in files:
            self.ledger.arrived(part.sha)
        batch = self._batch(ids[0])
        if batch.state != "created":
            raise self._refuse(409, f"The batch is {batch.state}.")
        if not files:
            raise self._invalid("files", "The files field is required.")
        files, too_large = php.let_in(files, options)
        if too_large:
            raise self._refuse(422, "The given data was invalid.", too_large)
        if not files:
            raise self._invalid("files", "The files field is required.")
        if len(files) > options.max_files:
            raise self._invalid("files", f"The files must not have more than {options.max_files} items.")
        rejected = [(part, why) for part in files if (why := self._rejection(part)) is not None]
        refused = {part.sha for part, _ in rejected}
        taken = [part for part in files if part.sha not in refused]
        if len(taken) > self.ledger.free:
            raise self._refuse(402, "Not enough credits.")
        items = [self._item(batch, part) for part in taken]
        batch.items += items
        batch.by_id |= {str(item.id): item for item in items}
        self.ledger.reserve(items)
        exchange.taken = len(items)
        self.screening.mark(batch, "upload")
        return self.dialect.success(self._upload_words(batch, items, rejected))

    def _rejection(self, part: Part) -> str | None:
        options = self.options
        if part.kind is None:
            if options.bad_type == "422":
                raise self._invalid("files.0", "The file must be a file of type: pdf, docx.")
            return "Neither PDF nor DOCX."
        if b"contract:reject" in part.head or _chance(part.sha, 16) < options.reject_share:
            return "The file could not be accepted."
        return None

    def _item(self, batch: Batch, part: Part) -> Item:
        invalid = b"contract:invalid" in part.head or _chance(part.sha, 8) < self.options.invalid_share
        item_id = self.dialect.new_id("i")
        return Item(item_id, batch.id, part.filename or "", part.sha, part.size, invalid, time.monotonic())

    def _upload_words(self, batch: Batch, items: list[Item], rejected: list[tuple[Part, str]]) -> dict[str, Any]:
        named = [{"id": item.id, "filename": self.dialect.filename(item.filename)} for item in items]
        words: dict[str, Any] = {"uploaded": len(items)}
        if self.options.upload_items != "none":
            told = named[: len(named) // 2] if self.options.upload_items == "incomplete" else named
            words["items"] = self.dialect.list(told)
        words["rejected"] = [
            {"filename": self.dialect.filename(part.filename or ""), "reason": why} for part, why in rejected
        ]
        return self._without_omitted(words | {"total_files": len(batch.items)})

    def _start(self, request: Request, ids: list[str]) -> Answer:
        batch = self._batch(ids[0])
        if batch.state != "created":
            raise self._refuse(409, f"The batch is {batch.state}.")
        if not batch.items:
            raise self._invalid("files", "The batch has no files.")
        self.screening.start(batch)
        return self.dialect.done(self._batch_words(batch), "Screening started.")

    def _status(self, request: Request, ids: list[str]) -> Answer:
        batch = self._fresh("status", ids[0])
        counts = self.screening.counts(batch)
        settled = counts["done"] + counts["invalid"]
        left = counts["total"] - settled
        per_cv = self.options.screening == "per_cv"
        pace = self.options.seconds_per_cv / self.options.workers if per_cv else 0.0
        words = {
            "batch_id": batch.id,
            "status": self._state(batch),
            "total": counts["total"],
            "processed": settled if self.options.processed_includes_failed else counts["done"],
            "failed": counts["invalid"],
            "progress": 100 if batch.state == "completed" else round(100 * settled / max(1, counts["total"])),
            "credits_used": counts["charged"],
            "estimated_seconds_remaining": None if batch.state in ENDED else round(left * pace, 1),
        }
        return self.dialect.success(self._without_omitted(words))

    def _readable(self, batch: Batch) -> list[Item]:
        if batch.state not in ENDED:
            raise self._refuse(409, "There are no results yet.")
        items = [item for item in batch.items if item.state in {"done", "invalid"}]
        if not items and batch.state != "completed" and self.options.results_when_none != 200:
            raise self._refuse(self.options.results_when_none, "There are no results.")
        return sorted(items, key=lambda item: (item.state == "invalid", -item.score))

    def _results(self, request: Request, ids: list[str]) -> Answer:
        batch = self._fresh("results", ids[0])

        def word(pair: tuple[int, Item]) -> dict[str, Any]:
            return self._result_words(batch, pair[1], pair[0])

        return self.dialect.listing(list(enumerate(self._readable(batch), 1)), request, word)

    def _result_words(self, batch: Batch, item: Item, rank: int) -> dict[str, Any]:
        mark, valid = item.sha[:12], item.state == "done"
        quote = {"quote": f"Evidence {mark}", "section": "Experience", "page": 1}
        skills: list[dict[str, Any]] = [
            {"name": "Python", "classification": "evidenced", "importance": "essential", "evidence": [quote]},
            {"name": "SQL", "classification": "claimed", "importance": "essential", "evidence": []},
            {"name": "Rust", "classification": "missing", "importance": "desirable", "evidence": []},
        ]
        who = {"name": f"Candidate {mark}", "email": f"{mark}@example.test"}
        return {
            "id": item.id,
            "filename": self.dialect.filename(item.filename),
            "candidate_id": self._candidate(batch, item)["id"] if valid else None,
            "candidate": who if valid else {"name": None, "email": None},
            "rank": rank,
            "score": item.score if valid else None,
            "match_status": band(item.score) if valid else "invalid",
            "summary": f"Simulated screening of {mark}.",
            "strengths": self.dialect.list([f"Strength {mark}"] if valid else []),
            "weaknesses": self.dialect.list([f"Weakness {mark}"] if valid else []),
            "skills": self.dialect.list(skills if valid else []),
        }

    def _candidate(self, batch: Batch, item: Item) -> dict[str, Any]:
        key = f"c-{item.sha}-{item.id}"
        known = self.candidates.get(key)
        if known is not None:
            return known
        mark = item.sha[:12]
        candidate: dict[str, Any] = {
            "id": self.dialect.new_id("c"),
            "name": f"Candidate {mark}",
            "email": f"{mark}@example.test",
            "phone": None,
            "status": "new",
            "job_id": batch.job_id,
            "score": item.score,
            "match_status": band(item.score),
            "created_at": time.time(),
            "_application_id": self.dialect.new_id("a"),
        }
        self.candidates[key] = candidate
        return candidate

    def _ranked(self, ids: list[str]) -> tuple[Batch, Item, int]:
        batch = self._batch(ids[0])
        for rank, item in enumerate(self._readable(batch), 1):
            if str(item.id) == ids[1]:
                return batch, item, rank
        raise self._refuse(404, "Item not found.")

    def _result(self, request: Request, ids: list[str]) -> Answer:
        batch, item, rank = self._ranked(ids)
        mark = item.sha[:12]
        more = {
            "reasoning": f"Reasoning {mark}",
            "experience_years": 5,
            "education": [f"Degree {mark}"],
            "contact": {"email": f"{mark}@example.test", "phone": None},
            "flags": ["skill_listed_never_used"],
        }
        return self.dialect.success(self._result_words(batch, item, rank) | more)

    def _report(self, request: Request, ids: list[str]) -> Answer:
        _, item, rank = self._ranked(ids)
        lines = [f"Screening report {item.sha[:12]}", f"Rank {rank}, score {item.score}"]
        disposition = {"Content-Disposition": 'attachment; filename="report.pdf"'}
        return Answer(200, tiny_pdf(lines), "application/pdf", disposition)

    def _cancel(self, request: Request, ids: list[str]) -> Answer:
        batch = self._batch(ids[0])
        if batch.state in ENDED or batch.state == "cancelling":
            raise self._refuse(409, f"The batch is {batch.state}.")
        self.screening.cancel(batch)
        return self.dialect.done(self._batch_words(batch), "Batch cancelled.")

    def _ended(self, batch: Batch) -> None:
        self.webhooks.emit(f"batch.{batch.state}", {"batch_id": batch.id, "status": batch.state})

    # --- candidates, shortlists, webhooks

    def _candidates_list(self, request: Request, ids: list[str]) -> Answer:
        job_id, status = request.query.get("job_id"), request.query.get("status")
        chosen = [
            each
            for each in self.candidates.values()
            if (job_id is None or str(each["job_id"]) == job_id) and (status is None or each["status"] == status)
        ]
        return self.dialect.listing(chosen, request, self._timed)

    def _candidate_by_id(self, key: str) -> dict[str, Any]:
        for candidate in self.candidates.values():
            if str(candidate["id"]) == key:
                return candidate
        raise self._refuse(404, "Candidate not found.")

    def _candidates_get(self, request: Request, ids: list[str]) -> Answer:
        return self.dialect.success(self._timed(self._candidate_by_id(ids[0])))

    def _candidates_status(self, request: Request, ids: list[str]) -> Answer:
        candidate, status = self._candidate_by_id(ids[0]), self._body(request).get("status")
        if status not in STATUSES:
            raise self._invalid("status", "The selected status is invalid.")
        candidate["status"] = status
        self.webhooks.emit("candidate.status_changed", {"candidate_id": candidate["id"], "status": status})
        return self.dialect.done(self._timed(candidate), "Status updated.")

    def _shortlists_list(self, request: Request, ids: list[str]) -> Answer:
        return self.dialect.listing(list(self.shortlists.values()), request, self._timed)

    def _shortlists_create(self, request: Request, ids: list[str]) -> Answer:
        body = self._body(request)
        shortlist: dict[str, Any] = {
            "id": self.dialect.new_id("s"),
            "name": self._text(body, "name", 255),
            "description": body.get("description"),
            "job_id": body.get("job_id"),
            "candidates_count": 0,
            "created_at": time.time(),
            "_members": {},
        }
        self.shortlists[str(shortlist["id"])] = shortlist
        return self.dialect.success(self._timed(shortlist), 201)

    def _shortlists_candidates(self, request: Request, ids: list[str]) -> Answer:
        members = self._found(self.shortlists, ids[0])["_members"]
        return self.dialect.listing(list(members.values()), request, self._timed)

    def _shortlists_add(self, request: Request, ids: list[str]) -> Answer:
        shortlist, body = self._found(self.shortlists, ids[0]), self._body(request)
        wanted = self._several(body, "candidate_ids")
        if len(wanted) > 100:
            raise self._invalid("candidate_ids", "The candidate_ids must not have more than 100 items.")
        members: dict[str, Any] = shortlist["_members"]
        known = {str(each["id"]): each for each in self.candidates.values()}
        added = [str(each) for each in wanted if str(each) in known and str(each) not in members]
        members |= {each: known[each] for each in added}
        shortlist["candidates_count"] = len(members)
        return self.dialect.success({"added": len(set(added)), "skipped": len(wanted) - len(set(added))})

    def _webhooks_create(self, request: Request, ids: list[str]) -> Answer:
        body = self._body(request)
        url, events = self._text(body, "url"), self._several(body, "events")
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise self._invalid("url", "The url must be https.")
        hook = self.webhooks.register(url, events)
        return self.dialect.success(self._timed(hook), 201)

    def _webhooks_list(self, request: Request, ids: list[str]) -> Answer:
        def word(hook: dict[str, Any]) -> dict[str, Any]:
            return self._timed({**hook, "secret": f"{hook['secret'][:6]}…"})

        return self.dialect.listing(list(self.webhooks.hooks.values()), request, word)

    def _webhooks_delete(self, request: Request, ids: list[str]) -> Answer:
        hook = self._found(self.webhooks.hooks, ids[0])
        del self.webhooks.hooks[ids[0]]
        return self.dialect.done({"id": hook["id"], "deleted": True}, "Webhook deleted.")

    def _webhooks_test(self, request: Request, ids: list[str]) -> Answer:
        hook = self._found(self.webhooks.hooks, ids[0])
        self.webhooks.emit("ping", {}, only=hook)
        return self.dialect.done({"id": hook["id"], "sent": True}, "Ping sent.")


def _chance(sha: str, at: int) -> float:
    return int(sha[at : at + 8], 16) / 0x1_0000_0000
