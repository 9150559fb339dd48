"""The smallest PDF that a reader accepts, for the report endpoint.

Written by hand, so that the server needs no library.
"""

from __future__ import annotations


def tiny_pdf(lines: list[str]) -> bytes:
    """A one-page PDF with these lines of ASCII text."""
    shown = "".join(
        f"BT /F1 12 Tf 50 {780 - 20 * index} Td ({line}) Tj ET\n" for index, line in enumerate(lines)
    ).encode("ascii", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = bytearray(b"%PDF-1.4\n"), [0]
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % len(places)
    made += b"".join(b"%010d 00000 n \n" % place for place in places[1:])
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places), start)
    return bytes(made)
