"""Text that is in a file and not on its pages: each way to hide it is seen and flagged, and none of it counts."""

from __future__ import annotations

import pytest
from ebsv.odd_builders import form, pdf, stream

from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.extract import read_bytes

_HONEST = "Gardener with ten years in public parks"
_HIDDEN = "kubernetes terraform haskell"
_NAMES = b"/Font<</F1 5 0 R>>/ExtGState<</G0 6 0 R/G1 7 0 R>>/XObject<</I 8 0 R/X 9 0 R>>/Properties<</L 10 0 R>>"
_WHITE_FORM = form(b"1 g 0 0 600 700 re f", b"")
_OBJECTS = {
    6: b"<</ca 0/CA 0>>",
    7: b"<</ca 0.04>>",
    8: stream(b"\xff" * 48, b"/Type/XObject/Subtype/Image/Width 4/Height 4/BitsPerComponent 8/ColorSpace/DeviceRGB"),
    9: _WHITE_FORM,
    10: b"<</Type/OCG/Name(layer)>>",
}


def _text(text: str, *, before: str = "", size: float = 12, x: float = 50, y: float = 600, tm: str = "") -> bytes:
    return f"q {before} BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm {tm} ({text}) Tj ET Q\n".encode()


def _read(content: bytes, page: bytes = b"/MediaBox[0 0 612 792]", catalogue: bytes = b"", **more: bytes) -> Document:
    objects = {**_OBJECTS, **{int(name[1:]): value for name, value in more.items()}}
    return read_bytes(
        pdf(_text(_HONEST, y=700) + content, page=page, catalogue=catalogue, resources=_NAMES, more=objects)
    )


_OVER = b"40 580 400 50 re f"
_TRICKS: dict[str, bytes] = {
    "white": _text(_HIDDEN, before="1 g"),
    "white in a dark line": _text(_HIDDEN, before="1 g", x=300, y=700),
    "white over a dark line": _text(_HIDDEN, before="1 g", x=55, y=700),
    "one point high": _text(_HIDDEN, size=1),
    "scaled to nothing": _text(_HIDDEN, before="0.01 0 0 0.01 50 600 cm", x=0, y=0),
    "squeezed to nothing": _text(_HIDDEN, tm="1 Tz"),
    "off the page": _text(_HIDDEN, x=900),
    "under a white rectangle": _text(_HIDDEN) + b"q 1 g " + _OVER + b" Q",
    "under a picture": _text(_HIDDEN) + b"q 400 0 0 60 40 580 cm /I Do Q",
    "under a form": _text(_HIDDEN) + b"q 0.5 0 0 0.05 40 590 cm /X Do Q",
    "under a thick line": _text(_HIDDEN) + b"q 1 G 40 w 0 604 m 600 604 l S Q",
    "clipped": _text(_HIDDEN, before="0 0 10 10 re W n"),
    "clipped twice": _text(_HIDDEN, before="0 0 10 10 re W n 0 0 300 800 re W n"),
    "without opacity": _text(_HIDDEN, before="/G0 gs"),
    "with hardly any opacity": _text(_HIDDEN, before="/G1 gs"),
    "drawn in the unseen mode": _text(_HIDDEN, tm="3 Tr"),
    "drawn as a clip only": _text(_HIDDEN, tm="7 Tr"),
    "white outlines": _text(_HIDDEN, before="1 G", tm="1 Tr"),
    "black on black": b"q 0 g " + _OVER + b" Q " + _text(_HIDDEN),
    "grey on the same grey": b"q .6 g " + _OVER + b" Q " + _text(_HIDDEN, before=".6 g"),
    "white on a white picture": b"q 400 0 0 60 40 580 cm /I Do Q " + _text(_HIDDEN, before="1 g"),
    "said instead of what is shown": b"/Span<</ActualText(%s)>>BDC " % _HIDDEN.encode()
    + _text("Pruned hedges and cut lawns")
    + b"EMC",
}


@pytest.mark.parametrize("content", _TRICKS.values(), ids=_TRICKS.keys())
def test_ways_to_hide_text(content: bytes) -> None:
    """What cannot be seen is a hidden line, flagged, and the honest text beside it is read."""
    document = _read(content)
    assert "hidden_text" in document.flags
    assert "kubernetes" not in document.text
    assert "kubernetes" in " ".join(line.text for _, line in document.lines() if line.hidden)
    if "Tz" not in str(content):
        assert document.text.startswith(_HONEST)


def test_text_shown_instead_is_read() -> None:
    """Where a file says other words than it shows, those that are shown count."""
    assert "Pruned hedges and cut lawns" in _read(_TRICKS["said instead of what is shown"]).text


def test_text_outside_of_the_crop_on_a_layer_and_under_a_note() -> None:
    """Text cut off by the page's crop, on a layer that is off, under a note's or its own form's paint is hidden."""
    crop = _read(_text(_HIDDEN, y=50), page=b"/MediaBox[0 0 612 792]/CropBox[0 200 612 792]")
    layer = _read(
        b"/OC /L BDC " + _text(_HIDDEN) + b"EMC", catalogue=b"/OCProperties<</OCGs[10 0 R]/D<</OFF[10 0 R]>>>>"
    )
    note = _read(
        _text(_HIDDEN),
        page=b"/MediaBox[0 0 612 792]/Annots[11 0 R]",
        o11=b"<</Type/Annot/Subtype/Square/Rect[40 580 440 640]/F 4/AP<</N 12 0 R>>>>",
        o12=stream(b"1 g 0 0 400 60 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 400 60]"),
    )
    inner = _text(_HIDDEN) + b"q 1 g " + _OVER + b" Q"
    within = _read(b"/X Do", o9=form(inner, b"/Font<</F1 5 0 R>>"))
    for document in (crop, layer, note, within):
        assert "hidden_text" in document.flags
        assert "kubernetes" not in document.text


@pytest.mark.parametrize(
    "content",
    [
        b"q 0 g " + _OVER + b" Q " + _text(_HIDDEN, before="1 g"),
        b"q .95 g " + _OVER + b" Q " + _text(_HIDDEN),
        b"q 1 g 0 0 612 792 re f Q " + _text(_HONEST, y=700) + _text(_HIDDEN),
        b"q 400 0 0 60 40 580 cm /I Do Q " + _text(_HIDDEN),
        _text(_HIDDEN) + b"q 0 G .5 w 40 580 400 50 re S Q",
        _text(_HIDDEN, before="40 580 400 60 re W n"),
        b"/OC /L BDC " + _text(_HIDDEN) + b"EMC",
        b"/Span<</ActualText(%s)>>BDC " % _HIDDEN.encode() + _text(_HIDDEN) + b"EMC",
    ],
    ids=[
        "on a band",
        "on grey",
        "on a white page",
        "on a picture",
        "framed",
        "inside its clip",
        "on a layer",
        "said so",
    ],
)
def test_designs_that_hide_nothing(content: bytes) -> None:
    """Bands, frames, clips, layers and alternative words that leave the text to be seen raise no flag."""
    document = _read(content)
    assert document.flags == ()
    assert _HIDDEN in document.text


def test_a_scan_over_visible_text_is_read() -> None:
    """A scanner that draws the text it has read before its picture, and not unseen, hides nothing either."""
    lines = b"".join(_text(f"{_HONEST}, the {n}th of them", y=680 - 14 * n) for n in range(20))
    document = _read(lines + b"q 612 0 0 792 0 0 cm /I Do Q")
    assert document.flags == ()
    assert document.text.count("Gardener") == 21
