"""Every assumed line of the contract, what breaks where it is wrong, and which judge tells.

docs/documented.md prints the same lines; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from . import evidence
from .asked import Answer
from .evidence import Found, Seen, fields, moved, refused, unasked


@attrs.frozen
class Assumption:
    """One assumed line: what is assumed, what breaks where it is wrong, and how to tell."""

    line: str
    breaks: str
    judge: Callable[[Seen], Found] = attrs.field(repr=False)


@attrs.frozen
class Verdict:
    """What became of one line: `holds`, `differs` or `not seen`."""

    verdict: str
    line: str
    found: str


def verdicts(answers: Sequence[Answer]) -> list[Verdict]:
    """Every assumed line with what the answers say of it."""
    seen = Seen(answers)
    made: list[Verdict] = []
    for assumption in ASSUMPTIONS:
        holds, found = assumption.judge(seen)
        made.append(Verdict({True: "holds", False: "differs", None: "not seen"}[holds], assumption.line, found))
    return made


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        "the methods of the endpoints",
        "The call cannot be made at all: it is refused with 405.",
        evidence.methods,
    ),
    Assumption(
        "a 429 has Retry-After and X-RateLimit-Reset",
        "Nothing: the limiter waits for its own window instead.",
        evidence.on_429,
    ),
    Assumption(
        "a refused request is not counted",
        "A client that was refused waits longer than it must.",
        unasked("not asked: it would use up the quota"),
    ),
    Assumption(
        "lists have data and a meta with the page's facts",
        "The other known forms are read; in an unknown one a list is told as unreadable.",
        evidence.lists,
    ),
    Assumption(
        "lists are arrays, and nothing comes before the JSON",
        "PHP's objects and a byte order mark are read; a warning before the JSON is an unreadable answer.",
        evidence.arrays,
    ),
    Assumption(
        "per_page is obeyed",
        "More pages, and so more requests, than were planned.",
        evidence.per_page,
    ),
    Assumption(
        "refusals say success, message",
        "The words of a refusal may be missing from the error; its kind comes from the status.",
        evidence.errors,
    ),
    Assumption(
        "a 422 names the fields in errors",
        "The error cannot say which field, or which file, was meant.",
        evidence.by_field,
    ),
    Assumption(
        "times are ISO 8601 with an offset",
        "The other known forms are read; a time without an offset is taken as UTC.",
        evidence.times,
    ),
    Assumption(
        "what was written can be read at once",
        "What is not there yet is asked for again, which takes requests and time.",
        evidence.fresh,
    ),
    Assumption(
        "fields of the balance",
        "`plan` and the account's side of a run's sums have no number.",
        fields("balance reserved used limit", "credits at last", "credits at first"),
    ),
    Assumption(
        "fields of a transaction",
        "`usage` has gaps; no run leans on it.",
        fields("id type amount balance_after description batch_id created_at", "usage at last", "usage", listed=True),
    ),
    Assumption("transactions come newest first", "`usage` is shown in another order.", evidence.newest_first),
    Assumption(
        "fields of a job",
        "A job that was made cannot be told by its id, or its `status` and times are missing.",
        fields("id title status applications_count created_at updated_at", "read the job", "create a job"),
    ),
    Assumption(
        "fields of an application",
        "`jobs.applications` has gaps.",
        fields("id job_id candidate status score match_status created_at", "applications", listed=True),
    ),
    Assumption(
        "a batch is made by a job's id, or by title and text",
        "Nothing can be screened: a run ends before anything is paid.",
        evidence.created_by_text,
    ),
    Assumption(
        "a batch says its id as id",
        "`batch_id` is read too; under another name nothing is screened.",
        evidence.batch_id,
    ),
    Assumption(
        "fields of a batch",
        "Nothing, but for the id: the rest is for people.",
        fields("job_id name status total_files created_at", "create a batch", "create a batch by text"),
    ),
    Assumption(
        "the words for a batch's status",
        "In any case they are known; an unknown word is taken for an end when all is processed, or when it sounds so.",
        evidence.states,
    ),
    Assumption(
        "an upload's parts are named files[]",
        "Every upload is refused; `upload_field=` changes the name.",
        evidence.field_name,
    ),
    Assumption(
        "fields of an upload's answer",
        "Without `items` the upload counts as ambiguous: the batch is read, and results are tied by name only.",
        fields("uploaded items rejected total_files", "upload", "upload and cancel"),
    ),
    Assumption(
        "an upload names every file as it was sent",
        "Results cannot be tied to documents by id; where names are changed they end as `Unsettled`.",
        evidence.named,
    ),
    Assumption(
        "what is neither PDF nor DOCX is refused with 422",
        "It may be paid for; this package does not send it.",
        evidence.wrong_type,
    ),
    Assumption(
        "more than 50 files, too large a body, too few credits: 422, 413, 402",
        "Another refusal ends the batch as failed instead of smaller uploads, or instead of a pause.",
        unasked("not asked: it needs an account without credits, or a large upload"),
    ),
    Assumption(
        "a credit is held from the upload",
        "`max_credits` and the check of the balance come later than they should.",
        moved("credits at first", "credits while held", "upload and cancel", "with the upload", by=1),
    ),
    Assumption(
        "cancelling releases what was not screened",
        "A batch that is cancelled, and whose CVs are sent again, is paid for twice.",
        moved("credits at first", "credits after cancel", "cancel", "over upload and cancel", by=0),
    ),
    Assumption(
        "a screened CV is charged once",
        "The sums of a run differ from the account's, and the run says so.",
        moved("credits after cancel", "credits at last", "upload", "for one CV", by=1),
    ),
    Assumption(
        "an upload into a batch that has ended is refused with 409",
        "A late upload may lie beside its copy and be paid for.",
        unasked("not asked: it could cost a credit"),
    ),
    Assumption(
        "a start of what is not created is refused with 409",
        "A start that is repeated after a lost answer may screen, and charge, again.",
        refused("start a cancelled batch", 409),
    ),
    Assumption(
        "a cancel of what has ended is refused with 409",
        "Nothing: the status is read before it is judged.",
        refused("cancel an ended batch", 409),
    ),
    Assumption(
        "results before there are any are refused with 409",
        "An empty list instead is asked for again.",
        refused("results before any", 409),
    ),
    Assumption(
        "results of a cancelled batch stay readable",
        "What was paid for before the cancel is lost, and told as `Unsettled`.",
        unasked("not seen: it takes a batch that is cancelled halfway"),
    ),
    Assumption(
        "fields of a batch's status",
        "Without `total` and `processed` no ambiguous upload can be settled: its CVs end as `Unsettled`.",
        evidence.state_of,
    ),
    Assumption(
        "a batch's status says credits_used",
        "A batch that failed or was cancelled is collected before anything of it is sent again.",
        evidence.credits_used,
    ),
    Assumption(
        "fields of a result",
        "Without `filename` and a known `id` no result can be tied to its document; without `score` none is ranked.",
        fields(
            "id filename candidate_id candidate rank score match_status summary strengths weaknesses skills",
            "results",
            listed=True,
        ),
    ),
    Assumption(
        "the words for a skill",
        "They are kept as they come; a filter on `Classification` misses them.",
        evidence.words,
    ),
    Assumption(
        "results come ranked, best first",
        "`rank` is missing or of no use; `ranking()` sorts by score itself.",
        unasked("not seen: it takes more than one CV"),
    ),
    Assumption(
        "the detailed report adds its own fields",
        "`report` has gaps.",
        fields("reasoning experience_years education contact flags", "result"),
    ),
    Assumption(
        "a report is a PDF where JSON is accepted first",
        "`report_pdf` and `--reports` have no file.",
        evidence.report_pdf,
    ),
    Assumption(
        "fields of a candidate",
        "`candidates` has gaps; no run leans on it.",
        fields(
            "id name email phone status job_id score match_status created_at",
            "read the candidate",
        ),
    ),
    Assumption("the words for a candidate's status", "They are kept as they come.", evidence.candidate_states),
    Assumption(
        "a candidate's status is set by status",
        "`set_status` is refused.",
        evidence.works("update the candidate's status"),
    ),
    Assumption(
        "fields of a shortlist",
        "`shortlists` has gaps.",
        fields("id name description job_id candidates_count created_at", "create a shortlist"),
    ),
    Assumption(
        "candidates are added by candidate_ids, and added and skipped are said",
        "`shortlists.add` is refused, or its counts are missing.",
        fields("added skipped", "add to the shortlist"),
    ),
    Assumption(
        "fields of a webhook",
        "A webhook cannot be deleted or tested by its id.",
        fields("id url events secret active consecutive_failures created_at", "register a webhook"),
    ),
    Assumption(
        "a webhook's secret is whole only at registration",
        "Whoever may list webhooks can sign deliveries.",
        evidence.secret,
    ),
    Assumption(
        "the form, the headers and the retries of a delivery",
        "The receiver refuses what it cannot verify, and the run polls; `header=` names another header.",
        unasked("not seen: it takes an address that the service can reach"),
    ),
)
