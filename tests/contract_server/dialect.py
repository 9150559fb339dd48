"""How the service words what it says: envelopes, pages, errors, ids, times and the variants of each.

The contract lets the service choose among these, so the words live here, apart from what they say.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from unicodedata import normalize
from urllib.parse import quote

from . import pages
from .options import Options
from .wire import Answer, Request, json_answer

HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>nginx</body></html>"
OPTIONAL = {
    "job_id", "candidate_id", "estimated_seconds_remaining", "section", "page", "experience_years", "phone",
    "job_posting_limit", "application_limit_per_job",
}  # fmt: skip
NUMBER_OF_ID = 100


def html_answer(status: int, title: str) -> Answer:
    """A proxy's page."""
    return Answer(status, HTML.format(f"{status} {title}").encode(), "text/html; charset=utf-8")


class Dialect:
    """Words things as the options say."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._ids = NUMBER_OF_ID

    def new_id(self, kind: str) -> Any:
        """A new id; `kind` is one letter."""
        self._ids += 1
        match self.options.ids:
            case "uuid":
                return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.options.seed}-{kind}-{self._ids}"))
            case "numeric":
                return f"{self._ids:07d}"
            case "odd":
                return f"{kind}:{self._ids} é+%41?x=1&y#~'(;)"
            case _:
                return self._ids

    def time(self, seconds: float | None) -> Any:
        """A moment (Unix seconds) as the service tells it."""
        if seconds is None:
            return None
        moment = datetime.fromtimestamp(seconds, UTC)
        match self.options.times:
            case "plain":
                return moment.strftime("%Y-%m-%d %H:%M:%S")
            case "offset":
                return moment.astimezone(timezone(timedelta(hours=1))).isoformat(timespec="microseconds")
            case "int":
                return int(seconds)
            case "php":
                return {"date": moment.strftime("%Y-%m-%d %H:%M:%S.%f"), "timezone_type": 3, "timezone": "UTC"}
            case _:
                return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def filename(self, name: str) -> str:
        """A file's name as the service gives it back."""
        match self.options.upload_filenames:
            case "nfc":
                return normalize("NFC", name)
            case "basename":
                return re.split(r"[/\\]", name)[-1]
            case _:
                return name

    def bend(self, content: Any, name: str = "") -> Any:
        """Apply unknown fields, nulls and numbers as strings, all the way down."""
        options = self.options
        if isinstance(content, dict):
            fields = cast("dict[str, Any]", content)
            bent = {key: self.bend(value, key) for key, value in fields.items()}
            if options.null_optionals:
                named = {"name"} if "total_files" in bent else {"name", "email"} if name == "candidate" else set[str]()
                bent.update(dict.fromkeys((OPTIONAL | named) & bent.keys()))
            if options.unknown_fields:
                bent["x_unheard_of"] = {"value": [1, None, "text"]}
            return bent
        if isinstance(content, list):
            return [self.bend(value, name) for value in content]  # pyright: ignore[reportUnknownVariableType]
        number = isinstance(content, int | float) and not isinstance(content, bool)
        if options.numbers_as_strings and number and name != "id" and not name.endswith(("_id", "_ids")):
            return str(content)
        return content

    def _bent(self, status: int, content: dict[str, Any]) -> Answer:
        options = self.options
        if options.unknown_fields or options.null_optionals or options.numbers_as_strings:
            content = self.bend(content)
        return json_answer(status, content)

    def success(self, content: Any, status: int = 200) -> Answer:
        """A success with content."""
        return self._bent(status, {"success": True, "data": content})

    def done(self, content: Any, message: str) -> Answer:
        """A success whose content is a courtesy: it may be left out."""
        match self.options.empty_answers:
            case "message":
                return json_answer(200, {"success": True, "message": message})
            case "none":
                return Answer(204)
            case _:
                return self.success(content)

    def status(self, word: str) -> str:
        """A batch's status as the service words it."""
        word = self.options.status_words.get(word, word)
        match self.options.statuses:
            case "upper":
                return word.upper()
            case "title":
                return word.title()
            case _:
                return word

    def list(self, content: Any) -> Any:
        """A list within an object, as PHP may word it."""
        return pages.as_list(content, self.options.inner_lists)

    def listing(
        self, every: Sequence[Any], request: Request, word: Callable[[Any], Any] | None = None, cap: int = 100
    ) -> Answer:
        """One page of a list; `word` turns an element of the page into its JSON."""
        path = "/" + "/".join(quote(piece, safe="") for piece in request.path)
        return self._bent(200, pages.worded(every, request.query, path, self.options, word or _as_it_is, cap))

    def nothing(self) -> Answer:
        """A list with nothing in it, whatever was asked for."""
        return self._bent(200, pages.worded([], {}, "", self.options, _as_it_is, 100))

    def error(self, status: int, message: str, errors: dict[str, list[str]] | None = None) -> Answer:
        """A refusal."""
        match self.options.errors:
            case "error":
                return json_answer(status, {"success": False, "error": message})
            case "error_object":
                return json_answer(status, {"success": False, "error": {"message": message, "code": f"E{status}"}})
            case "html":
                return html_answer(status, message)
            case "laravel":
                said: dict[str, Any] = {"message": message if errors or status in {401, 402, 429, 500} else ""}
                answer = json_answer(status, said | ({"errors": errors} if errors else {}))
                answer.proxy = status in {401, 405}
                return answer
            case _:
                content: dict[str, Any] = {"success": False, "message": message}
                if errors:
                    content["errors"] = errors
                return json_answer(status, content)


def _as_it_is(element: Any) -> Any:
    return element
