"""Finding, checking, fingerprinting and naming CVs."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import sys
import tempfile
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsense_async.api.content import FileKind
from cvsense_async.errors import ConfigurationError
from cvsense_async.screening import sources as walking
from cvsense_async.screening.documents import (
    Document,
    Rejected,
    RejectReason,
    count_documents,
    find_documents,
    wire_names,
)

EXAMPLES = Path(__file__).parents[2] / "examples" / "cvs"


def pdf(text: object) -> bytes:
    return f"%PDF-1.7\n{text}".encode()


async def found(sources: Any, **options: Any) -> list[Document | Rejected]:
    return [item async for item in find_documents(sources, **options)]


async def told(sources: Any, **options: Any) -> list[tuple[str, str]]:
    """The names found, each with its kind or why it was rejected."""
    items = await found(sources, **options)
    return [(item.name, item.kind if isinstance(item, Document) else item.reason) for item in items]


def tree(top: Path, *names: str) -> Path:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pdf(name))
    return top


# --- folders --------------------------------------------------------------------------------------------------------


async def test_folders_in_name_order(tmp_path: Path) -> None:
    """A folder is walked whole, each folder in name order, without hidden files and locks."""
    tree(tmp_path, "b/2.pdf", "b/1.pdf", "a.pdf", "c.pdf", ".hidden.pdf", "~$lock.docx", ".git/x.pdf", "b/z/9.pdf")
    items = await found(tmp_path)
    assert [Path(item.source).relative_to(tmp_path).as_posix() for item in items] == [
        "a.pdf",
        "b/1.pdf",
        "b/2.pdf",
        "b/z/9.pdf",
        "c.pdf",
    ]
    assert items == await found(str(tmp_path))


async def test_what_a_document_says(tmp_path: Path) -> None:
    """A document knows its kind, size and SHA-256, opens anew each time, and shows neither name nor path."""
    path = tree(tmp_path, "jane.pdf") / "jane.pdf"
    (item,) = await found(path)
    assert isinstance(item, Document)
    content = path.read_bytes()
    assert (item.kind, item.size, item.sha256) == (FileKind.PDF, len(content), hashlib.sha256(content).hexdigest())
    assert (item.source, item.name) == (str(path), "jane.pdf")
    for _ in range(2):
        with item.open() as file:
            assert file.read() == content
    assert "jane" not in repr(item)


async def test_links_pipes_and_what_is_gone(tmp_path: Path) -> None:
    """Links to folders are not followed, links to files are; pipes are never opened; a dead link is missing."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    tree(tmp_path, "a/1.pdf")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b.pdf").symlink_to(tree(tmp_path / ".other", "real.pdf") / "real.pdf")
    (tmp_path / "c.pdf").symlink_to(tmp_path / "gone.pdf")
    os.mkfifo(tmp_path / "d.pdf")
    assert await told([tmp_path, tmp_path / "d.pdf"]) == [
        ("1.pdf", FileKind.PDF),
        ("b.pdf", FileKind.PDF),
        ("c.pdf", RejectReason.MISSING),
        ("d.pdf", RejectReason.UNREADABLE),
        ("d.pdf", RejectReason.UNREADABLE),
    ]
    with pytest.raises(OSError, match="not a regular file"):
        walking.open_regular(str(tmp_path / "d.pdf"))


async def test_an_unreadable_folder_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be read is a rejected item; its neighbours are read."""
    tree(tmp_path, "a/1.pdf", "b/2.pdf")
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.rstrip("/").endswith("a"):
            raise PermissionError(path)
        return real(path)

    monkeypatch.setattr(walking.os, "scandir", scandir)
    items = await found(tmp_path)
    assert [item.name for item in items] == ["a", "2.pdf"]
    assert isinstance(items[0], Rejected)
    assert (items[0].reason, items[0].detail) == (RejectReason.UNREADABLE, "the folder may not be read")


@pytest.mark.parametrize("given_as", [lambda file: file, lambda file: ("a.pdf", file), lambda file: [("a.pdf", file)]])
async def test_a_file_object_is_no_source_and_the_error_says_what_is(given_as: Callable[[Any], Any]) -> None:
    """It could be read once only, and is not taken for its lines, nor its name for a path."""
    with tempfile.SpooledTemporaryFile() as spooled:
        for file in (io.BytesIO(pdf(1)), spooled):
            with pytest.raises(ConfigurationError, match=r"file object: give its path, or \(name, file\.read\(\)\)"):
                await found(given_as(file))


async def test_what_is_no_cv(tmp_path: Path) -> None:
    """Each file that cannot be sent has its reason and a sentence that does not name it."""
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "image.pdf").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    (tmp_path / "large.pdf").write_bytes(pdf("x" * 2000))
    (tmp_path / "one.pdf").write_bytes(pdf(1))
    (tmp_path / "two.pdf").write_bytes(pdf(1))
    items = await found([tmp_path, tmp_path / "not there.pdf", "", "a\0b"], max_bytes=1000)
    rejected = [item for item in items if isinstance(item, Rejected)]
    assert [(item.reason, item.detail) for item in rejected] == [
        (RejectReason.EMPTY, "it looks like an empty file"),
        (RejectReason.NOT_PDF_OR_DOCX, "it looks like a PNG picture"),
        (RejectReason.TOO_LARGE, "it is larger than 0.000954 MiB"),
        (RejectReason.DUPLICATE, "it has the same content as an earlier document"),
        (RejectReason.MISSING, "there is no file or folder of this name"),
        (RejectReason.MISSING, "there is no file or folder of this name"),
        (RejectReason.MISSING, "there is no file or folder of this name"),
    ]
    assert rejected[3].duplicate_of == str(tmp_path / "one.pdf")
    assert "one.pdf" not in repr(rejected)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.pdf", ["1.pdf"]),
        ("**/*.pdf", ["1.pdf", "2.pdf", "3.pdf", "5.pdf"]),
        ("a/**", ["2.pdf", "3.pdf", "4.txt"]),
        ("a/*/*.pdf", ["3.pdf"]),
        ("**/a/**/*.pdf", ["2.pdf", "3.pdf", "5.pdf"]),
        ("[ab]/?.pdf", ["2.pdf"]),
        ("*/a/*", ["5.pdf"]),
    ],
)
async def test_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, names: list[str]) -> None:
    """A pattern takes files only, each once, in the order of a walk; also when it is relative."""
    tree(tmp_path, "1.pdf", "a/2.pdf", "a/b/3.pdf", "a/b/4.txt", "b/a/5.pdf", ".h/6.pdf")
    assert [item.name for item in await found(str(tmp_path / pattern))] == names
    monkeypatch.chdir(tmp_path)
    items = await found(pattern)
    assert [item.name for item in items] == names
    assert all(os.path.exists(item.source) for item in items)


async def test_a_pattern_that_fits_nothing_and_a_name_that_looks_like_one(tmp_path: Path) -> None:
    """No match is a rejected item; a file whose name has brackets is found by its name."""
    assert await told(str(tmp_path / "*.pdf")) == [("*.pdf", RejectReason.MISSING)]
    tree(tmp_path, "cv [1].pdf")
    assert await told(str(tmp_path / "cv [1].pdf")) == [("cv [1].pdf", FileKind.PDF)]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
async def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    """A name of other bytes is found, and can be stored, printed and sent."""
    with open(os.fsencode(tmp_path) + b"/caf\xe9.pdf", "wb") as file:  # noqa: ASYNC230
        file.write(pdf(1))
    (item,) = await found(tmp_path)
    assert isinstance(item, Document)
    assert item.name == "caf\\xe9.pdf"
    assert item.source.encode().endswith(b"caf\\xe9.pdf")
    assert wire_names([item]) == ["caf_xe9.pdf"]
    with item.open() as opened:
        assert opened.read() == pdf(1)


async def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes under its check is rejected as changed."""

    class Growing(io.BytesIO):
        def seek(self, place: int, whence: int = 0) -> int:
            return super().seek(place, whence) - (1 if whence == os.SEEK_END else 0)

    tree(tmp_path, "a.pdf")
    monkeypatch.setattr(walking, "open_regular", lambda path: Growing(pdf("some text")))
    assert await told(tmp_path) == [("a.pdf", RejectReason.CHANGED)]


# --- other sources --------------------------------------------------------------------------------------------------


async def test_names_with_bytes() -> None:
    """A name with bytes is a document in memory; the parts of a path in its name stay out of the name."""
    items = await found([("../../x/jane.pdf", pdf(1)), ("C:\\cv\\joe.pdf", bytearray(pdf(2))), ("", pdf(3))])
    assert [item.name for item in items] == ["jane.pdf", "joe.pdf", "cv"]
    assert items[0].source == "../../x/jane.pdf"
    assert isinstance(items[0], Document)
    with items[0].open() as file:
        assert file.read() == pdf(1)


async def test_one_pair_is_one_source_and_two_paths_are_two(tmp_path: Path) -> None:
    """A tuple of a name and bytes is one source; a tuple of paths is an iterable of two."""
    assert await told(("a.pdf", pdf(1))) == [("a.pdf", FileKind.PDF)]
    tree(tmp_path, "1.pdf", "2.pdf")
    assert len(await found((tmp_path / "1.pdf", tmp_path / "2.pdf"))) == 2


async def test_documents_are_taken_as_they_are(tmp_path: Path) -> None:
    """A checked document is a source that is not read again; the limit and the duplicates still count."""
    (item,) = await found(tree(tmp_path, "a.pdf"))
    (tmp_path / "a.pdf").unlink()
    again = await found([item, item])
    assert again[0] is item
    assert isinstance(again[1], Rejected)
    assert await told(item, max_bytes=3) == [("a.pdf", RejectReason.TOO_LARGE)]


async def test_nested_iterables(tmp_path: Path) -> None:
    """Iterables and async iterables may hold such iterables, one level deep, in order."""

    async def later(*numbers: int) -> AsyncIterator[Any]:
        for number in numbers:
            yield (f"{number}.pdf", pdf(number))

    async def mixed() -> AsyncIterator[Any]:
        yield [("6.pdf", pdf(6))]
        yield later(7)
        yield ("8.pdf", pdf(8))

    given_ones = [("1.pdf", pdf(1)), later(2, 3), [("4.pdf", pdf(4))], ("5.pdf", pdf(5))]
    assert [item.name for item in await found(given_ones)] == ["1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf"]
    assert [item.name for item in await found(mixed())] == ["6.pdf", "7.pdf", "8.pdf"]


@pytest.mark.parametrize("wrong", [5, None, b"%PDF-", {"a.pdf": b"%PDF-"}, [[["a.pdf"]]], [5], [("a.pdf", 5)]])
async def test_what_is_no_source(wrong: Any) -> None:
    """What is no source is an error in the caller's code, and says what a source is."""
    with pytest.raises(ConfigurationError, match="a source must be"):
        await found(wrong)


async def test_urls_of_fsspec() -> None:
    """A URL of fsspec is a file, a folder that is walked, or a pattern."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.store.clear()
    for name in ("in/b/2.pdf", "in/a.pdf", "in/c.txt", "in/.hidden.pdf"):
        with system.open(f"/{name}", "wb") as file:
            file.write(pdf(name) if name.endswith("pdf") else b"text")
    try:
        assert await told("memory://in") == [
            ("a.pdf", FileKind.PDF),
            ("2.pdf", FileKind.PDF),
            ("c.txt", RejectReason.NOT_PDF_OR_DOCX),
        ]
        assert await told(["memory://in/*.pdf", "memory://gone"]) == [
            ("a.pdf", FileKind.PDF),
            ("gone", RejectReason.MISSING),
        ]
        (item,) = await found("memory://in/a.pdf")
        assert item.source == "memory:///in/a.pdf"
        with pytest.raises(ConfigurationError, match="knows no source of the kind nosuch"):
            await found("nosuch://a/b")
        assert await count_documents("memory://in") == 3
    finally:
        system.store.clear()


async def test_urls_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fsspec a URL says what to install."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ConfigurationError, match="pip install fsspec"):
        await found("s3://bucket/cvs")


async def test_file_urls(tmp_path: Path) -> None:
    """A file URL needs nothing installed."""
    path = tree(tmp_path, "a b.pdf") / "a b.pdf"
    assert await told(path.as_uri()) == [("a b.pdf", FileKind.PDF)]


# --- how it is done -------------------------------------------------------------------------------------------------


async def test_read_lazily_in_threads() -> None:
    """An iterable is read no further ahead than a handful, and never on the loop's thread."""
    drawn: list[int] = []

    def many() -> Iterator[tuple[str, bytes]]:
        for number in range(10_000):
            assert threading.current_thread() is not threading.main_thread()
            drawn.append(number)
            yield (f"{number}.pdf", pdf(number))

    documents = find_documents(many())
    await anext(documents)
    assert len(drawn) <= 64
    await documents.aclose()


async def test_what_the_callers_iterable_raises() -> None:
    """An error of the caller's iterable comes out as it is, after the documents before it."""

    def broken() -> Iterator[tuple[str, bytes]]:
        yield ("1.pdf", pdf(1))
        raise LookupError("no more")

    documents = find_documents(broken())
    assert (await anext(documents)).name == "1.pdf"
    with pytest.raises(LookupError, match="no more"):
        await anext(documents)


async def test_an_async_source_is_not_waited_for() -> None:
    """A document of a slow async source is given before the next one is there, and leaving closes the source."""
    closed = []

    async def slow() -> AsyncIterator[tuple[str, bytes]]:
        try:
            yield ("1.pdf", pdf(1))
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    documents = find_documents(slow())
    assert (await asyncio.wait_for(anext(documents), 5)).name == "1.pdf"
    await documents.aclose()
    assert closed == [True]


async def test_begun_in_one_task_and_closed_in_another(tmp_path: Path) -> None:
    """Nothing is held across a yield: each step, and the closing, may happen in a task of its own."""
    tree(tmp_path, *(f"{number}.pdf" for number in range(100)))
    documents = find_documents(tmp_path)
    for _ in range(40):
        await asyncio.create_task(anext(documents))  # type: ignore[arg-type]
    await asyncio.create_task(documents.aclose())


async def test_cancelled_with_nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled at any moment, it leaves no file open and no thread at work."""
    tree(tmp_path, *(f"{number}.pdf" for number in range(400)))
    opened: list[Any] = []
    begun = threading.Event()
    real = walking.open_regular

    def slow_open(path: str) -> Any:
        file = real(path)
        opened.append(file)
        begun.set()
        threading.Event().wait(0.005)
        return file

    monkeypatch.setattr(walking, "open_regular", slow_open)
    for wait in (0.0, 0.002, 0.01, 0.03):
        begun.clear()
        task = asyncio.create_task(found(tmp_path))
        await asyncio.to_thread(begun.wait, 5)
        await asyncio.sleep(wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        number = len(opened)
        assert all(file.closed for file in opened)
        await asyncio.sleep(0.02)
        assert len(opened) == number


async def test_seen_before() -> None:
    """With the same `seen`, a second call knows what the first has found."""
    seen: dict[bytes, str] = {}
    assert await told([("1.pdf", pdf(1))], seen=seen) == [("1.pdf", FileKind.PDF)]
    (again,) = await found([("2.pdf", pdf(1))], seen=seen)
    assert isinstance(again, Rejected)
    assert again.duplicate_of == "1.pdf"
    assert seen == {hashlib.sha256(pdf(1)).digest(): "1.pdf"}


async def test_counting(tmp_path: Path) -> None:
    """Files are counted by names and sizes, where that does not use the sources up."""
    tree(tmp_path, "a.pdf", "b/c.pdf", "b/d.txt", ".x.pdf")
    (tmp_path / "empty.pdf").write_bytes(b"")
    assert await count_documents(tmp_path) == 3
    assert await count_documents([tmp_path / "a.pdf", [("x.pdf", pdf(1))], str(tmp_path / "b" / "*")]) == 4
    assert await count_documents(tmp_path, max_bytes=1) == 0
    assert await count_documents(iter([tmp_path])) is None
    assert await count_documents(path for path in [tmp_path]) is None
    assert await count_documents([tmp_path, iter(["x"])]) is None


async def test_the_examples() -> None:
    """The example CVs hold what they were made for: a copy, an empty file, a picture, and two files of one name."""
    items = await found(EXAMPLES)
    documents = [item for item in items if isinstance(item, Document)]
    assert len(documents) == 13
    assert sorted(item.reason for item in items if isinstance(item, Rejected)) == [
        RejectReason.DUPLICATE,
        RejectReason.EMPTY,
        RejectReason.NOT_PDF_OR_DOCX,
    ]
    names = wire_names(documents)
    assert len(set(names)) == 13
    assert sum(name.startswith("cv~") for name in names) == 2


# --- names on the wire ----------------------------------------------------------------------------------------------


def document(name: str, content: object = 0, kind: FileKind = FileKind.PDF) -> Document:
    sha256 = hashlib.sha256(str(content).encode()).hexdigest()
    return Document(source=name, name=name, kind=kind, size=1, sha256=sha256, opener=io.BytesIO)


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def test_names_that_clash_all_get_digits() -> None:
    """Names that clash, also by case or Unicode form, all get digits of their content; others keep their names."""
    documents = [document("cv.pdf", 1), document("CV.PDF", 2), document("other.pdf", 3), document("cv.pdf", 4)]
    names = wire_names(documents)
    assert names == [
        f"{stem}~{each.sha256[:8]}{suffix}"
        for stem, suffix, each in (("cv", ".pdf", documents[0]), ("CV", ".PDF", documents[1]))
    ] + ["other.pdf"] + [f"cv~{documents[3].sha256[:8]}.pdf"]
    cafes = wire_names([document("café.pdf", 1), document(unicodedata.normalize("NFD", "café.pdf"), 2)])
    assert all("~" in name for name in cafes)


def test_a_name_that_looks_like_one_with_digits() -> None:
    """A file that is literally named as another would be on the wire clashes with nothing."""
    first, second = document("cv.pdf", 1), document("cv.pdf", 2)
    names = wire_names([first, second, document(f"cv~{first.sha256[:8]}.pdf", 3)])
    assert len({folded(name) for name in names}) == 3
    assert names[1] == f"cv~{second.sha256[:8]}.pdf"


@pytest.mark.parametrize(
    ("name", "kind", "wire"),
    [
        ("cv", FileKind.PDF, "cv.pdf"),
        ("cv.doc", FileKind.DOCX, "cv.doc.docx"),
        ("cv.pdf", FileKind.DOCX, "cv.pdf.docx"),
        ("cv.PDF", FileKind.PDF, "cv.PDF"),
        (".pdf", FileKind.PDF, "pdf.pdf"),
        ("...", FileKind.PDF, "cv.pdf"),
        ('a"b\r\nc%2f.pdf', FileKind.PDF, "a_b__c_2f.pdf"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("..\\x.pdf", FileKind.PDF, "_x.pdf"),
        ("a\u202efdp.exe\u200b.pdf", FileKind.PDF, "afdp.exe.pdf"),
        ("Zoë  Müller\u00a0CV.pdf", FileKind.PDF, "Zoë Müller CV.pdf"),
        ("履歴書.docx", FileKind.DOCX, "履歴書.docx"),
    ],
)
def test_safe_names(name: str, kind: FileKind, wire: str) -> None:
    """A name keeps its letters, loses what could do harm, and says its kind."""
    assert wire_names([document(name, kind=kind)]) == [wire]


def test_long_names_keep_their_suffix() -> None:
    """A long name is cut at 200 bytes, between characters, and still ends in its suffix."""
    names = wire_names([document("é" * 300 + ".pdf", number) for number in range(2)])
    for name in names:
        assert len(name.encode()) <= 200
        assert name.endswith(".pdf")
        assert "~" in name


RISKY = st.text(st.sampled_from('aAé~.-%"/\\\n\u202e\u0301ßſİ 0'), max_size=12)
ANY = st.text(max_size=300) | RISKY | st.just("cv.pdf") | st.sampled_from(["CV.pdf", "cv.pdf.docx", "cv"])


@given(st.lists(st.tuples(ANY, st.integers(0, 5), st.sampled_from(list(FileKind))), max_size=12), st.randoms())
@settings(max_examples=150, deadline=None)
def test_any_names_become_unique_and_safe(files: list[tuple[str, int, FileKind]], chance: Any) -> None:
    """Whatever the names, those on the wire are unique, safe, short, of the right kind, and the same in any order."""
    documents = [document(name, content, kind) for name, content, kind in files]
    names = wire_names(documents)
    assert len({folded(name) for name in names}) == len(documents)
    for each, name in zip(documents, names, strict=True):
        assert name.lower().endswith(each.kind.suffix)
        assert len(name.encode()) <= 200
        assert name == unicodedata.normalize("NFC", name) == name.strip()
        assert not re.search(r"""["'`/\\%:*?<>|;&]""", name)
        assert not any(unicodedata.category(character).startswith("C") for character in name)
        assert not name.startswith(".")
    if len({each.sha256 for each in documents}) == len(documents):
        order = list(range(len(documents)))
        chance.shuffle(order)
        again = wire_names([documents[index] for index in order])
        assert again == [names[index] for index in order]
