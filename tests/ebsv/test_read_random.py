"""Random and mutated files: whatever the bytes, reading gives a Document or Unreadable, and soon."""

from __future__ import annotations

import time

from ebsv.read_builders import ENGINEER, as_docx, as_pdf, packed, paragraph, word_package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsense_async.sandbox.ebsv.dates import spans
from cvsense_async.sandbox.ebsv.document import Document, Unreadable
from cvsense_async.sandbox.ebsv.extract import read_bytes
from cvsense_async.sandbox.ebsv.headings import kind_of
from cvsense_async.sandbox.ebsv.passage import clean, unbullet

_PDF, _DOCX = as_pdf(ENGINEER), as_docx(ENGINEER)
_slow = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def _read(content: bytes) -> Document | None:
    began = time.process_time()
    try:
        document = read_bytes(content)
    except Unreadable:
        document = None
    assert time.process_time() - began < 10
    return document


@_slow
@given(
    st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]), st.binary(max_size=4096)
)
def test_random_bytes(head: bytes, rest: bytes) -> None:
    """Random bytes behind any of the known first bytes raise nothing but Unreadable."""
    _read(head + rest)


@_slow
@given(
    st.sampled_from([_PDF, _DOCX]),
    st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=12), st.integers(0, 12)), min_size=1, max_size=8
    ),
)
def test_mutated_files(content: bytes, changes: list[tuple[float, bytes, int]]) -> None:
    """A valid file with bytes changed, added and taken out raises nothing but Unreadable."""
    mutated = bytearray(content)
    for place, new, gone in changes:
        at = int(place * (len(mutated) - 1))
        mutated[at : at + gone] = new
    _read(bytes(mutated))


@_slow
@given(st.sampled_from([_PDF, _DOCX]), st.floats(0, 1))
def test_cut_files(content: bytes, share: float) -> None:
    """A file cut anywhere raises nothing but Unreadable."""
    _read(content[: int(share * len(content))])


@_slow
@given(st.text(max_size=400))
def test_any_xml_inside_a_package(text: str) -> None:
    """Any text as the body of a document raises nothing but Unreadable."""
    _read(packed({"word/document.xml": text.encode("utf-8", "surrogatepass")}))


@_slow
@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters="<>&\x00", exclude_categories=["Cc", "Cs"]), max_size=80
        )
    )
)
def test_any_words_in_a_document(lines: list[str]) -> None:
    """Any lines of text are read, and each line lies in exactly one section."""
    document = _read(
        word_package("".join(paragraph(line) for line in ["A tailor of forty years in one street", *lines]))
    )
    if document is not None:
        in_roles = [line for section in document.sections for role in section.roles for line in role.lines]
        assert len(in_roles) <= sum(1 for _ in document.lines())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_for_the_small_parts(text: str) -> None:
    """Dates, headings, list marks and cleaning take any text."""
    for span in spans(text):
        assert 0 <= span.at < span.to <= len(text)
    kind_of(text)
    bare, _ = unbullet(clean(text))
    assert bare == bare.strip()
