"""A sandbox within the test's own loop, and a plain HTTP client that knows nothing of the SDK."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import attrs
import pytest

from cvsense_async.sandbox.options import Options
from cvsense_async.sandbox.server import Running, running

KEY = "cvs_test"


def pdf(text: str = "a CV") -> bytes:
    """Enough of a PDF to be taken for one."""
    return b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n"


def docx() -> bytes:
    """Enough of a DOCX to be taken for one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return made.getvalue()


@attrs.frozen
class Answer:
    """An HTTP answer, read."""

    status: int
    headers: Any
    body: bytes
    json: Any

    @property
    def data(self) -> Any:
        return self.json["data"]


@attrs.frozen
class Wire:
    """Speaks HTTP to one sandbox."""

    http: aiohttp.ClientSession
    where: Running

    @property
    def root(self) -> str:
        return self.where.url.removesuffix("/api/v1")

    async def __call__(self, method: str, path: str, json: Any = None, *, key: str | None = KEY, **more: Any) -> Answer:
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        url = self.root + path if path.startswith("/_sandbox") else self.where.url + path
        if json is not None:
            more["json"] = json
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            body = await answer.read()
            document = await answer.json() if answer.content_type == "application/json" else None
            return Answer(answer.status, answer.headers, body, document)

    async def batch(self, **fields: Any) -> int:
        """A new batch's id."""
        made = await self("POST", "/screening/batch", {"job_title": "Cook", "job_description": "Must cook", **fields})
        assert made.status == 201, made.body
        return int(made.data["id"])

    async def upload(self, batch_id: Any, *files: bytes | tuple[str, bytes], field: str = "files[]") -> Answer:
        """Upload these files."""
        form = aiohttp.FormData(quote_fields=False)
        for n, file in enumerate(files):
            name, body = file if isinstance(file, tuple) else (f"cv-{n}.pdf", file)
            form.add_field(field, io.BytesIO(body), filename=name, content_type="application/pdf")
        return await self("POST", f"/screening/batch/{batch_id}/upload", data=form)

    async def until(self, batch_id: int, status: str = "completed") -> Any:
        """Poll until the batch has that status."""
        async with asyncio.timeout(100):
            while (state := (await self("GET", f"/screening/batch/{batch_id}/status")).data)["status"] != status:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return state

    async def screened(self, *files: bytes | tuple[str, bytes], **fields: Any) -> int:
        """A completed batch of these files."""
        batch_id = await self.batch(**fields)
        assert (await self.upload(batch_id, *files)).status == 200
        assert (await self("POST", f"/screening/batch/{batch_id}/start")).status == 200
        await self.until(batch_id)
        return batch_id

    async def ledger(self) -> dict[str, Any]:
        """The credits; their invariant is checked each time."""
        found = (await self("GET", "/_sandbox/ledger")).json
        moved = found["movements"]
        assert found["balance"] + found["reserved"] + found["used"] == found["granted"] == moved["grant"]
        assert found["used"] == moved["charge"]
        assert found["reserved"] == moved["reserve"] - moved["charge"] - moved["release"]
        return dict(found)


Opened = Callable[..., contextlib.AbstractAsyncContextManager[Wire]]


@pytest.fixture
def opened() -> Opened:
    """Opens a sandbox with these options."""

    @contextlib.asynccontextmanager
    async def open_one(**options: Any) -> AsyncIterator[Wire]:
        given = {"engine": "instant", "rate_limit": (1_000_000, 60.0), **options}
        async with running(Options(key=KEY, **given)) as where, aiohttp.ClientSession() as http:
            yield Wire(http, where)

    return open_one


@pytest.fixture
async def wire(opened: Opened) -> AsyncIterator[Wire]:
    """A sandbox with the instant engine and no throttle to speak of."""
    async with opened() as one:
        yield one
