"""Walks through the endpoints for `cvsense doctor --paid`: makes, reads, and takes away again what can be.

It spends one credit. What costs one is sent once, whatever becomes of its answer; a step whose input never came is left
out, and what it would have shown is "not seen".
"""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Sequence
from typing import Any

import aiohttp

from cvsense_async.api import codec

from . import invented
from .asked import Answer, Asker, SentFile

POLL_SECONDS = 5.0
"""Between two polls of a batch [doc: 5 to 10 s], and between two readings of what is not there yet."""
LONGEST_SECONDS = 600.0
"""After which a batch that does not end is left."""
LAG_READINGS = 6
LONGEST_PAUSE = 65.0
"""After a 429; the documented window is 60 s."""
SHORTLIST = "cvsense doctor"
BOM = b"\xef\xbb\xbf"
HOOK = "https://cvsense-doctor.invalid/hook"
JOB = {"title": invented.TITLE, "description": invented.DESCRIPTION, "location": invented.LOCATION}
ENDS = ("complete", "done", "finish", "fail", "cancel", "expire", "error")


class Walk:
    """The steps so far. `left` says what stays at the service, `stuck` what should have gone and did not."""

    def __init__(self, asker: Asker) -> None:
        self.left: list[str] = []
        self.stuck: list[str] = []
        self._asker = asker
        self._job: Any = None
        self._candidate: Any = None
        self._hook: Any = None
        self._open: list[Any] = []

    async def go(self) -> None:
        """All of it; what was made is taken away again also where it breaks off."""
        try:
            for step in (self._reads, self._make_job, self._refusals, self._released, self._screened, self._others):
                if not await step():
                    break
        finally:
            await self._clean()

    async def _ask(
        self, step: str, path: str, *, method: str = "GET", sent: Any = None, files: Sequence[SentFile] = (), **how: str
    ) -> Answer:
        """One question; a 429 is waited for once, and where nothing whole comes back the status is 0."""
        try:
            answer = await self._asker.ask(path, step=step, method=method, sent=sent, files=files, **how)
            if answer.status == 429:
                said = answer.headers.get("Retry-After", "")
                await asyncio.sleep(min(LONGEST_PAUSE, float(said) if said.isdecimal() and len(said) < 5 else 60.0))
                answer = await self._asker.ask(path, step=step, method=method, sent=sent, files=files, **how)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return self._asker.missed(path, step, method, sent, files)
        return answer

    async def _reads(self) -> bool:
        for step, path in (
            ("candidates", "/candidates?per_page=2"),
            ("shortlists", "/shortlists"),
            ("webhooks", "/webhooks"),
        ):
            await self._ask(step, path)
        return True

    async def _make_job(self) -> bool:
        wrong = await self._ask("a job without a title", "/jobs", method="POST", sent={"description": "x"})
        if wrong.fine and (made_all_the_same := identity(wrong)) is not None:
            await self._take_away("the job", "/jobs", made_all_the_same)
        made = await self._ask("create a job", "/jobs", method="POST", sent=JOB)
        self._job = identity(made)
        self._lost(made, self._job, f"a job named {invented.TITLE!r}")
        if self._job is not None:
            path = f"/jobs/{quoted(self._job)}"
            await self._ask("read the job", path)
            await self._ask("update the job", path, method="PUT", sent={**JOB, "working_method": "hybrid"})
        return True

    def _lost(self, answer: Answer, made: Any, words: str) -> None:
        """Something may have been made whose id never came."""
        if made is None and (answer.fine or answer.status in (0, *range(500, 600))):
            self.stuck.append(f"perhaps {words}: the answer to its making told no id")

    async def _create(self, step: str) -> Any:
        by_text = {"job_title": invented.TITLE, "job_description": invented.DESCRIPTION, "name": SHORTLIST}
        by_job = {"job_id": self._job, "name": SHORTLIST}
        texts_only = self._job is None or step == "create a batch by text"
        answer = await self._ask(step, "/screening/batch", method="POST", sent=by_text if texts_only else by_job)
        if 400 <= answer.status < 500 and not texts_only:  # the walk goes on without the job
            answer = await self._ask(f"{step}, again by text", "/screening/batch", method="POST", sent=by_text)
        batch = identity(answer)
        if batch is not None:
            self._open.append(batch)
        return batch

    async def _cancel(self, step: str, batch: Any) -> bool:
        """Cancel, and see that it is so; a batch of which that is not certain stays on the list of open ones."""
        path = f"/screening/batch/{quoted(batch)}"
        answer = await self._ask(step, path, method="DELETE")
        state = await self._state(f"{step}: status", path)
        said = status_of(state) or status_of(answer)
        certain = (answer.fine or answer.status == 409) and "cancel" in said
        if certain and batch in self._open:
            self._open.remove(batch)
        return certain

    async def _state(self, step: str, path: str) -> Answer:
        """A batch's status; where a replica lags behind it is asked for again."""
        answer = await self._ask(step, f"{path}/status")
        for _ in range(LAG_READINGS):
            if answer.fine:
                break
            await asyncio.sleep(POLL_SECONDS)
            answer = await self._ask(step, f"{path}/status")
        return answer

    async def _refusals(self) -> bool:
        """A batch that never holds a CV: what is refused, and how."""
        batch = await self._create("create a batch by text")
        if batch is None:
            return True
        path = f"/screening/batch/{quoted(batch)}"
        text = SentFile("doctor-check.txt", "text/plain", b"This is no CV.\n")
        await self._ask("results before any", f"{path}/results")
        await self._ask("upload a text file", f"{path}/upload", method="POST", files=[text])
        await self._ask("after the text file", f"{path}/status")
        if await self._cancel("cancel an empty batch", batch):
            await self._ask("start a cancelled batch", f"{path}/start", method="POST")
            await self._ask("cancel a cancelled batch", path, method="DELETE")
        return True

    async def _upload(self, step: str, batch: Any) -> Answer:
        file = SentFile(invented.FILE_NAME, "application/pdf", invented.cv())
        return await self._ask(step, f"/screening/batch/{quoted(batch)}/upload", method="POST", files=[file])

    async def _released(self) -> bool:
        """A CV that is uploaded and never screened: its credit is held, and comes back on cancel."""
        batch = await self._create("create a batch to cancel")
        if batch is None:
            return True
        answer = await self._upload("upload and cancel", batch)
        await self._ask("credits while held", "/account/credits")
        if not await self._cancel("cancel", batch):
            return False
        await self._ask("credits after cancel", "/account/credits")
        return answer.status not in (402, 413)

    async def _screened(self) -> bool:
        """The CV that is paid for."""
        batch = await self._create("create a batch")
        if batch is None:
            return True
        path = f"/screening/batch/{quoted(batch)}"
        answer = await self._upload("upload", batch)
        await self._state("status before the start", path)
        started = await self._ask("start", f"{path}/start", method="POST") if answer.fine else None
        if started is None or not started.fine:
            return await self._cancel("cancel what was not started", batch)
        if not await self._ended(path):
            return True
        self._open.remove(batch)
        await self._ask("cancel an ended batch", path, method="DELETE")
        item = await self._results(path)
        if item is not None:
            await self._ask("result", f"{path}/results/{quoted(item)}")
            await self._ask("report", f"{path}/report/{quoted(item)}", accept="application/json, application/pdf")
        await self._ask("credits at last", "/account/credits")
        await self._ask("usage at last", "/account/usage")
        return True

    async def _ended(self, path: str) -> bool:
        stop = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < stop:
            status = status_of(await self._ask("status", f"{path}/status"))
            if any(end in status for end in ENDS):
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _results(self, path: str) -> Any:
        """The item's id; a list that is not there yet is asked for again. Only its own candidate is touched later."""
        for _ in range(LAG_READINGS):
            found = items(await self._ask("results", f"{path}/results?page=1&per_page=1"))
            if found:
                if not codec.is_object(found[0]):
                    return None
                self._candidate = found[0].get("candidate_id")
                return found[0].get("id", found[0].get("item_id"))
            await asyncio.sleep(POLL_SECONDS)
        return None

    async def _others(self) -> bool:
        """Candidates, shortlists and webhooks."""
        query = f"?job_id={quoted(self._job)}" if self._job is not None else ""
        if query:
            await self._ask("applications", f"/jobs/{quoted(self._job)}/applications")
            await self._ask("candidates of the job", f"/candidates{query}")
        candidate = self._candidate
        if candidate is not None:
            self.left.append("the invented candidate Alex Example: the API has no way to delete one")
            read = await self._ask("read the candidate", f"/candidates/{quoted(candidate)}")
            now = held(read)
            same = now.get("status") if now is not None else None
            if isinstance(same, str):
                path = f"/candidates/{quoted(candidate)}/status"
                await self._ask("update the candidate's status", path, method="PUT", sent={"status": same})
        await self._shortlist(candidate)
        sent = {"url": HOOK, "events": ["batch.completed"]}
        registered = await self._ask("register a webhook", "/webhooks", method="POST", sent=sent)
        self._hook = identity(registered)
        self._lost(registered, self._hook, f"a webhook to {HOOK}")
        if self._hook is not None:
            await self._ask("webhooks with one", "/webhooks")
            await self._ask("ping the webhook", f"/webhooks/{quoted(self._hook)}/test", method="POST")
        return True

    async def _shortlist(self, candidate: Any) -> None:
        there = items(next((a for a in self._asker.answers if a.step == "shortlists"), None)) or []
        ours = next((one for one in there if codec.is_object(one) and one.get("name") == SHORTLIST), None)
        if ours is not None:
            shortlist = ours.get("id")
        else:
            sent = {"name": SHORTLIST, "description": "Made by cvsense doctor; can be deleted."}
            shortlist = identity(await self._ask("create a shortlist", "/shortlists", method="POST", sent=sent))
        if shortlist is None:
            return
        self.left.append(f"the shortlist {SHORTLIST!r}: the API has no way to delete one")
        path = f"/shortlists/{quoted(shortlist)}/candidates"
        if candidate is not None:
            await self._ask("add to the shortlist", path, method="POST", sent={"candidate_ids": [candidate]})
        await self._ask("read the shortlist", path)

    async def _clean(self) -> None:
        for batch in list(self._open):
            if not await self._cancel("cancel what was left", batch):
                self.stuck.append(f"the batch {batch}: it could not be seen to have ended or been cancelled")
        for made, path, words in ((self._hook, "/webhooks", "the webhook"), (self._job, "/jobs", "the job")):
            if made is not None:
                await self._take_away(words, path, made)

    async def _take_away(self, words: str, path: str, made: Any) -> None:
        gone = await self._ask(f"delete {words}", f"{path}/{quoted(made)}", method="DELETE")
        if not gone.fine and gone.status != 404:
            self.stuck.append(f"{words} {made}: its deletion was answered with {gone.status or 'nothing'}")


def quoted(identity: Any) -> str:
    """An id as one segment of a path."""
    return urllib.parse.quote(str(identity), safe="")


def document(answer: Answer | None) -> Any:
    """The JSON of an answer, also behind a byte order mark or a warning, so that the walk goes on; else `None`."""
    if answer is None:
        return None
    body = answer.body.removeprefix(BOM)
    for start in (0, body.find(b"{")):
        try:
            return codec.parse(body[start:]) if start >= 0 else None
        except codec.Undecodable:
            continue
    return None


def held(answer: Answer | None) -> dict[str, Any] | None:
    """The object that a successful answer holds."""
    inside = codec.unwrap(document(answer)) if answer is not None and answer.fine else None
    return inside if codec.is_object(inside) else None


def identity(answer: Answer) -> Any:
    """The id of what was made."""
    found = held(answer) or {}
    return next((found[name] for name in ("id", "batch_id") if isinstance(found.get(name), int | str)), None)


def status_of(answer: Answer) -> str:
    """A batch's status in small letters, empty where it is not said."""
    return str((held(answer) or {}).get("status") or "").lower()


def items(answer: Answer | None) -> list[Any] | None:
    """The things in a list, in whatever form it comes; `None` where there is none."""
    inside: Any = document(answer) if answer is not None and answer.fine else None
    for _ in range(3):
        if codec.is_array(inside):
            return inside
        if not codec.is_object(inside):
            return None
        if inside and all(key.isdigit() for key in inside):
            return list(inside.values())
        inside = inside.get("data")
    return None
