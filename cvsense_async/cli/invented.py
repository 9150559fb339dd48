"""A CV and an advert that are nobody's: what `cvsense doctor --paid` has screened."""

from __future__ import annotations

PERSON = "Alex Example"
EMAIL = "alex@example.com"
TITLE = "cvsense doctor: a check, no vacancy"
LOCATION = "London"
DESCRIPTION = (
    "This is made by cvsense doctor to check the API and can be deleted. "
    "Essential: three years of Python in production. Essential: SQL. Desirable: Rust."
)
FILE_NAME = "doctor-check-1.pdf"
_LINES = (
    PERSON,
    EMAIL,
    "Experience",
    "Data engineer, Invented Mills Ltd, January 2019 to March 2024",
    "Built nightly pipelines in Python that load 40 million rows into PostgreSQL.",
    "Wrote the SQL of the monthly reports and halved their running time.",
    "Skills",
    "Python, SQL, Docker",
    "Education",
    "BSc Mathematics, University of Nowhere, 2018",
)


def cv() -> bytes:
    """A PDF of one page with these lines as text."""
    text = "BT /F1 11 Tf 50 790 Td 16 TL " + " ".join(f"({line}) Tj T*" for line in _LINES) + " ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = b"%PDF-1.4\n", list[int]()
    for number, words in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{words}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R >>"
    return made + f"{end}\nstartxref\n{len(made)}\n%%EOF\n".encode("ascii")
