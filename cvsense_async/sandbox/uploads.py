"""Reads an upload as it comes: each file goes to the spool, and nothing stays there unless all of it was good.

What a browser, a client or an enemy sends is the same stream; every limit is checked before more is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import secrets
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any

import attrs
from aiohttp import BodyPartReader, MultipartReader, web

from cvsense_async.api.content import NotACV, identify
from cvsense_async.api.screening import MAX_FILES_PER_UPLOAD

from .batches import Stored
from .context import Refusal, invalid
from .options import Options

CHUNK = 256 * 1024
HELD = 4 * CHUNK
"""How many bytes of an upload are in memory at most, before they are written to the spool."""
FIELDS = ("files[]", "files", "file", "cvs[]")
LONGEST_NAME = 255
MOST_PARTS = 200
TOO_MANY = Refusal(422, errors={"files": [f"No more than {MAX_FILES_PER_UPLOAD} files may be sent at once."]})


@attrs.define
class _Part:
    """One file while it comes in: what was not written yet, and what is known of what was."""

    filename: str
    path: Path
    size: int = 0
    unwritten: bytearray = attrs.field(factory=bytearray)
    digest: Any = attrs.field(factory=hashlib.sha256)
    wrong: str | None = None


@attrs.define
class Received:
    """An upload's files, in the spool."""

    folder: Path
    files: list[Stored] = attrs.field(factory=list[Stored])
    parts: list[_Part] = attrs.field(factory=list[_Part])
    kept: bool = False

    def keep(self) -> None:
        """The files belong to a batch now."""
        self.kept = True


@contextlib.asynccontextmanager
async def receive(request: web.Request, spool: Path, options: Options) -> AsyncGenerator[Received, None]:
    """Read the whole upload. Raises `Refusal` 400, 408, 413, 415 or 422; files that are not kept are removed."""
    if request.content_type != "multipart/form-data":
        raise Refusal(415, "An upload is multipart/form-data.")
    if (request.content_length or 0) > options.max_upload_bytes:
        raise Refusal(413)
    received = Received(spool)
    try:
        try:
            async with asyncio.timeout(options.upload_seconds):
                await _read(request, received, options)
        except TimeoutError:
            raise Refusal(408) from None
        yield received
    finally:
        if not received.kept and received.parts:
            await asyncio.to_thread(discard, spool, [one.path.name for one in received.parts])


def discard(spool: Path, paths: Iterable[str]) -> None:
    """Remove files of the spool; one that is gone already is fine."""
    for path in paths:
        with contextlib.suppress(OSError):
            (spool / path).unlink()


async def _read(request: web.Request, received: Received, options: Options) -> None:
    errors: dict[str, list[str]] = {}
    parts = received.parts
    try:
        reader = MultipartReader(request.headers, request.content)
        await _read_parts(reader, received, options.max_upload_bytes, errors)
    except (Refusal, ConnectionError):
        raise
    except Exception:
        raise Refusal(400, "The multipart body cannot be read.") from None
    await asyncio.to_thread(_finish, parts)
    for n, part in enumerate(parts):
        if part.wrong:
            errors[f"files.{n}"] = [part.wrong]
        received.files.append(Stored(part.filename, part.path.name, part.size, part.digest.hexdigest()))
    if errors:
        raise Refusal(422, errors=errors)
    if not parts:
        raise invalid("files", "The files field is required.")


async def _read_parts(
    reader: MultipartReader, received: Received, most_bytes: int, errors: dict[str, list[str]]
) -> None:
    size, held, seen = 0, 0, 0
    while (part := await reader.next()) is not None:
        seen += 1
        if not isinstance(part, BodyPartReader):
            raise Refusal(400, "A multipart body within a multipart body is not taken.")
        if seen > MOST_PARTS:
            raise TOO_MANY
        taken = _begin(part, received, errors)
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise Refusal(413)
            if taken is None:
                continue
            taken.size += len(chunk)
            taken.unwritten += chunk
            held += len(chunk)
            if held >= HELD:
                await asyncio.to_thread(_write, received.parts)
                held = 0


def _begin(part: BodyPartReader, received: Received, errors: dict[str, list[str]]) -> _Part | None:
    """The file that this part brings, if it brings one; other fields are passed over."""
    if part.name not in FIELDS:
        if part.filename is not None:
            errors["files"] = ["The files must be sent as files[]."]
        return None
    if len(received.parts) >= MAX_FILES_PER_UPLOAD:
        raise TOO_MANY
    name = _plain(part.filename) or f"file-{len(received.parts) + 1}"
    made = _Part(name, received.folder / secrets.token_hex(16))
    received.parts.append(made)
    return made


def _plain(filename: str | None) -> str:
    """A name without folders and without what cannot be shown."""
    name = (filename or "").replace("\\", "/").rpartition("/")[2].encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "_" for c in name)[:LONGEST_NAME].strip()


def _write(parts: list[_Part]) -> None:
    for part in parts:
        if part.unwritten:
            part.digest.update(part.unwritten)
            with part.path.open("ab") as file:
                file.write(part.unwritten)
            part.unwritten = bytearray()


def _finish(parts: list[_Part]) -> None:
    for part in parts:
        if len(part.unwritten) == part.size:
            kind = identify(io.BytesIO(part.unwritten), part.size)
            _write([part])
        else:
            _write([part])
            with part.path.open("rb") as file:
                kind = identify(file, part.size)
        if isinstance(kind, NotACV):
            part.wrong = f"The file must be a PDF or DOCX; it looks like {kind.looks_like}."
