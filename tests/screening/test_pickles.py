"""Results go through task queues, caches and other processes: they pickle, and a CV's content stays behind."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from conftest import session_at, stand_in

import cvsense_async as cv
from cvsense_async.screening.documents import find_documents

CONTENT = b"%PDF-1.7 what Greta Holm has written"
JOB = cv.JobDescription("Cook", "Cooking for many.")

OTHER_PROCESS = """
import pickle, sys
batch = pickle.load(sys.stdin.buffer)
for screened in sorted(batch, key=lambda one: one.name):
    try:
        content = screened.document.open().read()
    except FileNotFoundError as error:
        content = str(error)
    print(screened.name, screened.score, screened.document.sha256, content, sep="|")
"""


async def test_a_result_pickles_without_its_content(tmp_path: Path) -> None:
    """Bytes and files: score, name and hash are there in another process; a file opens, bytes say that they are not."""
    path = tmp_path / "file.pdf"
    path.write_bytes(CONTENT + b" twice")
    async with (
        stand_in() as server,
        session_at(server) as session,
        session.screen([("bytes.pdf", CONTENT), path], job=JOB, poll_interval=(0.01, 0.02)) as run,
    ):
        (batch,) = [batch async for batch in run]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        sent = pickle.dumps(batch, protocol)
        assert b"Greta" not in sent
        assert pickle.loads(sent) == batch
    command = [sys.executable, "-c", OTHER_PROCESS]
    said = subprocess.run(command, input=sent, capture_output=True, check=True).stdout.decode().splitlines()
    lines = [line.split("|") for line in said]
    of_bytes = min(batch, key=lambda one: one.name)
    assert of_bytes.document is not None
    assert lines[0][:3] == ["bytes.pdf", str(of_bytes.score), of_bytes.document.sha256]
    assert "give (name, bytes) again" in lines[0][3]
    assert lines[1][3] == str(CONTENT + b" twice")
    assert CONTENT not in repr(attrs.asdict(of_bytes)).encode()
    for copied in (copy.copy(of_bytes), copy.deepcopy(of_bytes)):  # in this process nothing is left behind
        assert copied.document is not None
        assert copied.document.open().read() == CONTENT


async def test_every_kind_of_outcome_pickles() -> None:
    """Rejected, failed and unsettled documents, and a whole batch with its failure."""
    sources: list[tuple[str, bytes]] = [("a.pdf", CONTENT), ("b.pdf", CONTENT), ("c.txt", b"a letter")]
    found: list[Any] = [one async for one in find_documents(sources)]
    (document,) = [one for one in found if isinstance(one, cv.Document)]
    rejected = tuple(one for one in found if isinstance(one, cv.Rejected))
    assert len(rejected) == 2
    batch = cv.BatchResult(
        3, (), rejected, (cv.Failed(document, "x", 3),), (cv.Unsettled(document, "y", 3),), cv.BatchFailed("it failed")
    )
    made = pickle.loads(pickle.dumps(batch))
    assert (made.rejected, made.failed, made.unsettled) == (batch.rejected, batch.failed, batch.unsettled)
    assert str(made.failure) == str(batch.failure)
    with pytest.raises(FileNotFoundError, match="not in this process"):
        made.failed[0].document.open()


async def test_a_document_whose_content_stayed_behind_is_no_crash() -> None:
    """Given as a source, it fails by itself, before it could cost anything; the others are screened."""
    documents = [one async for one in find_documents([("a.pdf", CONTENT)])]
    (left,) = pickle.loads(pickle.dumps(documents))
    async with stand_in() as server, session_at(server) as session:
        async with session.screen([left, ("b.pdf", CONTENT + b"2")], job=JOB, poll_interval=(0.01, 0.02)) as run:
            batches = [batch async for batch in run]
        assert [screened.name for batch in batches for screened in batch] == ["b.pdf"]
        assert [one.name for batch in batches for one in batch.rejected] == ["a.pdf"]
        books = await server.ledger()
        assert (books["used"], books["held_by_batch"]) == (1, {})


async def test_a_remote_file_pickles_without_what_opens_it() -> None:
    """The file system may hold credentials: it is made anew from the URL."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe("/pickled/a.pdf", CONTENT)
    try:
        (document,) = [one async for one in find_documents("memory://pickled/a.pdf")]
        assert isinstance(document, cv.Document)
        sent = pickle.dumps(document)
        assert b"MemoryFileSystem" not in sent
        assert pickle.loads(sent).open().read() == CONTENT
    finally:
        system.rm("/pickled", recursive=True)
