"""The HTTP side: routes out of the registry; key, throttle, faults and the contract's forms around every handler.

A handler sees a request that was decoded and checked, and returns a model; all else happens here, once.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import hmac
import logging
import re
import typing
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from cvsense_async.api import codec, openapi
from cvsense_async.api.endpoint import Call, Endpoint, Page, Place, problems
from cvsense_async.api.registry import endpoints

from . import control, handlers
from .context import HANDLERS, REASONS, Context, Handler, Refusal, Services
from .faults import Fault

PREFIX = "/api/v1"
BODY_LIMIT = 1024 * 1024
log: Final = logging.getLogger("cvsense_async.sandbox")

SERVICES = web.AppKey("services", Services)
Inner = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADERS: contextvars.ContextVar[dict[str, str]] = contextvars.ContextVar("the headers of every response")


def build(services: Services) -> web.Application:
    """The application."""
    app = web.Application(middlewares=[_around], client_max_size=BODY_LIMIT)
    app[SERVICES] = services
    app.router.add_routes(control.routes(services, app_routes=PREFIX))
    for spec in endpoints():
        serve = functools.partial(_serve, spec, HANDLERS[spec.call], services)
        app.router.add_route(spec.method, PREFIX + spec.path, serve)
    return app


@web.middleware
async def _around(request: web.Request, handler: Inner) -> web.StreamResponse:
    """Every response has a request id and, except those of the sandbox itself, went through key and throttle."""
    services = request.app[SERVICES]
    headers = {"X-Request-Id": str(uuid.uuid4())}
    HEADERS.set(headers)
    try:
        control.check_host(request)
        if request.path.startswith(control.PREFIX):
            control.guard(request)
        else:
            _admit(request, services, headers)
        response = await handler(request)
    except Refusal as refusal:
        response = refused(refusal)
    except web.HTTPException as error:
        response = refused(Refusal(error.status if error.status in REASONS else 400))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception as error:
        log.error("an unexpected %s in %s %s", type(error).__name__, request.method, _template(request))
        response = refused(Refusal(500))
    if not response.prepared:
        response.headers.update(headers)
    return response


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "an unknown path"


def _admit(request: web.Request, services: Services, headers: dict[str, str]) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    right = services.options.key.encode()
    good = hmac.compare_digest(key.strip().encode("utf-8", "replace"), right) and scheme.lower() == "bearer"
    now = services.clock.now()
    verdict = services.throttles.ask(services.options.key if good else None, now)
    headers.update(services.throttles.headers(verdict, now))
    if not verdict.allowed:
        raise Refusal(429)
    if not good:
        headers["WWW-Authenticate"] = "Bearer"
        raise Refusal(401)


async def _serve(spec: Endpoint, handler: Handler, services: Services, request: web.Request) -> web.StreamResponse:
    fault = services.faults.strike(spec.operation) if services.faults.armed else None
    if fault is not None and fault.latency:
        await asyncio.sleep(fault.latency)
    if fault is not None and fault.when == "before" and (answer := _strike(fault, request)) is not None:
        return answer
    call = await _decode(spec, request)
    try:
        answer = answered(spec, await handler(call, Context(services, request)))
    except Refusal as refusal:
        answer = refused(refusal)
    if fault is not None and fault.when == "after" and (struck := _strike(fault, request)) is not None:
        return struck
    if fault is not None and fault.cut is not None:
        return await _cut(answer, fault.cut, request)
    return answer


async def _decode(spec: Endpoint, request: web.Request) -> Call[Any]:
    body: dict[str, Any] = {}
    given: dict[str, Any] = {}
    places = {field.place for field in spec.fields}
    if Place.UPLOAD in places:
        given = {field.name: () for field in spec.fields if field.place is Place.UPLOAD}
    elif Place.BODY in places:
        body = {name: _whole(value) for name, value in (await _body(request)).items()}
    try:
        call = codec.decode_request(spec.call, request.match_info, request.query, body, **given)
    except codec.FieldErrors as error:
        raise Refusal(422, errors=error.errors) from None
    found = {name: words for name, words in problems(call).items() if name not in given}
    found.update(_unstorable(spec, call))
    if any(field.place is Place.PATH and field.name in found for field in spec.fields):
        raise Refusal(404)  # an id that nothing can have
    found.update(misfits(spec, body))
    if found:
        raise Refusal(422, errors=found)
    return call


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        raw = await request.read()
    except web.HTTPException:
        raise
    except ConnectionError:
        raise
    except Exception:
        raise Refusal(400, "The body cannot be read.") from None
    if not raw.strip():
        return {}
    kind = request.content_type
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Refusal(415, "The body must be application/json.")
    try:
        document = codec.parse(raw)
    except codec.Undecodable:
        raise Refusal(400, "The body is not JSON.") from None
    if not codec.is_object(document):
        raise Refusal(400, "The body must be a JSON object.")
    return document


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 7.0 is 7."""
    if codec.is_array(value):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def misfits(spec: Endpoint, body: Mapping[str, Any]) -> dict[str, list[str]]:
    """The body's fields that are of another type than the document says: decoding alone takes `"5"` for a number."""
    return {
        field.name: [f"The {field.name} field has the wrong type."]
        for field in spec.fields
        if field.place is Place.BODY and field.name in body and not _fits(field.type, body[field.name])
    }


def _fits(kind: Any, raw: object) -> bool:
    members = typing.get_args(kind)
    if typing.get_origin(kind) is Sequence:
        return codec.is_array(raw) and all(_fits(members[0], one) for one in raw)
    if members:
        return any(_fits(member, raw) for member in members)
    if kind is int:
        return isinstance(raw, int) and not isinstance(raw, bool)
    if kind is float:
        return isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return isinstance(raw, str if issubclass(kind, str) else kind)


def _unstorable(spec: Endpoint, call: Call[Any]) -> dict[str, list[str]]:
    """Numbers and texts that no database column holds."""
    found: dict[str, list[str]] = {}
    for field in spec.fields:
        value: Any = getattr(call, field.name)
        for one in _each(value):
            if isinstance(one, int) and not -openapi.MOST <= one <= openapi.MOST:
                found[field.name] = [f"{field.name} must be a smaller number"]
            elif isinstance(one, str) and ("\x00" in one or not _is_utf8(one)):
                found[field.name] = [f"{field.name} must be text"]
            elif isinstance(one, str) and _is_id(field.type) and _ID.match(one) is None:
                found[field.name] = [f"{field.name} must be an id, not empty, '.' or '..'"]
    return found


_ID = re.compile(openapi.ID)


def _is_id(kind: Any) -> bool:
    members = typing.get_args(kind)
    return _is_id(members[0]) if typing.get_origin(kind) is Sequence else {int, str} <= set(members)


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else (value,)  # pyright: ignore[reportUnknownVariableType]  # of anything


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def answered(spec: Endpoint, answer: Any) -> web.Response:
    """A success in its envelope [contract: Basics]."""
    if isinstance(answer, bytes):
        named = {"Content-Disposition": 'attachment; filename="report.pdf"'}
        return web.Response(body=answer, content_type="application/pdf", headers=named)
    document: dict[str, Any] = {"success": True}
    if answer is None:
        document["message"] = "Done."
    elif spec.listing:
        document.update(_listed(answer))
    else:
        document["data"] = codec.to_json(answer)
    status = 201 if spec.operation in CREATES else 200
    return web.Response(status=status, body=codec.dump(document), content_type="application/json")


def _listed(page: Page[Any]) -> dict[str, Any]:
    names = ("current_page", "per_page", "total", "last_page")
    return {
        "data": [codec.to_json(item) for item in page.items],
        "meta": {name: getattr(page, name) for name in names},
    }


CREATES = frozenset({"create_job", "create_batch", "create_shortlist", "register_webhook"})


def refused(refusal: Refusal) -> web.Response:
    """A refusal in the contract's form [contract: Basics]."""
    document: dict[str, Any] = {"success": False, "message": refusal.message}
    if refusal.errors is not None:
        document["errors"] = refusal.errors
    body = codec.dump(document)
    return web.Response(status=refusal.status, body=body, content_type="application/json", headers=refusal.headers)


def _strike(fault: Fault, request: web.Request) -> web.Response | None:
    if fault.drop:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError
    if fault.status is None:
        return None
    refusal = Refusal(fault.status, fault.message)
    if fault.retry_after is not None:
        refusal.headers["Retry-After"] = f"{fault.retry_after:g}"
    if 300 <= fault.status < 400:
        refusal.headers["Location"] = "/elsewhere"
    return refused(refusal)


async def _cut(answer: web.Response, kept: int, request: web.Request) -> web.StreamResponse:
    """Promise the whole body, send its start, and go."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    cut = web.StreamResponse(status=answer.status)
    cut.content_type, cut.content_length = answer.content_type, len(body)
    cut.headers.update(HEADERS.get())
    await cut.prepare(request)
    await cut.write(body[: min(kept, max(0, len(body) - 1))])
    if request.transport is not None:
        request.transport.close()
    return cut


__all__ = ["answered", "build", "handlers", "refused"]
