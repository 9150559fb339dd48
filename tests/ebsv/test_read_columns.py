"""Where columns begin and end: beside dates at the page's edge, above lines across the page, over its foot."""

from __future__ import annotations

import io

from ebsv.read_builders import drawn
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.ebsv.document import Document
from cvsense_async.sandbox.ebsv.extract import read_bytes

_TOLD = "Kept the looms of the upper mill in order for as long as the water ran, and wrote it down"


def _sections(document: Document) -> dict[str, list[str]]:
    return {section.title: [line.text for line in section.lines] for section in document.sections}


def test_dates_at_the_edge_below_two_columns_stay_with_their_job() -> None:
    """Two columns end where jobs with dates at the right edge begin, though the gutter goes on through those lines."""
    sections = _sections(
        read_bytes(
            drawn(
                *(
                    (50, 800 - 14 * row, text)
                    for row, text in enumerate(("Education", "Diploma of Weaving", "Mill School"))
                ),
                *((300, 800 - 14 * row, text) for row, text in enumerate(("Skills", "Looms", "Spinning", "Dyes"))),
                (50, 730, "Experience"),
                (50, 716, "Weaver, Upper Mill"),
                (470, 716, "2003 - 2005"),
                (50, 702, _TOLD),
                (50, 688, "Dyer, Lower Mill"),
                (470, 688, "2001 - 2003"),
                (50, 674, _TOLD),
            )
        )
    )
    assert sections["Skills"] == ["Looms", "Spinning", "Dyes"]
    assert sections["Experience"] == ["Weaver, Upper Mill 2003 - 2005", _TOLD, "Dyer, Lower Mill 2001 - 2003", _TOLD]


def test_dates_at_the_edge_above_columns_stay_with_their_job() -> None:
    """Columns begin below a job with its date at the right edge."""
    skills = [(x, 700 - 14 * row, f"{name} {row}") for row in range(4) for x, name in ((50, "Looms"), (300, "Dyes"))]
    sections = _sections(
        read_bytes(
            drawn(
                (50, 742, "Experience"),
                (50, 728, "Weaver, Upper Mill"),
                (470, 728, "2003 - 2005"),
                (50, 714, "Skills"),
                *skills,
            )
        )
    )
    assert sections["Experience"] == ["Weaver, Upper Mill 2003 - 2005"]


def test_a_date_that_ends_a_side_column_stays_in_it() -> None:
    """A date set at the left edge of a side column is its last line, and not that of the line beside it."""
    main = ["Experience", "Weaver, Upper Mill", *["Kept looms of the upper mill in order"] * 4]
    side = ["Education", "Mill School", "Diploma", "of Weaving", "and Dyes", "2001 - 2003"]
    places = [(50, 800 - 14 * row, text) for row, text in enumerate(main)]
    places += [(400, 800 - 14 * row, text) for row, text in enumerate(side)]
    assert _sections(read_bytes(drawn(*places)))["Education"][-1] == "2001 - 2003"


def test_items_side_by_side_are_items_each() -> None:
    """Skills in three columns of short words are lines of their own, and so are two with list marks."""
    names = [["Looms", "Spinning", "Dyes"], ["Carding", "Felting", "Knots"], ["Lace", "Sewing", "Wool"]]
    places = [(50 + 170 * n, 760 - 14 * row, text) for row, line in enumerate(names) for n, text in enumerate(line)]
    sections = _sections(read_bytes(drawn((50, 774, "Skills"), *places, (50, 700, "Profile"), (50, 686, _TOLD))))
    assert sorted(sections["Skills"]) == sorted(name for line in names for name in line)
    marked = [(x, 760 - 14 * row, f"\u2022 {names[row][n]}") for row in range(3) for n, x in enumerate((50, 110))]
    assert (
        len(
            _sections(read_bytes(drawn((50, 774, "Skills"), *marked, (50, 700, "Profile"), (50, 686, _TOLD))))["Skills"]
        )
        == 6
    )


def test_a_label_and_its_value_stay_on_one_line() -> None:
    """Cells with a label, a number or a date are no grid of items."""
    rows = [("Danish", "native", "since 1990"), ("English", "fluent", "since 2001")]
    places = [(50 + 150 * n, 760 - 14 * row, text) for row, line in enumerate(rows) for n, text in enumerate(line)]
    document = read_bytes(drawn((50, 774, "Languages"), *places))
    assert _sections(document)["Languages"] == ["Danish native since 1990", "English fluent since 2001"]


def test_the_longer_column_goes_on_below_the_shorter() -> None:
    """Lines right below the shorter side column, in the longer one's place, belong to the job above them."""
    main = [
        "Experience",
        "Weaver, Upper Mill, 2003 - 2005",
        *(f"\u2022 Kept loom {number} going" for number in range(9)),
    ]
    side = ["Languages", "Danish", "English", "Skills", "Looms"]
    places = [(50, 800 - 14 * row, text) for row, text in enumerate(main)]
    places += [(400, 800 - 14 * row, text) for row, text in enumerate(side)]
    sections = _sections(read_bytes(drawn(*places)))
    assert len(sections["Experience"]) == 10
    assert sections["Skills"] == ["Looms"]


def test_a_wide_column_goes_on_alone_on_the_next_page() -> None:
    """What stands on a page of one column goes on with the wide column of the page before, not with the side column."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4, invariant=1)
    main = [
        "Experience",
        "Weaver, Upper Mill, 2003 - 2005",
        *(f"\u2022 Kept loom {number} of the upper mill going all day" for number in range(51)),
    ]
    side = ["Skills", *(f"Looms {number}" for number in range(20)), "Education", "Mill School"]
    for x, texts in ((50, main), (400, side)):
        for row, text in enumerate(texts):
            page.drawString(x, 800 - 14 * row, text)
    page.showPage()
    for row in range(6):
        page.drawString(50, 800 - 14 * row, f"\u2022 Kept loom {60 + row} of the upper mill going all day")
    page.save()
    sections = _sections(read_bytes(out.getvalue()))
    assert len(sections["Experience"]) == 58
    assert sections["Education"] == ["Mill School"]
