"""One request and its answer over aiohttp, on one slot of the rate limit and within the time it was given.

Whatever ends it, the slot is settled here, where it is known whether the request can have reached the service.
"""

from __future__ import annotations

import functools
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

from . import retry
from .answers import Answer
from .limiter import Limiter, Permit
from .multipart import FilePart, MultipartBody
from .overdue import Overdue
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
    ) -> None:
        self.base: str = str(base_url)
        self._http = http
        self._key = key
        self._limiter = limiter
        self._upload_field = upload_field
        self._proxy = proxy
        self._user_agent = user_agent
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
        data = self._body(call, wire)
        try:
            with self._overdue.after(allowed):
                response = await self._http.request(
                    wire.method,
                    _url(self.base, wire.path, wire.query),
                    headers=self._headers_for(call, data, along),
                    data=data,
                    allow_redirects=False,
                    proxy=self._proxy,
                )
                try:
                    return await self._answer(call, response, permit, into)
                finally:
                    if not response.closed:
                        response.release()
                    if data is not None:
                        await response.wait_for_close()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            permit.unsent()
            raise AttemptFailed(End.UNSENT, errors.ConnectionFailed, _why_unreachable(error)) from error
        except aiohttp.ClientHttpProxyError as error:
            permit.unsent()
            words = f"the proxy refused with status {error.status}"
            raise AttemptFailed(End.UNSENT, errors.ConnectionFailed, words) from None
        except aiohttp.InvalidURL:
            permit.unsent()
            raise errors.ConfigurationError("the base URL or the proxy's URL cannot be used") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            if isinstance(data, MultipartBody) and data.failure is not None:
                permit.unknown()
                raise data.failure from None  # the body was broken off before its end, so nothing was taken
            permit.unknown(grace=BROKEN_GRACE)
            words = "the connection ended before the whole answer was there"
            cause = None if isinstance(error, aiohttp.ClientResponseError) else error
            raise AttemptFailed(End.AMBIGUOUS, errors.ConnectionLost, words) from cause
        except TimeoutError:
            permit.unknown()
            words = f"no whole answer within {allowed:.3g} s"
            raise AttemptFailed(End.AMBIGUOUS, errors.CallTimeout, words) from None
        except BaseException:
            permit.unknown()
            raise
        finally:
            if isinstance(data, MultipartBody):
                await data.close()

    async def _answer(
        self, call: Call[Any], response: aiohttp.ClientResponse, permit: Permit, into: BinaryIO | None
    ) -> Answer:
        """The answer whose headers have come; they settle the slot."""
        status, headers = response.status, response.headers
        permit.answered(
            limit=_count(headers.get(_LIMIT)), remaining=_count(headers.get(_REMAINING)), refused=status == 429
        )
        if status == 429:
            self._refused(call, headers)
        if into is not None and 200 <= status < 300:
            await _pour(response, into)
            return Answer(status, headers, b"")
        return Answer(status, headers, await _read(response))

    def _refused(self, call: Call[Any], headers: Mapping[str, str]) -> None:
        """A 429 came: it closes the gate for every caller."""
        self._limiter.refused(retry_after=retry.asked_pause(headers, now=time.time()))
        state = self._limiter.state
        log.limiter_refused(
            operation=call.__endpoint__.operation,
            paused_for=state.paused_for,
            foreign=state.foreign,
            strict=state.strict,
        )

    def _body(self, call: Call[Any], wire: codec.WireRequest) -> MultipartBody | bytes | None:
        files = files_of(call)
        if files:
            field = self._upload_field
            return MultipartBody(
                [FilePart(field, file.filename, file.content_type, file.size, file.open, file.sha256) for file in files]
            )
        return None if wire.json is None else codec.dump(wire.json)

    def _headers_for(
        self, call: Call[Any], data: MultipartBody | bytes | None, along: Mapping[str, str]
    ) -> CIMultiDict[str]:
        key = self._key()
        if key != self._headers_key:
            common = {hdrs.AUTHORIZATION: f"Bearer {key}", hdrs.USER_AGENT: self._user_agent}
            accepted = {"json": "application/json", "pdf": "application/pdf"}
            self._headers = {what: CIMultiDict({**common, hdrs.ACCEPT: media}) for what, media in accepted.items()}
            self._headers_key = key
        headers = self._headers["pdf" if call.__endpoint__.binary else "json"]
        if along or isinstance(data, bytes):
            headers = CIMultiDict({**along, **headers})
        if isinstance(data, bytes):
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


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


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


async def _pour(response: aiohttp.ClientResponse, into: BinaryIO) -> None:
    """The body into a file, from its beginning; aiohttp raises where it does not come whole."""

    def begin() -> None:
        into.seek(0)
        into.truncate()

    await anyio.to_thread.run_sync(begin)
    async for chunk in response.content.iter_chunked(CHUNK):
        await anyio.to_thread.run_sync(into.write, chunk)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, within bounds.

    A refusal whose words do not come whole is a refusal all the same: a server may close before it has read the body.
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
        if not 400 <= response.status < 500:
            raise
        return b""
    return b"".join(chunks)
