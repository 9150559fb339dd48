"""One request and its answer over aiohttp, on one slot of the rate limit and within the time it was given.

Whatever ends it, the slot is settled here, where it is known whether the request can have reached the service.
"""

from __future__ import annotations

import functools
import math
import sys
import time
import typing
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import aiohttp
import anyio.to_thread
from aiohttp import hdrs
from multidict import CIMultiDict, istr
from yarl import URL

from cvsense_async import errors, log
from cvsense_async.api import codec
from cvsense_async.api.endpoint import Call, UploadFile

from .answers import PDF_HEAD, Answer, is_pdf
from .headers import asked_pause, count
from .limiter import Limiter, Permit
from .multipart import FilePart, MultipartBody
from .overdue import Overdue
from .redaction import redacted, without_frames
from .retry import End
from .settings import MIB

ANSWER_LIMIT = 64 * MIB

CHUNK = 64 * 1024
"""Bytes of an answer that are written to a file in one step."""

BROKEN_GRACE = 1.0
"""Seconds for which a request whose connection broke may still be counted by the service."""

HOPELESS = (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)
"""What will fail again however often it is tried."""

NO_HEADERS: Mapping[str, str] = {}

_LIMIT, _REMAINING = istr("X-RateLimit-Limit"), istr("X-RateLimit-Remaining")


class AttemptFailed(Exception):
    """An attempt without a whole answer; becomes the error that the caller sees once it is known what to do."""

    def __init__(self, end: End, kind: type[errors.TransportError], words: str) -> None:
        super().__init__(words)
        self.end = end
        self.kind = kind
        self.words = words

    def error(self, context: dict[str, Any]) -> errors.TransportError:
        """The error for the caller."""
        made = self.kind(self.words, **context)
        made.__cause__ = self.__cause__
        return made


class Exchange:
    """The connection to one service with one key. Belongs to the event loop in which `http` was opened."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        base_url: URL,
        key: Callable[[], str],
        limiter: Limiter,
        upload_field: str,
        proxy: str | None = None,
        user_agent: str = "cvsense-async",
        longest_pause: float = 300.0,
    ) -> None:
        self.base: str = str(base_url)
        self._http = http
        self._key = key
        self._limiter = limiter
        self._upload_field = upload_field
        self._proxy = proxy
        self._user_agent = user_agent
        self._longest_pause = longest_pause
        self._well_at = -math.inf  # when the latest answer came that was neither a refusal nor a failure
        self._overdue = Overdue()
        self._headers: dict[str, CIMultiDict[str]] = {}
        self._headers_key = ""

    async def aclose(self) -> None:
        """Close the connections."""
        self._overdue.close()
        await self._http.close()

    async def attempt(
        self,
        call: Call[Any],
        wire: codec.WireRequest,
        permit: Permit,
        allowed: float,
        into: BinaryIO | None = None,
        along: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        """Send one request within `allowed` seconds, with the headers of `along`; a success's body goes `into` a file.

        Raises `AttemptFailed` where no whole answer came. The permit is ended, however this ends.
        """
        if self._http.closed:
            permit.unsent()
            raise errors.SessionClosed("the session was closed while this call was under way")
        upload = self._upload(call)
        as_json = upload is None and wire.json is not None
        handled = sys.exception()
        try:
            with self._overdue.after(allowed):
                response = await self._http.request(
                    wire.method,
                    _url(self.base, wire.path, wire.query),
                    headers=self._headers_for(call, along, as_json=as_json),
                    data=codec.dump(wire.json) if as_json else upload,
                    allow_redirects=False,
                    proxy=self._proxy,
                )
                try:
                    answer = await self._answer(call, response, permit, into)
                finally:
                    if not response.closed:
                        response.release()  # which breaks off what of the body has not been sent
                    if as_json or upload is not None:
                        await response.wait_for_close()
                if upload is not None:
                    answer.sent = upload.sent
                return answer
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            permit.unsent()
            without_frames(error, handled)
            raise AttemptFailed(End.UNSENT, errors.ConnectionFailed, _why_unreachable(error)) from error
        except aiohttp.ClientHttpProxyError as error:
            permit.unsent()
            words = f"the proxy refused with status {error.status}"
            raise AttemptFailed(End.UNSENT, errors.ConnectionFailed, words) from None
        except errors.ConfigurationError:
            permit.unsent()
            raise
        except aiohttp.InvalidURL:
            permit.unsent()
            raise errors.ConfigurationError("the base URL or the proxy's URL cannot be used") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            if upload is not None and upload.failure is not None:
                permit.unknown()
                raise upload.failure from None  # the body was broken off before its end, so nothing was taken
            permit.unknown(grace=BROKEN_GRACE)
            words = "the connection ended before the whole answer was there"
            cause = None if isinstance(error, aiohttp.ClientResponseError) else without_frames(error, handled)
            raise AttemptFailed(End.AMBIGUOUS, errors.ConnectionLost, words) from cause
        except TimeoutError:
            permit.unknown()
            words = f"no whole answer within {allowed:.3g} s"
            raise AttemptFailed(End.AMBIGUOUS, errors.CallTimeout, words) from None
        except BaseException as error:
            permit.unknown()
            without_frames(error, handled)
            raise
        finally:
            if upload is not None:
                await upload.close()

    async def _answer(
        self, call: Call[Any], response: aiohttp.ClientResponse, permit: Permit, into: BinaryIO | None
    ) -> Answer:
        """The answer whose headers have come; they settle the slot."""
        status, headers = response.status, response.headers
        permit.answered(
            limit=count(headers.get(_LIMIT)), remaining=count(headers.get(_REMAINING)), refused=status == 429
        )
        if status < 500 and status != 429:
            self._well_at = time.monotonic()
        elif status == 429:
            self._refused(call, headers)
        elif status == 503:
            self._unavailable(call, headers)
        if into is not None and 200 <= status < 300:
            head = await _head(response)
            if is_pdf(head, headers) or not call.__endpoint__.binary:
                await _pour(response, into, head)
                return Answer(status, headers, b"", poured=True)
            return Answer(status, headers, head + await _read(response), redact=self._redact)
        return Answer(status, headers, await _read(response), redact=self._redact)

    def _redact(self, text: str) -> str:
        return redacted(text, self._key().strip())

    def _refused(self, call: Call[Any], headers: Mapping[str, str]) -> None:
        """A 429 came: it closes the gate for every caller."""
        self._limiter.refused(retry_after=self._asked_pause(429, headers))
        state = self._limiter.state
        log.limiter_refused(
            operation=call.__endpoint__.operation,
            paused_for=state.paused_for,
            foreign=state.foreign,
            strict=state.strict,
        )

    def _unavailable(self, call: Call[Any], headers: Mapping[str, str]) -> None:
        """A 503 came: what it asks for closes the gate for every caller, and so does one among successes, for a moment.

        Those are how some limiters refuse, without a word on when to come back (nginx does by default); while nothing
        succeeds the service itself is down, and each call comes back in its own time.
        """
        pause = self._asked_pause(503, headers)
        per = self._limiter.rate.per
        if pause is None and time.monotonic() - self._well_at < per / 12:
            pause = per / 60
        if pause is not None:
            self._limiter.pause(pause)
            log.limiter_paused(operation=call.__endpoint__.operation, paused_for=pause)

    def _asked_pause(self, status: int, headers: Mapping[str, str]) -> float | None:
        """The seconds that an answer asks to wait, within what this client waits at most."""
        asked = asked_pause(headers, status=status, now=time.time())
        return None if asked is None else min(asked, self._longest_pause)

    def _upload(self, call: Call[Any]) -> MultipartBody | None:
        files, field = files_of(call), self._upload_field
        if not files:
            return None
        return MultipartBody(
            [FilePart(field, file.filename, file.content_type, file.size, file.open, file.sha256) for file in files]
        )

    def _headers_for(self, call: Call[Any], along: Mapping[str, str], *, as_json: bool) -> CIMultiDict[str]:
        key = self._key().strip()
        if key != self._headers_key:
            if not key or not key.isascii() or not key.isprintable() or " " in key:
                del key  # no frame of an error holds it
                raise errors.ConfigurationError("the API key holds characters that cannot be part of a key")
            common = {hdrs.AUTHORIZATION: f"Bearer {key}", hdrs.USER_AGENT: self._user_agent}
            # JSON stands first for the report, too: some frameworks tell their errors as pages, or by a redirect to a
            # login, to whom does not ask for JSON first.
            accepted = {"json": "application/json", "pdf": "application/json, application/pdf"}
            self._headers = {what: CIMultiDict({**common, hdrs.ACCEPT: media}) for what, media in accepted.items()}
            self._headers_key = key
        headers = self._headers["pdf" if call.__endpoint__.binary else "json"]
        if along or as_json:
            headers = CIMultiDict({**along, **headers})
        if as_json:
            headers[hdrs.CONTENT_TYPE] = "application/json"
        return headers


def files_of(call: Call[Any]) -> tuple[UploadFile, ...]:
    """The files that a call uploads."""
    upload = call.__endpoint__.upload
    return typing.cast("tuple[UploadFile, ...]", getattr(call, upload)) if upload is not None else ()


@functools.lru_cache(maxsize=256)
def _url(base: str, path: str, query: tuple[tuple[str, str], ...]) -> URL:
    """Where a call goes; a batch that is polled is asked for at the same place again and again."""
    return URL(base + path, encoded=True).with_query(query)


def _why_unreachable(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the service's host name was not found"
    if isinstance(error, HOPELESS):
        return "the service's certificate was refused: a private CA is given with ca_file= or ssl_context="
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return "the proxy could not be reached"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "the service could not be reached in time"
    return "the service could not be reached"


async def _head(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of a body, as many as tell what it is."""
    head = b""
    while len(head) < PDF_HEAD and not response.content.at_eof():
        head += await response.content.readany()
    return head


async def _pour(response: aiohttp.ClientResponse, into: BinaryIO, head: bytes) -> None:
    """The body, whose `head` was read, into a file from its beginning; aiohttp raises where it does not come whole."""

    def begin() -> None:
        into.seek(0)
        into.truncate()
        into.write(head)

    await anyio.to_thread.run_sync(begin)
    async for chunk in response.content.iter_chunked(CHUNK):
        await anyio.to_thread.run_sync(into.write, chunk)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, within bounds.

    An error whose words do not come whole is that error all the same: a server may close before it has read the body.
    """
    content = response.content
    try:
        body = await content.readany()
        if content.at_eof():
            return body
        chunks: list[bytes] = []
        size = 0
        while body:
            size += len(body)
            if size > ANSWER_LIMIT:
                raise aiohttp.ClientPayloadError("the answer is too large")
            chunks.append(body)
            body = await content.readany()
    except (aiohttp.ClientError, ConnectionError):
        if response.status < 400:
            raise
        return b""
    return b"".join(chunks)
