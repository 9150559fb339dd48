"""Odd files of forty kinds end as a person would expect: read, once and whole, or refused with the right reason."""

from __future__ import annotations

import time

import pytest
from ebsv.odd_builders import LIMITS, ODD, SENTENCE

from cvsense_async.sandbox.ebsv.document import Unreadable, UnreadableReason
from cvsense_async.sandbox.ebsv.extract import read_bytes


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sentence is read as one line, or it is refused for what is wrong with it, and soon."""
    content, expected = ODD[name]
    for limit, lowered in LIMITS.get(name, {}).items():
        monkeypatch.setattr(f"cvsense_async.sandbox.ebsv.{limit}", lowered)
    began = time.process_time()
    found: UnreadableReason | None = None
    text = ""
    try:
        text = read_bytes(content).text
    except Unreadable as refused:
        found = refused.reason
    assert found is expected
    if expected is None:
        assert SENTENCE in text.splitlines()[0]
        assert "admiral" not in text
    assert time.process_time() - began < 8
