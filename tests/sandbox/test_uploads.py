"""Uploads: whole or not at all, whatever comes over the wire."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import Any

import pytest

PDF = b"%PDF-1.4\n%%EOF"
BOUNDARY = b"frontier"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}


def part(body: bytes, head: bytes = b'form-data; name="files[]"; filename="cv.pdf"') -> bytes:
    """One part of a body, with its boundary before it."""
    return b"--frontier\r\nContent-Disposition: " + head + b"\r\nContent-Type: application/pdf\r\n\r\n" + body + b"\r\n"


END = b"--frontier--\r\n"


async def untouched(wire: Any, batch_id: int) -> None:
    """Nothing was taken: no credit, no item, no file."""
    assert (await wire.ledger())["reserved"] == 0
    assert (await wire("GET", f"/screening/batch/{batch_id}/status")).data["total"] == 0
    assert list(wire.where.spool.iterdir()) == []


async def test_items_name_every_file(wire: Any) -> None:
    """The answer's items are the files in the order in which they were sent, and totals add up."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    batch_id = await wire.batch()
    first = await wire.upload(batch_id, ("ä.pdf", PDF), ("b.docx", made.getvalue()))
    assert [one["filename"] for one in first.data["items"]] == ["ä.pdf", "b.docx"]
    assert (first.data["uploaded"], first.data["rejected"], first.data["total_files"]) == (2, [], 2)
    second = await wire.upload(batch_id, *([PDF] * 50), field="files")
    assert (second.data["uploaded"], second.data["total_files"]) == (50, 52)
    assert len({one["id"] for one in first.data["items"] + second.data["items"]}) == 52


async def test_over_fifty(wire: Any) -> None:
    """The 51st file makes the whole upload a 422."""
    batch_id = await wire.batch()
    refused = await wire.upload(batch_id, *([PDF] * 51))
    assert refused.status == 422
    assert "50" in refused.json["errors"]["files"][0]
    await untouched(wire, batch_id)


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n", b"plain text", b"PK\x03\x04 no zip", b"<html>"])
async def test_what_is_no_cv(wire: Any, body: bytes) -> None:
    """One file that is neither PDF nor DOCX, and nothing of the upload is taken."""
    batch_id = await wire.batch()
    refused = await wire.upload(batch_id, PDF, body)
    assert refused.status == 422
    assert list(refused.json["errors"]) == ["files.1"]
    await untouched(wire, batch_id)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data"}, part(PDF) + END, 400),
        ({"Content-Type": "multipart/form-data; boundary="}, part(PDF) + END, 400),
        ({"Content-Type": "multipart/form-data; boundary=" + "x" * 100}, part(PDF) + END, 400),
        ({"Content-Type": "multipart/mixed; boundary=frontier"}, part(PDF) + END, 415),
        (MULTIPART, b"", 400),
        (MULTIPART, b"nothing like it", 400),
        (MULTIPART, END, 422),
        (MULTIPART, part(PDF), 400),
        (MULTIPART, part(PDF, b'form-data; name="other"; filename="x.pdf"') + END, 422),
        (MULTIPART, part(PDF, b'form-data; name="comment"') + END, 422),
        (MULTIPART, part(PDF, b"form-data") + END, 422),
        (MULTIPART, part(PDF, b'form-data; name="files[]"') + END, 200),
        (MULTIPART, part(PDF, b'form-data; name="files[]"; filename=""') + END, 200),
        (MULTIPART, part(PDF, b'form-data; name="files[]"; filename="../../etc/passwd"') + END, 200),
        (MULTIPART, part(PDF, b'form-data; name="files[]"; filename="\xff\xfe.pdf"') + END, 200),
        (MULTIPART, part(PDF, b'form-data; name="files[]"; filename="' + b"n" * 7000 + b'.pdf"') + END, 200),
        (MULTIPART, part(PDF, b'form-data; name="files[]"; filename="' + b"n" * 70000 + b'.pdf"') + END, 400),
        (MULTIPART, part(PDF, b"\r\n".join(b"X-%d: y" % n for n in range(20000))) + END, 400),
        (MULTIPART, b"--frontier\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in--\r\n" + END, 400),
        (MULTIPART, part(PDF, b"\x00\x01\x02") + END, 400),
        ({**MULTIPART, "Content-Encoding": "gzip"}, part(PDF) + END, 400),
    ],
)
async def test_bodies_that_are_odd(wire: Any, headers: dict[str, str], body: bytes, status: int) -> None:
    """A malformed body is a 4xx in the contract's form and takes nothing; an odd name is made harmless."""
    batch_id = await wire.batch()
    answer = await wire("POST", f"/screening/batch/{batch_id}/upload", headers=headers, data=body)
    assert answer.status == status, answer.body
    if status == 200:
        (item,) = answer.data["items"]
        assert item["filename"].isprintable()
        assert 1 <= len(item["filename"]) <= 255
        assert "/" not in item["filename"]
    else:
        assert answer.json["success"] is False
        await untouched(wire, batch_id)


async def test_cut_anywhere(wire: Any) -> None:
    """A body that ends before its last boundary, wherever, takes nothing."""
    batch_id = await wire.batch()
    whole = part(PDF) + part(PDF) + END
    path = f"/screening/batch/{batch_id}/upload"
    for end in range(0, len(whole) - 4, 3):
        answer = await wire("POST", path, headers=MULTIPART, data=whole[:end])
        assert answer.status in (400, 422), (end, answer.body)
    await untouched(wire, batch_id)


async def test_each_part_may_name_its_encoding(wire: Any) -> None:
    """A part's transfer encoding does not smuggle a file past the check of its bytes."""
    batch_id = await wire.batch()
    body = b'--frontier\r\nContent-Disposition: form-data; name="files[]"; filename="a.pdf"\r\n'
    body += b"Content-Transfer-Encoding: base64\r\n\r\n" + b"AAAA" * 10 + b"\r\n" + END
    answer = await wire("POST", f"/screening/batch/{batch_id}/upload", headers=MULTIPART, data=body)
    assert answer.status == 422


async def test_too_large(opened: Any) -> None:
    """Above the limit the answer is 413, from the length alone or while it streams, and nothing is taken."""
    async with opened(max_upload_bytes=3_000_000) as wire:
        batch_id = await wire.batch()
        refused = await wire.upload(batch_id, PDF + b"x" * 3_100_000)
        assert refused.status == 413

        async def endless() -> Any:
            yield part(PDF)
            yield part(PDF + b"x" * 2_000_000)[:-2]
            for _ in range(20):
                yield b"x" * 100_000

        path = f"/screening/batch/{batch_id}/upload"
        streamed = await wire("POST", path, headers=MULTIPART, data=endless())
        assert streamed.status == 413
        await untouched(wire, batch_id)


async def test_large_files_go_to_the_disk(wire: Any) -> None:
    """A file of several MiB arrives byte for byte."""
    batch_id = await wire.batch()
    body = PDF + bytes(range(256)) * 20_000
    assert (await wire.upload(batch_id, body, PDF)).status == 200
    sizes = {path.stat().st_size: path.read_bytes() for path in wire.where.spool.iterdir()}
    assert sizes == {len(body): body, len(PDF): PDF}


async def test_a_slow_body(opened: Any) -> None:
    """A body that does not come in time is a 408 and takes nothing."""
    async with opened(upload_seconds=0.2) as wire:
        batch_id = await wire.batch()

        async def slow() -> Any:
            yield part(PDF)
            await asyncio.sleep(3)
            yield END

        answer = await wire("POST", f"/screening/batch/{batch_id}/upload", headers=MULTIPART, data=slow())
        assert answer.status == 408
        await untouched(wire, batch_id)


async def test_a_connection_that_ends_half_way(wire: Any) -> None:
    """A client that goes away in the middle of its upload leaves nothing behind."""
    batch_id = await wire.batch()
    body = part(PDF + b"x" * 2_000_000)
    head = (
        f"POST /api/v1/screening/batch/{batch_id}/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer cvs_test\r\n"
        f"Content-Type: multipart/form-data; boundary=frontier\r\nContent-Length: {len(body) + 5000}\r\n\r\n"
    )
    for kind in ("close", "abort"):
        _, writer = await asyncio.open_connection("127.0.0.1", wire.where.port)
        writer.write(head.encode() + body)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close() if kind == "close" else writer.transport.abort()
        await asyncio.sleep(0.1)
    async with asyncio.timeout(100):
        while list(wire.where.spool.iterdir()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await untouched(wire, batch_id)


async def test_uploads_side_by_side(wire: Any) -> None:
    """Uploads into one batch at the same time each arrive whole."""
    batch_id = await wire.batch()
    answers = await asyncio.gather(*(wire.upload(batch_id, *([PDF] * 50)) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert (await wire("GET", f"/screening/batch/{batch_id}/status")).data["total"] == 400
    assert (await wire.ledger())["reserved"] == 400
