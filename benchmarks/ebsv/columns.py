"""Measures the order in which pages of several columns are read: the share of neighbouring words that stay neighbours.

A column read into another turns two sentences into none; so layouts are drawn from chance, with words that say where
each stands, and a seed that was never tuned on says how well it goes elsewhere.
Run: python benchmarks/ebsv/columns.py [--seed N] [--count N] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import re
from collections import Counter
from pathlib import Path

import attrs
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas

from cvsense_async.sandbox.ebsv.document import Unreadable
from cvsense_async.sandbox.ebsv.extract import read_bytes

_VERBS = [
    "Planned",
    "Repaired",
    "Counted",
    "Measured",
    "Painted",
    "Ordered",
    "Trained",
    "Checked",
    "Packed",
    "Surveyed",
    "Mended",
    "Wrote",
    "Led",
    "Kept",
]
_NOUNS = [
    "timber",
    "cranes",
    "ledgers",
    "rosters",
    "permits",
    "mortar",
    "gravel",
    "canals",
    "locks",
    "dams",
    "kitchens",
    "gardens",
    "boilers",
    "pumps",
    "ferries",
    "looms",
    "kilns",
    "orchards",
]
_TAILS = [
    "for the northern depot",
    "with a crew of nine",
    "under the old contract",
    "before the frost came",
    "to the owners' liking",
    "on three sites at once",
    "without a day lost",
    "and wrote the report",
    "for schools and clinics",
    "across two counties",
]
_JOBS = ["Foreman", "Planner", "Clerk", "Surveyor", "Gardener", "Mason", "Joiner", "Buyer", "Baker", "Welder"]
_FIRMS = ["Alder Works", "Birch & Sons", "Cedar Ltd", "Dogwood Yards", "Elm Partners", "Fir Council"]
_SKILLS = [
    "Welding",
    "Masonry",
    "Soil tests",
    "Spreadsheets",
    "First aid",
    "Crane driving",
    "Estimating",
    "Tiling",
    "Plumbing",
    "Drawing",
    "Payroll",
    "Stock control",
    "Ledger work",
    "Joinery",
    "Rigging",
    "Pruning",
    "Glazing",
    "Baking",
]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WORD = re.compile(r"[^\W_]+")


@attrs.frozen
class Text:
    """A line before it is wrapped: what it says, how it is set, and what stands at the right edge of its line."""

    text: str
    size: float = 10
    bold: bool = False
    bullet: bool = False
    right: str = ""
    space: float = 0.0


@attrs.define
class Sheet:
    """What is drawn: strings at places, on pages, and what must be read together."""

    width: float
    height: float
    drawn: list[tuple[int, float, float, str, str, float]] = attrs.field(factory=list)  # page, x, y, text, font, size
    fills: list[tuple[int, float, float, float, float]] = attrs.field(factory=list)
    runs: list[tuple[str, str]] = attrs.field(factory=list)  # the heading above, and what must be read as one line
    under: str = ""
    spread: list[tuple[int, float, float, str, str, float, float]] = attrs.field(factory=list)  # with a word space


def _sentence(chance: random.Random) -> str:
    several = chance.choice((1, 1, 2, 2, 3))
    told = [f"{chance.choice(_NOUNS)} {chance.choice(_TAILS)}" for _ in range(several)]
    return f"{chance.choice(_VERBS)} {', '.join(told)}."


def _span(chance: random.Random) -> str:
    start = chance.randint(1995, 2018)
    end = str(start + chance.randint(1, 5))
    form = chance.choice(("{a} - {b}", "{m} {a} – {n} {b}", "0{d}/{a} - 1{e}/{b}"))
    return form.format(
        a=start,
        b=end,
        m=chance.choice(_MONTHS),
        n=chance.choice(_MONTHS),
        d=chance.randint(1, 9),
        e=chance.randint(0, 2),
    )


def _heading(name: str, chance: random.Random, style: int) -> Text:
    return Text(name.upper() if style % 2 else name, size=11 + style % 3, bold=True, space=8)


def _jobs(chance: random.Random, style: int, count: int, dates: str) -> list[Text]:
    found = [_heading(chance.choice(("Work Experience", "Experience", "Employment History")), chance, style)]
    for _ in range(count):
        title, span = f"{chance.choice(_JOBS)}, {chance.choice(_FIRMS)}", _span(chance)
        if dates == "right":
            found.append(Text(title, bold=True, right=span, space=4))
        elif dates == "under":
            found += [Text(title, bold=True, space=4), Text(span)]
        else:
            found.append(Text(f"{title}, {span}", bold=True, space=4))
        found += [Text(_sentence(chance), bullet=style % 4 != 3) for _ in range(chance.randint(2, 5))]
    return found


def _schools(chance: random.Random, style: int) -> list[Text]:
    degree = chance.choice(("Diploma in Building", "BSc Forestry", "Certificate of Masonry"))
    school = chance.choice(("Hill College", "Lakeside University", "Harbour School of Trades"))
    return [
        _heading("Education", chance, style),
        Text(degree, bold=True),
        Text(f"{school}, {chance.randint(1990, 2010)}"),
    ]


def _skills(chance: random.Random, style: int, count: int) -> list[Text]:
    return [_heading(chance.choice(("Skills", "Key Skills", "Core Skills")), chance, style)] + [
        Text(name, bullet=style % 2 == 0) for name in chance.sample(_SKILLS, count)
    ]


def _contact(chance: random.Random, style: int) -> list[Text]:
    return [
        _heading("Contact", chance, style),
        Text("mira.novak@example.org"),
        Text("+44 20 7946 0958"),
        Text("Leeds, UK"),
    ]


def _languages(chance: random.Random, style: int) -> list[Text]:
    return [_heading("Languages", chance, style)] + [
        Text(f"{name} ({level})") for name, level in (("Danish", "native"), ("English", "fluent"))
    ]


def _summary(chance: random.Random, style: int) -> list[Text]:
    return [_heading("Profile", chance, style), Text(" ".join(_sentence(chance) for _ in range(3)))]


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and stringWidth(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _set(
    sheet: Sheet,
    texts: list[Text],
    page: int,
    x: float,
    top: float,
    width: float,
    bottom: float,
    *,
    next_column: list[tuple[int, float, float, float]],
    justify: bool,
    family: str,
    scale: float,
    lead: float,
) -> tuple[int, float]:
    """Sets texts into a column, on into the next ones; gives the page and height where it ended."""
    y = top
    places = list(next_column)
    for number, one in enumerate(texts):
        font = f"{family}-Bold" if one.bold else {"Times": "Times-Roman"}.get(family, family)
        size = one.size * scale
        indent = 12.0 if one.bullet else 0.0
        limit = width - indent - (stringWidth(one.right, font, size) + 12 if one.right else 0)
        lines = _wrapped(one.text, font, size, limit)
        y -= one.space * scale if y < top else 0
        for place, line in enumerate(lines):
            keep = lead * size * (3 if place == 0 and one.bold and number + 1 < len(texts) else 1)
            if y - keep < bottom and places:
                page, x, y, width = places.pop(0)
                top = y
            y -= lead * size
            if place == 0 and one.bullet:
                sheet.drawn.append((page, x + 2, y, "\u2022", font, size))
            if place == 0 and one.right:
                sheet.drawn.append((page, x + width - stringWidth(one.right, font, size), y, one.right, font, size))
            gaps = line.count(" ")
            slack = width - indent - stringWidth(line, font, size)
            if justify and gaps and place + 1 < len(lines) and slack < 0.3 * width and not one.right:
                sheet.spread.append((page, x + indent, y, line, font, size, slack / gaps))
            else:
                sheet.drawn.append((page, x + indent, y, line, font, size))
        if one.bold and 11 <= one.size < 20:
            sheet.under = one.text
        else:
            sheet.runs.append((sheet.under, f"{one.text} {one.right}" if one.right and len(lines) == 1 else one.text))
    return page, y


def _sheet(chance: random.Random) -> Sheet:
    width, height = chance.choice((A4, LETTER))
    return Sheet(width, height)


def _style(chance: random.Random) -> dict[str, object]:
    return {
        "justify": chance.random() < 0.3,
        "family": chance.choice(("Helvetica", "Times")),
        "scale": chance.uniform(0.85, 1.1),
        "lead": chance.uniform(1.15, 1.5),
    }


def _name(sheet: Sheet, chance: random.Random, *, centred: bool) -> float:
    """A name and contacts across the page; gives the height below them."""
    name, line = "Mira Novak", "mira.novak@example.org | +44 20 7946 0958 | Leeds, UK"
    y = sheet.height - 60
    for text, font, size in ((name, "Helvetica-Bold", 20.0), (line, "Helvetica", 9.5)):
        x = (sheet.width - stringWidth(text, font, size)) / 2 if centred else 40
        sheet.drawn.append((1, x, y, text, font, size))
        sheet.runs.append(("", text))
        y -= 18
    return y - chance.uniform(4, 20)


def sidebar(chance: random.Random) -> Sheet:
    """A narrow column beside a wide one, left or right, over one or two pages, a header across or not."""
    sheet, style, look = _sheet(chance), _style(chance), chance.randint(0, 11)
    share, gutter, left = chance.uniform(0.24, 0.4), chance.uniform(9, 30), chance.random() < 0.5
    header = chance.random() < 0.6
    top = _name(sheet, chance, centred=chance.random() < 0.5) if header else sheet.height - 50
    inner = sheet.width - 70 - gutter
    narrow, wide = share * inner, (1 - share) * inner
    nx, wx = (35.0, 35 + narrow + gutter) if left else (35 + wide + gutter, 35.0)
    side = [*_contact(chance, look), *_skills(chance, look, chance.randint(4, 12)), *_languages(chance, look)]
    if chance.random() < 0.5:
        side += _schools(chance, look)
    main = [*_summary(chance, look)] if chance.random() < 0.6 else []
    if not header:
        main = [Text("Mira Novak", size=20, bold=True), *main]
    main += _jobs(chance, look, chance.randint(2, 6), chance.choice(("right", "under", "in")))
    main += _schools(chance, look) if chance.random() < 0.5 else []
    second = sheet.height - 50
    if chance.random() < 0.3:
        sheet.fills.append((1, nx - 6, 0, narrow + 12, sheet.height))
    common = {**style}
    _set(sheet, side, 1, nx, top, narrow, 45, next_column=[(2, nx, second, narrow)], **common)  # type: ignore[arg-type]
    _set(sheet, main, 1, wx, top, wide, 45, next_column=[(2, wx, second, wide), (3, wx, second, wide)], **common)  # type: ignore[arg-type]
    return sheet


def equal(chance: random.Random) -> Sheet:
    """Two or three columns of one width, text flowing from each into the next in the middle of a section."""
    sheet, style, look = _sheet(chance), _style(chance), chance.randint(0, 11)
    count, gutter = chance.choice((2, 2, 2, 3)), chance.uniform(10, 28)
    top = _name(sheet, chance, centred=chance.random() < 0.5)
    width = (sheet.width - 80 - gutter * (count - 1)) / count
    if chance.random() < 0.5:
        _, top = _set(sheet, _summary(chance, look), 1, 40, top, sheet.width - 80, 45, next_column=[], **style)  # type: ignore[arg-type]
        top -= 10
    texts = [
        *_jobs(chance, look, chance.randint(3, 7), chance.choice(("right", "under", "in"))),
        *_schools(chance, look),
        *_skills(chance, look, 6),
    ]
    second = sheet.height - 50
    places = [(1, 40 + n * (width + gutter), top, width) for n in range(1, count)]
    places += [(2, 40 + n * (width + gutter), second, width) for n in range(count)]
    bottom = chance.choice((45, 45, 300))
    _set(sheet, texts, 1, 40, top, width, bottom, next_column=places, **style)  # type: ignore[arg-type]
    return sheet


def dated(chance: random.Random) -> Sheet:
    """One column whose dates stand at the right edge, or in a column of their own at the left."""
    sheet, style, look = _sheet(chance), _style(chance), chance.randint(0, 11)
    top = _name(sheet, chance, centred=chance.random() < 0.5)
    width, second = sheet.width - 80, sheet.height - 50
    if chance.random() < 0.5:
        texts = [*_summary(chance, look), *_jobs(chance, look, chance.randint(2, 5), "right"), *_schools(chance, look)]
        _set(sheet, texts, 1, 40, top, width, 45, next_column=[(2, 40, second, width)], **style)  # type: ignore[arg-type]
        return sheet
    column = chance.uniform(95, 120)
    page, y = _set(sheet, [_heading("Experience", chance, look)], 1, 40, top, width, 45, next_column=[], **style)  # type: ignore[arg-type]
    for _ in range(chance.randint(2, 5)):
        span, job = (
            f"{chance.randint(1995, 2008)} - {chance.randint(2009, 2020)}",
            f"{chance.choice(_JOBS)}, {chance.choice(_FIRMS)}",
        )
        told = [Text(_sentence(chance), bullet=look % 2 == 0) for _ in range(chance.randint(1, 4))]
        _set(sheet, [Text(span)], page, 40, y, column, 45, next_column=[], **style)  # type: ignore[arg-type]
        page, y = _set(
            sheet,
            [Text(job, bold=True), *told],
            page,
            40 + column + 10,
            y,
            width - column - 10,
            45,
            next_column=[],
            **style,
        )  # type: ignore[arg-type]
        sheet.runs = [run for run in sheet.runs if run[1] not in (job, span)] + [(sheet.under, f"{span} {job}")]
        y -= 8
        if y < 120:
            page, y = page + 1, second
    return sheet


def grid(chance: random.Random) -> Sheet:
    """One column in which the skills stand in three or four columns of short words, then text goes on."""
    sheet, style, look = _sheet(chance), _style(chance), chance.randint(0, 11)
    top = _name(sheet, chance, centred=chance.random() < 0.5)
    width, second = sheet.width - 80, sheet.height - 50
    page, y = _set(
        sheet,
        [*_summary(chance, look), _heading("Skills", chance, look)],
        1,
        40,
        top,
        width,
        45,
        next_column=[],
        **style,
    )  # type: ignore[arg-type]
    columns = chance.choice((2, 3, 3, 4))
    names = chance.sample(_SKILLS, columns * chance.randint(2, 4))
    ends = []
    for number in range(columns):
        part = [Text(name, bullet=look % 2 == 0) for name in names[number::columns]]
        ends.append(
            _set(sheet, part, 1, 40 + number * width / columns, y, width / columns - 8, 45, next_column=[], **style)[1]
        )  # type: ignore[arg-type]
    texts = [
        *_jobs(chance, look, chance.randint(2, 5), chance.choice(("right", "under", "in"))),
        *_schools(chance, look),
    ]
    _set(sheet, texts, page, 40, min(ends) - 6, width, 45, next_column=[(2, 40, second, width)], **style)  # type: ignore[arg-type]
    return sheet


def mixed(chance: random.Random) -> Sheet:
    """Text across the page, two columns of unequal length below it, then text across again."""
    sheet, style, look = _sheet(chance), _style(chance), chance.randint(0, 11)
    top = _name(sheet, chance, centred=chance.random() < 0.5)
    width, gutter = sheet.width - 80, chance.uniform(10, 30)
    _, y = _set(sheet, _summary(chance, look), 1, 40, top, width, 45, next_column=[], **style)  # type: ignore[arg-type]
    share = chance.uniform(0.35, 0.65)
    left, right = share * (width - gutter), (1 - share) * (width - gutter)
    _, y1 = _set(
        sheet, _schools(chance, look) + _languages(chance, look), 1, 40, y - 8, left, 45, next_column=[], **style
    )  # type: ignore[arg-type]
    _, y2 = _set(
        sheet,
        _skills(chance, look, chance.randint(3, 9)),
        1,
        40 + left + gutter,
        y - 8,
        right,
        45,
        next_column=[],
        **style,
    )  # type: ignore[arg-type]
    texts = _jobs(chance, look, chance.randint(2, 5), chance.choice(("right", "under", "in")))
    _set(sheet, texts, 1, 40, min(y1, y2) - 10, width, 45, next_column=[(2, 40, sheet.height - 50, width)], **style)  # type: ignore[arg-type]
    return sheet


LAYOUTS = (sidebar, equal, dated, grid, mixed)


def printed(sheet: Sheet, chance: random.Random) -> bytes:
    """The sheet as a PDF: drawn column by column, or line by line down the page."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(sheet.width, sheet.height), invariant=1)
    everything = [(*one, 0.0) for one in sheet.drawn] + list(sheet.spread)
    if chance.random() < 0.5:
        everything.sort(key=lambda one: (-round(one[2]), one[1]))
    for number in range(1, max(one[0] for one in everything) + 1):
        for at, x, y, width, height in sheet.fills:
            if at == number:
                page.setFillGray(0.9)
                page.rect(x, y, width, height, stroke=0, fill=1)
                page.setFillGray(0)
        for at, x, y, text, font, size, space in everything:
            if at == number:
                line = page.beginText(x, y)
                line.setFont(font, size)
                line.setWordSpace(space)
                line.textOut(text)
                page.drawText(line)
        page.showPage()
    page.save()
    return out.getvalue()


def pairs(text: str) -> Counter[tuple[str, str]]:
    """The neighbouring words of a text, and how often each pair stands in it."""
    words = [word.lower() for word in _WORD.findall(text)]
    return Counter(itertools.pairwise(words))


@attrs.frozen
class Kept:
    """Of one file: the share of neighbours read as such, of lines read whole, of lines under their own heading."""

    neighbours: float
    whole: float
    under: float


def kept(sheet: Sheet, content: bytes) -> Kept:
    """What reading keeps of a sheet."""
    try:
        sections = read_bytes(content).sections
    except Unreadable:
        return Kept(0.0, 0.0, 0.0)
    lines = [(section.title, line.text) for section in sections for line in section.lines]
    read = pairs(" ".join(text for _, text in lines))
    wanted = sum((pairs(run) for _, run in sheet.runs), Counter[tuple[str, str]]())
    found = [[title for title, text in lines if _plain(run) == _plain(text)] for _, run in sheet.runs]
    right = [
        any(title.lower() == under.lower() for title in titles)
        for (under, _), titles in zip(sheet.runs, found, strict=True)
        if titles
    ]
    return Kept(
        sum((wanted & read).values()) / wanted.total(),
        sum(bool(titles) for titles in found) / len(found),
        sum(right) / max(1, len(right)),
    )


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def main() -> None:
    """Prints the share of neighbours kept for each kind of layout, and the files that keep least."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, help="files of each kind")
    parser.add_argument("--keep", type=Path, help="where to write the files that keep less than 98 %%")
    given = parser.parse_args()
    for layout in LAYOUTS:
        found: list[tuple[Kept, int]] = []
        for number in range(given.count):
            chance = random.Random(f"{given.seed} {layout.__name__} {number}")
            sheet = layout(chance)
            content = printed(sheet, chance)
            one = kept(sheet, content)
            found.append((one, number))
            if given.keep and min(one.neighbours, one.whole, one.under) < 0.97:
                given.keep.mkdir(parents=True, exist_ok=True)
                (given.keep / f"{layout.__name__}-{number}.pdf").write_bytes(content)
        told = [layout.__name__.ljust(8)]
        for name in ("neighbours", "whole", "under"):
            shares = sorted((getattr(one, name), number) for one, number in found)
            least = ", ".join(f"{share:.2f} (#{number})" for share, number in shares[:4])
            told.append(f"{name} {sum(share for share, _ in shares) / len(shares):.4f}, least {least}")
        print("; ".join(told))


if __name__ == "__main__":
    main()
