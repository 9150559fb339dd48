"""What the answers of a walk say of one assumed line: each judge gives whether it holds, and what was found.

`None` is "not seen": a step that was not reached says nothing. Pure, so that it is tested without a service.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from cvsense_async.api import codec
from cvsense_async.api.candidates import CandidateStatus
from cvsense_async.api.screening import BatchStatus, Classification, Importance

from . import invented
from .asked import Answer
from .walk import BOM, document, held, items, status_of

Found = tuple[bool | None, str]
NOT_SEEN: Found = (None, "not seen")
LISTS = ("jobs", "candidates", "shortlists", "webhooks", "results", "applications", "usage")
PAGE_FACTS = ("current_page", "per_page", "total", "last_page")


class Seen:
    """The answers of a walk, by step; a step that was asked again has several."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers: list[Answer] = [answer for answer in answers if answer.status]

    def all(self, step: str) -> list[Answer]:
        """Every answer of a step."""
        return [answer for answer in self.answers if answer.step == step]

    def first(self, step: str) -> Answer | None:
        """The first answer of a step."""
        return next(iter(self.all(step)), None)

    def last(self, step: str) -> Answer | None:
        """The last answer of a step."""
        found = self.all(step)
        return found[-1] if found else None

    def held(self, step: str) -> dict[str, Any] | None:
        """The object that the last answer of a step holds."""
        return held(self.last(step))

    def item(self, *steps: str) -> dict[str, Any] | None:
        """The first object of the first of these lists that has one."""
        for step in steps:
            found = items(self.last(step))
            if found and codec.is_object(found[0]):
                return found[0]
        return None

    def balance(self, step: str) -> float | None:
        """The balance that was read in a step."""
        said: Any = (self.held(step) or {}).get("balance")
        try:
            return float(said) if said is not None else None
        except (TypeError, ValueError):
            return None


def fields(names: str, *steps: str, listed: bool = False) -> Callable[[Seen], Found]:
    wanted = names.split()

    def judge(seen: Seen) -> Found:
        found = seen.item(*steps) if listed else next((one for step in steps if (one := seen.held(step))), None)
        if found is None:
            return NOT_SEEN
        missing = [name for name in wanted if name not in found]
        more = [name for name in found if name not in wanted]
        words = "missing: " + ", ".join(missing) if missing else "all there"
        return not missing, words + (f"; also {', '.join(map(str, more[:8]))}" if more else "")

    return judge


def refused(step: str, status: int) -> Callable[[Seen], Found]:
    def judge(seen: Seen) -> Found:
        answer = seen.first(step)
        return NOT_SEEN if answer is None else (answer.status == status, f"answered with {answer.status}")

    return judge


def unasked(why: str) -> Callable[[Seen], Found]:
    return lambda _: (None, why)


def methods(seen: Seen) -> Found:
    wrong = sorted({f"{answer.method} {answer.step}" for answer in seen.answers if answer.status == 405})
    if wrong:
        return False, "refused with 405: " + ", ".join(wrong)
    walked = {answer.method for answer in seen.answers if answer.fine}
    return (True, "none was refused") if len(walked) >= 4 else NOT_SEEN


def on_429(seen: Seen) -> Found:
    refused = [answer for answer in seen.answers if answer.status == 429]
    if not refused:
        return None, "no 429 came"
    absent = [name for name in ("Retry-After", "X-RateLimit-Reset") if name not in refused[0].headers]
    return not absent, "missing: " + ", ".join(absent) if absent else "both there"


def lists(seen: Seen) -> Found:
    """Whether each list has `data` as an array and a `meta` with the page's facts."""
    odd: dict[str, list[str]] = {}
    some = False
    for name in LISTS:
        answer = seen.last(name)
        if answer is None or not answer.fine:
            continue
        some = True
        if (found := _form_of_list(document(answer), bare=name == "usage")) is not None:
            odd.setdefault(found, []).append(name)
    words = "; ".join(f"{', '.join(names)}: {found}" for found, names in odd.items())
    return (not odd, words or "data and meta everywhere") if some else NOT_SEEN


def _form_of_list(said: Any, *, bare: bool) -> str | None:
    """What is odd about a list's form; `bare`: it needs no facts."""
    data = said.get("data") if codec.is_object(said) else None
    facts: Any = said.get("meta") if codec.is_object(said) else None
    if codec.is_object(data) and data and all(key.isdigit() for key in data):
        return "an object with numbers for keys"
    if not codec.is_array(data):
        return form(said)
    if bare:
        return None
    if not codec.is_object(facts):
        return f"no meta, but {form(said)}"
    missing = [fact for fact in PAGE_FACTS if fact not in facts]
    return f"meta without {', '.join(missing)}" if missing else None


def form(said: Any) -> str:
    if codec.is_object(said):
        inside: Any = said.get("data")
        within = f" with {', '.join(sorted(inside)[:6])} in data" if codec.is_object(inside) else ""
        return "{" + ", ".join(sorted(said)[:6]) + "}" + within
    return "a bare array" if codec.is_array(said) else "no JSON object"


def arrays(seen: Seen) -> Found:
    result = seen.item("results") or seen.held("result")
    places = {"skills": result, "strengths": result, "items of an upload": seen.held("upload")}
    odd = [name for name, held in places.items() if held and codec.is_object(held.get(name.partition(" ")[0]))]
    marked = [answer.step for answer in seen.answers if answer.body.startswith(BOM)]
    broken = [answer.step for answer in seen.answers if answer.step != "report" and _not_json(answer)]
    words = [f"an object in place of a list: {', '.join(odd)}"] if odd else []
    words += [f"a byte order mark before the JSON: {', '.join(marked[:3])}"] if marked else []
    words += [f"not JSON alone, but {beginning(seen, broken[0])}: {', '.join(broken[:3])}"] if broken else []
    if words:
        return False, "; ".join(words)
    return (True, "arrays, and nothing before the JSON") if result else NOT_SEEN


def _not_json(answer: Answer) -> bool:
    """Whether a success has something before its JSON, or none at all."""
    return answer.fine and bool(answer.body.strip()) and answer.body.removeprefix(BOM).lstrip()[:1] not in (b"{", b"[")


def beginning(seen: Seen, step: str) -> str:
    answer = next(one for one in seen.all(step) if _not_json(one))
    return f"{answer.headers.get('Content-Type', 'something').partition(';')[0]} of {len(answer.body)} bytes"


def per_page(seen: Seen) -> Found:
    for step, most in (("jobs", 2), ("candidates", 2), ("results", 1)):
        found = items(seen.last(step))
        if found is not None and len(found) > most:
            return False, f"{step}: asked for {most}, got {len(found)}"
    full = [step for step, most in (("jobs", 2), ("candidates", 2)) if len(items(seen.last(step)) or ()) == most]
    return (True, "as asked") if full else (None, "the lists are too short to tell")


def errors(seen: Seen) -> Found:
    refused = [answer for answer in seen.answers if answer.status >= 400 and answer.status != 429]
    odd: list[str] = []
    for answer in refused:
        said = document(answer)
        if not codec.is_object(said) or said.get("success") is not False or not isinstance(said.get("message"), str):
            odd.append(f"{answer.status} ({answer.step}): {form(said)}")
    return (not odd, "; ".join(odd[:3]) or "as assumed") if refused else NOT_SEEN


def by_field(seen: Seen) -> Found:
    answer = seen.first("a job without a title")
    if answer is None:
        return NOT_SEEN
    said = document(answer)
    errors: Any = said.get("errors") if codec.is_object(said) else None
    good = answer.status == 422 and codec.is_object(errors) and "title" in errors
    return good, f"answered with {answer.status}" + ("" if good else f", {form(said)}")


def times(seen: Seen) -> Found:
    sources = (seen.held("create a job"), seen.held("create a batch"), seen.item("usage at last", "usage"))
    made = [found["created_at"] for found in sources if found is not None and found.get("created_at") is not None]
    if not made:
        return NOT_SEEN
    odd = sorted({kind_of_time(one) for one in made} - {""})
    return not odd, "; ".join(odd) or "ISO 8601 with an offset"


def kind_of_time(said: Any) -> str:
    if isinstance(said, str):
        try:
            return "" if datetime.datetime.fromisoformat(said).tzinfo is not None else "no offset"
        except ValueError:
            return "text in another form"
    if codec.is_object(said):
        return "an object with " + ", ".join(sorted(said)[:4])
    return "a number"


def newest_first(seen: Seen) -> Found:
    found = items(seen.last("usage at last")) or items(seen.last("usage")) or []
    times = [str(one.get("created_at")) for one in found if codec.is_object(one)]
    if len(set(times)) < 2:
        return None, "too few to tell"
    newest = times == sorted(times, reverse=True)
    return newest, "yes" if newest else "no"


def created_by_text(seen: Seen) -> Found:
    texts, ids = seen.last("create a batch by text"), seen.last("create a batch")
    asked = [answer for answer in (texts, ids) if answer is not None]
    odd = [f"{answer.step}: {answer.status}" for answer in asked if not answer.fine]
    return (not odd, ", ".join(odd) or "by text and by job") if asked else NOT_SEEN


def batch_id(seen: Seen) -> Found:
    found = seen.held("create a batch") or seen.held("create a batch by text")
    return NOT_SEEN if found is None else ("id" in found, "id" if "id" in found else ", ".join(list(found)[:6]))


def states(seen: Seen) -> Found:
    known = {str(word.value) for word in BatchStatus}
    said = [
        str(found["status"])
        for answer in seen.answers
        if "batch" in answer.path and (found := held(answer)) is not None and isinstance(found.get("status"), str)
    ]
    if not said:
        return NOT_SEEN
    odd = sorted(set(said) - known)
    return not odd, f"other words: {', '.join(odd[:5])}" if odd else ", ".join(dict.fromkeys(said))


def field_name(seen: Seen) -> Found:
    answer = seen.last("upload") or seen.last("upload and cancel")
    if answer is None:
        return NOT_SEEN
    if answer.fine:
        return True, "taken"
    return (False, "answered with 422") if answer.status == 422 else (None, f"answered with {answer.status}")


def named(seen: Seen) -> Found:
    found = seen.held("upload") or seen.held("upload and cancel")
    if found is None:
        return NOT_SEEN
    told = items_of(found.get("items")) + items_of(found.get("rejected"))
    if not told:
        return False, "no file is named"
    names = [one.get("filename") for one in told]
    return names == [invented.FILE_NAME], "as sent" if names == [invented.FILE_NAME] else "another name than was sent"


def items_of(said: Any) -> list[dict[str, Any]]:
    """The objects of a list in an answer, also of one that became an object."""
    inside = list(said.values()) if codec.is_object(said) else said if codec.is_array(said) else []
    return [one for one in inside if codec.is_object(one)]


def wrong_type(seen: Seen) -> Found:
    answer = seen.first("upload a text file")
    if answer is None:
        return NOT_SEEN
    taken = (seen.held("after the text file") or {}).get("total")
    after = f", {taken} taken" if taken not in (None, 0, "0") else ""
    return answer.status == 422 and not after, f"answered with {answer.status}{after}"


def moved(before: str, after: str, step: str, words: str, *, by: int) -> Callable[[Seen], Found]:
    def judge(seen: Seen) -> Found:
        start, end, done = seen.balance(before), seen.balance(after), seen.last(step)
        if start is None or end is None or done is None or not done.fine:
            return NOT_SEEN
        return start - end == by, f"the balance went from {start:,.0f} to {end:,.0f} {words}"

    return judge


def state_of(seen: Seen) -> Found:
    found = seen.held("status")
    if found is None:
        return NOT_SEEN
    wanted = ("batch_id", "status", "total", "processed", "failed", "progress", "estimated_seconds_remaining")
    missing = [name for name in wanted if name not in found]
    return not missing, "missing: " + ", ".join(missing) if missing else "all there"


def credits_used(seen: Seen) -> Found:
    found = seen.held("status")
    if found is None:
        return NOT_SEEN
    if "credits_used" not in found:
        return False, "not there"
    if str(found.get("processed")) == "0":
        return None, "nothing was processed"
    return str(found["credits_used"]) == "1", f"{str(found['credits_used'])[:20]} for one CV"


def words(seen: Seen) -> Found:
    result = seen.held("result") or seen.item("results")
    skills = items_of(result.get("skills")) if result is not None else []
    if not skills:
        return NOT_SEEN
    known = ({str(one.value) for one in Classification}, {str(one.value) for one in Importance})
    odd = sorted(
        {
            str(skill.get(name))
            for skill in skills
            for name, words in zip(("classification", "importance"), known, strict=True)
            if skill.get(name) not in words
        }
    )
    return not odd, f"other words: {', '.join(odd[:5])}" if odd else f"{len(skills)} skills"


def report_pdf(seen: Seen) -> Found:
    answer = seen.last("report")
    if answer is None:
        return NOT_SEEN
    pdf = answer.fine and b"%PDF-" in answer.body[:1024]
    return pdf, "a PDF" if pdf else f"{answer.status}, {answer.headers.get('Content-Type', 'no type')}"


def candidate_states(seen: Seen) -> Found:
    said = [
        str(one["status"])
        for step in ("candidates", "candidates of the job")
        for one in items(seen.last(step)) or ()
        if codec.is_object(one) and isinstance(one.get("status"), str)
    ]
    odd = sorted(set(said) - {str(one.value) for one in CandidateStatus})
    return (
        (not odd, f"other words: {', '.join(odd[:5])}" if odd else ", ".join(sorted(set(said)))) if said else NOT_SEEN
    )


def secret(seen: Seen) -> Found:
    made = seen.held("register a webhook")
    if made is None:
        return NOT_SEEN
    if not isinstance(made.get("secret"), str):
        return False, "no secret at registration"
    listed = [one for one in items(seen.last("webhooks with one")) or () if codec.is_object(one)]
    whole = any(one.get("secret") == made["secret"] for one in listed)
    return not whole, "the list shows it whole" if whole else "whole at registration only"


def fresh(seen: Seen) -> Found:
    wrote = (
        ("create a job", "read the job"),
        ("upload", "status before the start"),
        ("start", "status"),
        ("cancel", "cancel: status"),
    )
    odd: list[str] = []
    some = False
    for write, read in wrote:
        done, then = seen.last(write), seen.first(read)
        if done is None or not done.fine or then is None:
            continue
        some = True
        if then.status in (404, 409):
            odd.append(f"{then.status} for {read} right after {write}")
    if any(status_of(answer) == "completed" for answer in seen.all("status")):
        late = [answer for answer in seen.all("results")[:-1] if answer.status in (404, 409) or not items(answer)]
        odd += [f"results came only at reading {len(late) + 1}"] if late else []
    held_at, uploaded = seen.held("status before the start") or {}, seen.last("upload")
    if str(held_at.get("total")) == "0" and uploaded is not None and uploaded.fine:
        odd.append("the total is 0 right after the upload")
    return (not odd, "; ".join(odd) or "what was written is there at once") if some else NOT_SEEN


def works(step: str) -> Callable[[Seen], Found]:
    """Whether a step was answered with a success."""

    def judge(seen: Seen) -> Found:
        answer = seen.last(step)
        return NOT_SEEN if answer is None else (answer.fine, f"answered with {answer.status}")

    return judge
