"""Reading order and what a reader would not see, on pages drawn for it."""

from __future__ import annotations

import io

from ebsv.read_builders import as_pdf, as_two_columns, drawn
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.ebsv.document import Document, Month, SectionKind
from cvsense_async.sandbox.ebsv.extract import read_bytes


def _texts(document: Document) -> list[str]:
    return [line.text for _, line in document.lines()]


def _canvas() -> tuple[canvas.Canvas, io.BytesIO]:
    out = io.BytesIO()
    return canvas.Canvas(out, pagesize=A4, invariant=1), out


def test_columns_drawn_row_by_row_are_read_as_columns() -> None:
    """Two columns whose lines stand at the same heights are read one after the other."""
    rows = [
        ("SKILLS", "EXPERIENCE"),
        ("Rust", "Compiler engineer, Initech, 2019-2024"),
        ("Docker", "Rewrote the linker of the build farm in"),
        ("Linux", "Rust and halved its memory"),
        ("LANGUAGES", "Tools engineer, Umbrella, 2016-2019"),
        ("Dutch", "Kept the packaging scripts alive"),
    ]
    places = [
        (x, 780 - 20 * number, text) for number, row in enumerate(rows) for x, text in zip((50, 220), row, strict=True)
    ]
    document = read_bytes(drawn(*places))
    assert [section.kind for section in document.sections] == [
        SectionKind.SKILLS,
        SectionKind.LANGUAGES,
        SectionKind.EXPERIENCE,
    ]
    assert "Rewrote the linker of the build farm in Rust and halved its memory" in _texts(document)
    assert [len(role.lines) for role in document.sections[2].roles] == [2, 2]


def test_dates_beside_jobs_are_read_with_them() -> None:
    """A column of dates is no column of text: each stands with its job."""
    document = read_bytes(
        drawn(
            (50, 780, "Experience"),
            (50, 760, "2016 - 2020"),
            (160, 760, "Site Manager, Stark Building"),
            (160, 746, "Ran three sites with ninety people on them."),
            (160, 732, "Brought every handover in before its date."),
            (50, 712, "2012 - 2016"),
            (160, 712, "Foreman, Wayne Construction"),
            (160, 698, "Planned the shifts."),
            (50, 670, "Education"),
            (50, 650, "2009 - 2012"),
            (160, 650, "Diploma in Civil Engineering, Delft"),
        )
    )
    first, second = document.sections[0].roles
    assert (first.title, second.title) == ("Site Manager", "Foreman")
    assert [len(first.lines), len(second.lines)] == [3, 2]
    assert document.sections[1].kind is SectionKind.EDUCATION


def test_a_span_set_over_three_lines_is_one() -> None:
    """ "July 2012", "to", "May 2014" on lines of their own date one role."""
    document = read_bytes(
        drawn(
            (50, 780, "Experience"),
            (50, 766, "July 2012"),
            (50, 752, "to"),
            (50, 738, "May 2014"),
            (50, 724, "Contoso Ltd Stock Clerk"),
            (70, 700, "Counted stock each Friday."),
        )
    )
    (role,) = document.sections[0].roles
    assert role.start is not None
    assert role.end is not None
    assert role.end.index - role.start.index + 1 == 23


def test_words_are_parted_where_no_spaces_are_drawn() -> None:
    """Web printers place words without spaces; the gaps part them."""
    page, out = _canvas()
    page.setFont("Times-Roman", 10)
    x = 50.0
    words = ("Prepare", "financial", "statements", "for", "offices", "of", "the", "firm", "self-made")
    for word in words:
        page.drawString(x, 700, word)
        x += page.stringWidth(word, "Times-Roman", 10) + 2.5
    page.save()
    assert _texts(read_bytes(out.getvalue())) == [" ".join(words)]


def test_broken_words_are_made_whole() -> None:
    """A word broken at a line's end is joined; a hyphen that belongs to it stays."""
    document = read_bytes(
        drawn((50, 700, "Developed embedded firm-"), (50, 688, "ware on a long-"), (50, 676, "term plan of work"))
    )
    assert _texts(document) == ["Developed embedded firmware on a long-term plan of work"]


def test_text_that_cannot_be_seen_is_flagged() -> None:
    """White, tiny, unseen and off-page text is kept as hidden lines and left out of the text."""
    page, out = _canvas()
    page.setFont("Helvetica", 10)
    page.drawString(50, 700, "Gardener with ten years in public parks")
    page.setFillColorRGB(1, 1, 1)
    page.drawString(50, 650, "kubernetes terraform")
    page.setFillColorRGB(0, 0, 0)
    page.drawString(900, 600, "haskell erlang")
    unseen = page.beginText(50, 550)
    unseen.setTextRenderMode(3)
    unseen.textOut("prolog cobol")
    page.drawText(unseen)
    page.setFont("Helvetica", 1)
    page.drawString(50, 500, "golang scala")
    page.save()
    document = read_bytes(out.getvalue())
    assert document.text == "Gardener with ten years in public parks"
    assert "hidden_text" in document.flags
    hidden = {word for _, line in document.lines() if line.hidden for word in line.text.split()}
    assert {"kubernetes", "haskell", "prolog", "golang"} <= hidden


def test_white_text_on_a_dark_band_is_seen() -> None:
    """Designed CVs set white letters on dark bands: they are not hidden."""
    page, out = _canvas()
    page.setFillColorRGB(0.1, 0.1, 0.4)
    page.rect(0, 700, 600, 100, fill=1, stroke=0)
    page.setFillColorRGB(1, 1, 1)
    page.setFont("Helvetica-Bold", 20)
    page.drawString(50, 740, "Mira Novak, Cartographer")
    page.save()
    document = read_bytes(out.getvalue())
    assert document.flags == ()
    assert document.text == "Mira Novak, Cartographer"


def test_a_cv_without_headings_is_cut_by_content() -> None:
    """Dated lines make experience, degrees education, lists of words skills."""
    document = read_bytes(
        as_pdf(
            [
                ("name", "Tom Brown"),
                ("line", "tom@example.com"),
                (
                    "line",
                    "Electrician with twelve years on building sites, used to reading drawings nobody has updated.",
                ),
                ("line", "2015 - 2023 Electrician, Volt Ltd, Leeds"),
                ("bullet", "Installed switchgear in hospitals."),
                ("line", "2011 - 2015 Apprentice, Spark and Sons"),
                ("bullet", "Pulled cable."),
                ("line", "City and Guilds Diploma, Leeds College, 2009 - 2011"),
                ("line", "Testing, Wiring, AutoCAD, First aid, PLC"),
            ]
        )
    )
    assert [section.kind.value for section in document.sections] == [
        "header",
        "summary",
        "experience",
        "education",
        "skills",
    ]
    assert len(document.sections[2].roles) == 2


def test_pages_are_numbered() -> None:
    """A line knows its page, and the document how many it has."""
    document = read_bytes(drawn((50, 700, "The same words on every page of it."), pages=3))
    assert document.pages == 3
    assert [line.page for _, line in document.lines()] == [1, 2, 3]


def test_labels_at_the_left_head_sections() -> None:
    """A section's name beside its text, as in European CVs, is its heading."""
    document = read_bytes(
        drawn(
            (50, 780, "Kim Lund"),
            (50, 750, "Experience"),
            (160, 750, "Planner, City of Oslo, 2015 - 2020"),
            (160, 736, "Planned the tram lines of the east."),
            (160, 722, "Assistant, City of Bergen, 2012 - 2015"),
            (160, 708, "Drew maps."),
            (50, 680, "Education"),
            (160, 680, "MSc Geography, Oslo, 2012"),
            (50, 650, "Skills"),
            (160, 650, "Surveying, Maps, Statistics"),
        )
    )
    assert [section.title for section in document.sections] == ["", "Experience", "Education", "Skills"]
    assert [role.title for role in document.sections[1].roles] == ["Planner", "Assistant"]


def test_a_narrow_column_goes_on_over_the_page() -> None:
    """Beside a wide column, a narrow one goes on with its own section on the next page, and so does the wide one."""
    page, out = _canvas()
    names = (
        "timber",
        "crane",
        "survey",
        "mortar",
        "gravel",
        "permit",
        "ledger",
        "roster",
        "bill",
        "canal",
        "lock",
        "dam",
    )
    lists = [["SKILLS"], ["LANGUAGES", "Danish", "Finnish"]]
    jobs = [["EXPERIENCE", "Foreman, Alpha, 2015 - 2020"], ["EDUCATION", "Trade school, 2009"]]
    for number in range(2):
        page.setFont("Helvetica", 10)
        items = [f"{name.title()} handling {number}{turn}" for turn in range(2) for name in names]
        told = [f"Kept the {one} and the {two} in order, week by week" for one in names[:6] for two in names[6:]]
        left = [*lists[0], *items] if number == 0 else [*items, *lists[1]]
        right = [*jobs[0], *told] if number == 0 else [*told, *jobs[1]]
        for row, text in enumerate(left):
            page.drawString(40, 800 - 17 * row, text)
        for row, text in enumerate(right):
            page.drawString(230, 800 - 14 * row, text)
        page.showPage()
    page.save()
    document = read_bytes(out.getvalue())
    found = {section.kind: section.lines for section in document.sections}
    assert len(found[SectionKind.SKILLS]) == 48
    assert [line.text for line in found[SectionKind.LANGUAGES]] == ["Danish", "Finnish"]
    assert [line.text for line in found[SectionKind.EDUCATION]] == ["Trade school, 2009"]
    assert " ".join(line.text for line in found[SectionKind.EXPERIENCE]).count("week by week") == 72


def test_a_name_on_top_of_the_second_column_is_no_skill() -> None:
    """Where the narrow column comes first, the name above the wide one still is the name."""
    page, out = _canvas()
    page.setFont("Helvetica", 10)
    for row, text in enumerate(["CONTACT", "lena@example.org", "SKILLS", "Django", "Redis", "Celery", "Linux"]):
        page.drawString(30, 780 - 17 * row, text)
    page.setFont("Helvetica-Bold", 20)
    page.drawString(220, 778, "LENA BEISPIEL")
    page.setFont("Helvetica", 10)
    for row, text in enumerate(
        ["WORK EXPERIENCE", "Developer, Zahlwerk, 03/2019 - heute", "Built the ledger service."]
    ):
        page.drawString(220, 740 - 15 * row, text)
    page.save()
    document = read_bytes(out.getvalue())
    assert document.contact.name == "LENA BEISPIEL"
    assert [section.kind.value for section in document.sections] == ["header", "skills", "header", "experience"]


def test_turned_pages_and_text_under_a_scan_are_read() -> None:
    """A page shown turned is read as it is shown; the text that a scanner lays under its picture is the page's text."""
    page, out = _canvas()
    page.setPageRotation(90)
    page.translate(595, 0)
    page.rotate(90)
    page.setFont("Helvetica", 10)
    for row, text in enumerate(["Experience", "Welder, Dock, 2010 - 2015", "Welded hulls in all weathers."]):
        page.drawString(50, 500 - 14 * row, text)
    page.save()
    turned = read_bytes(out.getvalue())
    assert [role.title for role in turned.sections[0].roles] == ["Welder"]

    page, out = _canvas()
    picture = ImageReader(io.BytesIO(b"P6\n60 80\n255\n" + b"\xc8" * (60 * 80 * 3)))
    page.drawImage(picture, 0, 0, *A4)
    unseen = page.beginText(50, 700)
    unseen.setTextRenderMode(3)
    unseen.textLine("Baker at the Mill House, who baked four hundred loaves a night for nine years.")
    page.drawText(unseen)
    page.save()
    assert read_bytes(out.getvalue()).text.startswith("Baker at the Mill House")


def test_headings_inside_a_job_stay_in_it() -> None:
    """ "Achievements:" under a job, set unlike the sections' headings and followed by a job, opens no section."""
    document = read_bytes(
        as_pdf(
            [
                ("heading", "WORK EXPERIENCE"),
                ("job", "Test Lead, Initech, Jan 2018 - Present"),
                ("line", "Achievements:"),
                ("bullet", "Cut the defects by half."),
                ("job", "Tester, Umbrella, Jan 2015 - Dec 2017"),
                ("bullet", "Wrote the first plan of tests."),
                ("line", "Skills:"),
                ("line", "Selenium, Postman"),
                ("heading", "EDUCATION"),
                ("line", "BTech, 2014"),
            ]
        )
    )
    assert [section.kind.value for section in document.sections] == ["experience", "skills", "education"]
    assert [len(role.lines) for role in document.sections[0].roles] == [3, 2]


def test_lengths_stand_in_for_dates() -> None:
    """Where a CV gives lengths and no dates, the roles last what it says."""
    document = read_bytes(
        as_pdf(
            [
                ("heading", "Experience"),
                ("line", "Stage Carpenter (9 months)"),
                ("bullet", "Built the revolving stage."),
                ("line", "Apprentice Carpenter (1 year 5 months)"),
                ("bullet", "Sawed."),
            ]
        )
    )
    assert [role.stated for role in document.sections[0].roles] == [9, 17]
    assert document.experience_months(Month(2024, 1)) == 26


def test_filled_forms_are_read() -> None:
    """What stands in the fields of a form is text of the page."""
    page, out = _canvas()
    page.drawString(50, 780, "Experience")
    page.acroForm.textfield(name="a", value="Bricklayer, Granite Ltd, 2010 - 2015", x=50, y=740, width=300, fontSize=10)
    page.acroForm.textfield(name="b", value="Built chimneys and garden walls.", x=50, y=700, width=300, fontSize=10)
    page.save()
    (role,) = read_bytes(out.getvalue()).sections[0].roles
    assert role.title == "Bricklayer"
    assert [line.text for line in role.lines][1:] == ["Built chimneys and garden walls."]


def test_jobs_that_flow_into_the_next_pages_first_column() -> None:
    """A side column that ends above its page's end has said all: what opens the next page are the jobs beside it."""
    side = [("heading", "Skills"), *(("line", name) for name in ("Timber", "Mortar", "Gravel", "Permits"))]
    told = [f"Kept the {n}th yard in order and wrote down what came and went for the owners." for n in range(70)]
    jobs = [("heading", "Experience"), ("job", "Foreman, Alpha Yards, 2015 - 2020"), *(("bullet", one) for one in told)]
    document = read_bytes(as_two_columns(side, jobs))
    found = {section.kind: section.lines for section in document.sections}
    assert [line.text for line in found[SectionKind.SKILLS]] == ["Timber", "Mortar", "Gravel", "Permits"]
    assert [line.text for line in found[SectionKind.EXPERIENCE] if line.bullet] == told


def test_sentences_in_a_narrow_column_are_whole() -> None:
    """An item of several words that fills its narrow line goes on, and short names under each other stay apart."""
    side = [
        ("heading", "Education"),
        (
            "line",
            "Bachelor of Science in Forest Management (Trees and Timber) from Lakeside College of Natural Science",
        ),
        ("heading", "Skills"),
        *(("line", name) for name in ("Timber grading", "Chainsaw work", "Tree surveys", "Felling")),
    ]
    jobs = [
        ("heading", "Experience"),
        ("job", "Forester, Alpha Woods, 2015 - 2020"),
        *[("bullet", "Felled trees.")] * 30,
    ]
    document = read_bytes(as_two_columns(side, jobs))
    found = {section.kind: [line.text for line in section.lines] for section in document.sections}
    assert found[SectionKind.EDUCATION] == [side[1][1]]
    assert found[SectionKind.SKILLS] == ["Timber grading", "Chainsaw work", "Tree surveys", "Felling"]
