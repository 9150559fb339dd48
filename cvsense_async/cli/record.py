"""Writes down what `cvsense doctor` asked and was answered, without the key and without anything of a person.

What is kept is the form: names of fields, words of fixed vocabularies, small numbers, the shape of all else. Keeping
only what is known to be harmless holds also for fields that nobody has heard of; what is removed leaves its kind and
length. As a last net, every personal value that was seen anywhere is looked for in what is left.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import cvsense_async
from cvsense_async.api import codec, openapi
from cvsense_async.transport.connection import DEFAULT_BASE_URL

from . import invented
from .asked import Answer
from .ending import Stop
from .walk import document

PERSONAL = re.compile(
    r"name|e_?mail|phone|mobile|tel\b|address|contact|person|user|owner|file|url|secret|token|key|birth|linked|postcode",
    re.IGNORECASE,
)
"""Fields whose values may be a person's, a file's or a secret."""
WORDS = frozenset(
    {
        "status", "match_status", "type", "classification", "importance", "event", "events", "plan_key", "timezone",
        "employment_type", "working_method", "salary_currency", "salary_period", "code", "success",
    }
)  # fmt: skip
"""Fields that hold a word of a fixed vocabulary."""
HEADERS = frozenset(
    {
        "content-type", "content-length", "content-encoding", "transfer-encoding", "retry-after", "server", "allow",
        "cache-control", "connection", "vary", "x-powered-by",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,30}|[A-Z]{3}")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}|[a-z_]+\.\d{1,3}|\d{1,4}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?")
_SHORTEST = 3


def check_place(path: Path) -> None:
    """Raise `Stop` where a record cannot be written, before anything is asked."""
    if path.exists():
        raise Stop(f"--record {path}: this is there already; name a new file")
    if not path.parent.is_dir():
        raise Stop(f"--record {path}: there is no folder {path.parent}")


def write_record(path: Path, answers: Sequence[Answer], base_url: str, key: str) -> None:
    """Write the exchange, readable by its owner only. Raises `OSError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(recorded(answers, base_url, key))


def recorded(answers: Sequence[Answer], base_url: str, key: str) -> str:
    """The exchange as JSON text."""
    secrets = _personal_values(answers, key)
    ids: dict[str, str] = {}
    made = {
        "made_by": f"cvsense_async {cvsense_async.__version__}, cvsense doctor --record",
        "service": "the service's own address" if base_url.rstrip("/") == DEFAULT_BASE_URL else "another address",
        "exchanges": [_exchange(answer, secrets, ids) for answer in answers],
    }
    return json.dumps(made, indent=1).replace(key, "<key>") + "\n"


def _exchange(answer: Answer, secrets: frozenset[str], ids: dict[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {"method": answer.method, "path": _path(answer.path, ids)}
    if answer.sent is not None:
        asked["body"] = _clean(answer.sent, "", secrets, ids)
    if answer.files:
        asked["files"] = [{"content_type": one.content_type, "bytes": len(one.content)} for one in answer.files]
    body = document(answer)
    got: dict[str, Any] = {"status": answer.status, "headers": _headers(answer.headers, secrets)}
    got["body"] = _clean(body, "", secrets, ids, words=answer.status >= 400) if body is not None else _raw(answer.body)
    if body is not None and answer.body.startswith(b"\xef\xbb\xbf"):
        got["begins_with"] = "a byte order mark"
    return {"step": answer.step or "read", "asked": asked, "answered": got, "seconds": round(answer.seconds, 2)}


def _path(path: str, ids: dict[str, str]) -> str:
    parts = urlsplit(path)
    kept = [piece if re.fullmatch(r"[a-z]+", piece) or not piece else _id(unquote(piece), ids)
            for piece in parts.path.split("/")]  # fmt: skip
    pairs = parse_qsl(parts.query)
    query = "&".join(f"{name}={value if name in ('page', 'per_page') else '…'}" for name, value in pairs)
    return "/".join(kept) + (f"?{query}" if query else "")


def _id(value: Any, ids: dict[str, str]) -> str:
    """The same placeholder for the same id, whether it came as a number or as text."""
    return ids.setdefault(str(value), f"<id {len(ids) + 1}>")


def _headers(headers: Mapping[str, str], secrets: frozenset[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    others: list[str] = []
    for name, value in headers.items():
        small = name.lower()
        limited = (small in HEADERS or small.startswith(("x-ratelimit", "ratelimit"))) and not _holds(value, secrets)
        if limited and re.fullmatch(r"[\w/;=. ,+*()-]{0,80}", value):
            kept[name] = re.sub(r"boundary=\S+", "boundary=…", value)
        else:
            others.append(name if re.fullmatch(r"[A-Za-z-]{1,40}", name) else "…")
    return {**kept, "other_headers": sorted(set(others))}


def _raw(body: bytes) -> str:
    if not body:
        return "<nothing>"
    known = (b"%PDF-", b"<!DOCTYPE html", b"<html", b"<br />\n<b>Warning</b>", b"<br />\n<b>Deprecated</b>", b"{", b"[")
    start = body.lstrip(b"\xef\xbb\xbf \r\n\t")
    begins = next((one for one in known if start.lower().startswith(one.lower())), None)
    kind = f", begins with {begins.decode().splitlines()[-1]!r}" if begins is not None else ""
    return f"<{len(body)} bytes, no JSON{kind}>"


def _clean(value: Any, field: str, secrets: frozenset[str], ids: dict[str, str], *, words: bool = False) -> Any:
    """A value without what may be a person's. `words`: a refusal, whose messages stay as far as they are harmless."""
    if codec.is_object(value):
        made: dict[str, Any] = {}
        for number, (key, each) in enumerate(value.items(), 1):
            inherits = key.isdigit() or (key == "date" and "timezone" in value)
            inner = field if inherits else key
            made[_name(key, number, secrets)] = _clean(each, inner, secrets, ids, words=words)
        return made
    if codec.is_array(value):
        return [_clean(each, field, secrets, ids, words=words) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if re.search(r"(?:^|_)ids?$", field):
        return f"{_id(value, ids)} {'number' if isinstance(value, int) else 'text'}"
    if isinstance(value, int | float):
        small = abs(value) < 1_000_000 and not PERSONAL.search(field)
        return value if small else f"<number, {len(str(value))} characters>"
    return _text(str(value), field, secrets, words=words)


def _name(key: str, number: int, secrets: frozenset[str]) -> str:
    harmless = key in _contract()[0] or (_FIELD.fullmatch(key) and not _holds(key, secrets))
    return key if harmless else f"<field {number}, {len(key)} characters>"


def _text(value: str, field: str, secrets: frozenset[str], *, words: bool) -> str:
    if field.endswith("_at") and _TIME.fullmatch(value):
        return re.sub(r"\d", "0", value)
    if re.fullmatch(r"-?\d{1,6}(\.\d{1,4})?", value) and not PERSONAL.search(field):
        return value
    if field in WORDS and (value in _contract()[1] or (_WORD.fullmatch(value) and not _holds(value, secrets))):
        return value
    if value.startswith(("http://", "https://")) or (field.endswith(("url", "next", "prev")) and "?" in value):
        names = ", ".join(name for name, _ in parse_qsl(urlsplit(value).query) if re.fullmatch(r"[a-z_]{1,20}", name))
        return f"<url with {names}>" if names else "<url>"
    if words and field.partition(".")[0] in _SAID and (harmless := _harmless(value)):
        return harmless
    return f"<text, {len(value)} characters>"


_SAID = frozenset({"message", "error", "reason", "title", "files", "job_id", "code"})
_COMMON = frozenset(
    """
    a an and are as at be been batch body bad cancel cancelled candidate candidates characters conflict
    created credit credits data description does ended error exist failed field fields file files forbidden
    found gateway given greater has have id in internal invalid is it item items job kilobytes large longer
    many may maximum message method must no not of only or page payload pdf docx processing queued completed
    query required request results route selected server service start started status string supported than
    that the there this title to too type unauthenticated unauthorized unavailable unknown upload uploaded url
    valid was with yet attempts access denied resource entity model for json enough methods
    """.split()  # noqa: SIM905
)


def _harmless(value: str) -> str:
    """A message with every word that is not a common one of refusals left out."""
    kept = [word if word.strip(".,:;!?\"'()").lower() in _COMMON else "…" for word in value.split()[:40]]
    return " ".join(kept)


def _holds(text: str, secrets: frozenset[str]) -> bool:
    """Whether some word, or the whole, is a value that was seen as a person's."""
    small = text.lower()
    return small in secrets or not secrets.isdisjoint(re.split(r"[\W_]+", small))


def _personal_values(answers: Sequence[Answer], key: str) -> frozenset[str]:
    found = {key, invented.PERSON, invented.EMAIL, invented.FILE_NAME, *invented.PERSON.split()}
    for answer in answers:
        found.update(_values(document(answer), personal=False))
    return frozenset(one.lower() for one in found if len(one) >= _SHORTEST)


def _values(content: Any, *, personal: bool) -> Iterator[str]:
    if codec.is_object(content):
        for field, value in content.items():
            yield from _values(value, personal=personal or bool(PERSONAL.search(str(field))))
    elif codec.is_array(content):
        for value in content:
            yield from _values(value, personal=personal)
    elif personal and isinstance(content, str):
        yield content
        yield from re.split(r"[\W_]+", content)


_ENVELOPES = frozenset(
    """success data meta links errors error message code reason pagination current_page per_page total last_page from to
    path label active first last prev next first_page_url last_page_url next_page_url prev_page_url date timezone
    timezone_type""".split()  # noqa: SIM905
)


@functools.cache
def _contract() -> tuple[frozenset[str], frozenset[str]]:
    """The names of fields, and the words of vocabularies, that the contract itself has."""
    fields, words = set(_ENVELOPES), set[str]()

    def look(part: Any) -> None:
        if codec.is_object(part):
            fields.update(part.get("properties", {}))
            words.update(str(word) for word in part.get("enum", ()))
            for each in part.values():
                look(each)
        elif codec.is_array(part):
            for each in part:
                look(each)

    look(openapi.document())
    return frozenset(fields), frozenset(words)
