"""What PHP and Laravel do to a request before the service's own code sees it, and to an answer on its way out.

Each was seen on PHP 8.2 and Laravel 8.83 behind nginx; docs/documented.md has the table.
"""

from __future__ import annotations

from .multipart import Part
from .options import Options
from .wire import Answer, json_answer

WARNING = (
    b"<br />\n<b>Warning</b>:  Undefined variable $plan in <b>/srv/app/public/index.php</b> on line <b>7</b><br />\n"
)
BOM = b"\xef\xbb\xbf"
PAGE = '<!DOCTYPE html>\n<html lang="en">\n    <head>\n        <title>{0}</title>\n    </head>\n</html>\n'
TITLES = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 419: "Page Expired", 429: "Too Many Requests"}


def expects_json(headers: dict[str, str]) -> bool:
    """Laravel's `expectsJson`: the type that the Accept header prefers is JSON, or a script asks and takes anything."""
    types = _preferred(headers.get("accept", ""))
    if types and ("/json" in types[0] or "+json" in types[0]):
        return True
    ajax = headers.get("x-requested-with") == "XMLHttpRequest" and "x-pjax" not in headers
    return ajax and (not types or types[0] in {"*/*", "*"})


def _preferred(accept: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for number, piece in enumerate(each for each in accept.split(",") if each.strip()):
        kind, *parameters = (word.strip() for word in piece.split(";"))
        weight = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        weighed.append((-float(weight), number, kind.lower()))
    return [kind for _, _, kind in sorted(weighed)]


def for_a_browser(answer: Answer, options: Options) -> Answer:
    """What Laravel says in place of this refusal where the caller does not expect JSON."""
    if answer.status == 401 and options.without_json == "redirect":
        return _redirect(f"{options.link_base}/login", answer)
    if answer.status == 401:
        return Answer(500, PAGE.format("Server Error").encode(), "text/html; charset=UTF-8", proxy=answer.proxy)
    if answer.status == 422:
        return _redirect(options.link_base, answer)
    page = PAGE.format(TITLES.get(answer.status, "Server Error")).encode()
    return Answer(answer.status, page, "text/html; charset=UTF-8", answer.headers, proxy=answer.proxy)


def _redirect(to: str, answer: Answer) -> Answer:
    headers = {**answer.headers, "Location": to}
    page = PAGE.format(f"Redirecting to {to}").encode()
    return Answer(302, page, "text/html; charset=utf-8", headers, proxy=answer.proxy)


def maintenance(options: Options) -> Answer:
    """`artisan down`: no rate headers, for nothing of the application has run."""
    answer = json_answer(503, {"message": "Service Unavailable"})
    answer.proxy = True
    if options.maintenance_retry_after is not None:
        answer.headers["Retry-After"] = str(options.maintenance_retry_after)
    return answer


def too_large(options: Options) -> Answer | None:
    """The answer to a body over `post_max_size`; None where the application runs on, without any file."""
    if options.over_post_max == "empty":
        return None
    answer = json_answer(413, {"message": ""})
    answer.proxy = True
    return answer


def let_in(files: list[Part], options: Options) -> tuple[list[Part], dict[str, list[str]]]:
    """The files that PHP hands on, and what Laravel's rules say of those that are too large for it."""
    if options.max_file_uploads is not None:
        files = files[: options.max_file_uploads]
    limit = options.upload_max_filesize
    if limit is None:
        return files, {}
    if options.over_filesize == "missing":
        return [part for part in files if part.size <= limit], {}
    words = {
        f"files.{number}": [f"The files.{number} failed to upload."]
        for number, part in enumerate(files)
        if part.size > limit
    }
    return files, words
