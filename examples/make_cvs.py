"""Writes the invented CVs of `examples/cvs`; run it to make them again, byte for byte: `python examples/make_cvs.py`.

Everybody here is invented: e-mail addresses end in example.com, and the telephone numbers are of the ranges that are
kept for fiction. Needs reportlab, python-docx and pillow.
"""

from __future__ import annotations

import datetime
import io
import shutil
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from docx import Document
from docx.shared import Pt
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, ListItem, Paragraph, SimpleDocTemplate, Spacer

HERE = Path(__file__).parent / "cvs"
WRITTEN = datetime.datetime(2026, 9, 1, 9, 0, tzinfo=datetime.UTC)


@dataclass
class Role:
    title: str
    where: str
    dates: str
    did: list[str]


@dataclass
class CV:
    name: str
    contact: str
    profile: str
    roles: list[Role]
    education: list[str]
    skills: str = ""
    more: list[tuple[str, list[str]]] = field(default_factory=list)


AMIRA = CV(
    "Amira Castellan",
    "Leeds · amira.castellan@example.com · 07700 900142",
    "Data engineer with seven years in energy and retail. I build pipelines that somebody can still understand a year "
    "later, and I am happiest when the numbers in two reports agree.",
    [
        Role(
            "Senior Data Engineer",
            "Ferrowick Power, Leeds",
            "March 2022 to present",
            [
                "Rebuilt the settlement pipeline in Python and Apache Airflow: 11 million half-hourly meter readings a "
                "day, and a nightly run that went from six hours to 50 minutes.",
                "Moved the warehouse from an on-premises SQL Server to Snowflake; designed the star schema for billing "
                "and kept the raw readings as they arrived, so that every figure can be traced.",
                "Introduced dbt with 340 tests on 120 models; wrong bills caused by data fell from about 90 a month "
                "to 4.",
                "Run Kafka consumers in Docker on Kubernetes for readings from smart meters, with Terraform for the "
                "whole platform.",
                "Review code every day, and mentor two junior engineers, one of whom now leads the forecasting feed.",
            ],
        ),
        Role(
            "Data Engineer",
            "Hollin & Pike Stores, Bradford",
            "June 2019 to February 2022",
            [
                "Built the stock pipeline for 212 shops with Python, SQL and Redshift; store managers saw yesterday's "
                "sales at seven instead of at noon.",
                "Replaced 60 cron jobs by Airflow, with alerts that name the owner of the table.",
                "Wrote the team's guide to code review in Git, which two other teams took over.",
            ],
        ),
    ],
    ["BSc Mathematics, University of Sheffield, 2019 (first class)", "SnowPro Core certification, 2023"],
    "Python, SQL, Snowflake, Redshift, Airflow, dbt, Kafka, Terraform, Docker, Kubernetes, Git, pytest",
)

TOMASZ = CV(
    "Tomasz Greaves",
    "York · tomasz.greaves@example.com · 07700 900317",
    "Engineer of data platforms for nine years, the last five in water and banking, where auditors read what I write.",
    [
        Role(
            "Lead Data Engineer",
            "Calderbeck Water, York",
            "January 2021 to present",
            [
                "Lead three engineers who load readings of 9,000 sensors into BigQuery; the leakage team now finds a "
                "burst main within 20 minutes rather than the next morning.",
                "Designed the dimensional model for consumption and pressure, and wrote down where we chose wide "
                "tables instead, and why.",
                "Orchestrate 180 daily jobs with Dagster after a year of running Airflow; each has an owner, a test "
                "and a page about what to do at three in the morning.",
                "Provision everything with Terraform; a second region for disaster recovery took us two days.",
            ],
        ),
        Role(
            "Data Engineer",
            "Northgate Mutual Bank, Leeds",
            "August 2017 to December 2020",
            [
                "Wrote Python and SQL pipelines for the liquidity report to the regulator, delivered on time for 40 "
                "months running.",
                "Built a stream of card payments with Kafka that let the fraud team stop a payment before it left.",
                "Brought automated tests into a code base that had none: coverage of the report's logic reached 92 %.",
            ],
        ),
    ],
    ["MSc Data Science, University of Leeds, 2017", "BSc Physics, University of Hull, 2015"],
    "Python, SQL, BigQuery, Dagster, Airflow, dbt, Kafka, Terraform, Docker, Git",
)

PRIYA = CV(
    "Priya Lindqvist",
    "Leeds · priya.lindqvist@example.com · 0113 496 0184",
    "Analytics engineer who came from reporting and wants to go further upstream.",
    [
        Role(
            "Analytics Engineer",
            "Marlow Street Clinics, Leeds",
            "May 2024 to present",
            [
                "Maintain 70 dbt models in Snowflake for appointments and waiting times, and answer for their tests.",
                "Rewrote the waiting-list query in SQL; the morning report now takes 3 minutes instead of 45.",
                "Moved our reports into Git, with a review for each change.",
            ],
        ),
        Role(
            "Data Analyst",
            "Aire Valley Housing, Leeds",
            "September 2021 to April 2024",
            [
                "Reported on repairs and arrears for 14,000 homes with SQL and Power BI.",
                "Automated the monthly board pack in Python, which saved two days a month.",
            ],
        ),
    ],
    ["BA Economics, University of York, 2021"],
    "SQL, Snowflake, dbt, Python (pandas), Power BI, Git. I have read about Airflow and tried it at home.",
)

OWEN = CV(
    "Owen Achterberg",
    "Wakefield · owen.achterberg@example.com · 07700 900655",
    "Backend developer with six years of Python behind web services.",
    [
        Role(
            "Software Engineer",
            "Parcelwise, Leeds",
            "February 2020 to present",
            [
                "Develop the tracking service in Python and FastAPI: 3 million requests a day, 99.95 % of them "
                "answered last year.",
                "Tuned PostgreSQL: indexes and partitions brought the slowest query from 9 seconds to 80 milliseconds.",
                "Publish each parcel's events to Kafka for the data team.",
                "Deploy with Docker, Kubernetes and GitHub Actions; review about ten pull requests a week.",
            ],
        ),
        Role(
            "Junior Developer",
            "Tern Digital, Wakefield",
            "July 2018 to January 2020",
            ["Built booking sites in Django for eleven small hotels.", "Wrote the tests that the agency had put off."],
        ),
    ],
    ["BSc Computer Science, Leeds Beckett University, 2018"],
    "Python, SQL, PostgreSQL, FastAPI, Kafka, Docker, Kubernetes, Git",
)

LEANNE = CV(
    "Leanne Okoro",
    "Huddersfield · leanne.okoro@example.com · 07700 900278",
    "Business intelligence developer, twelve years with Microsoft's tools, four of them in energy.",
    [
        Role(
            "BI Developer",
            "Stanedge Gas, Huddersfield",
            "October 2018 to present",
            [
                "Own the SQL Server warehouse: star schemas for customers, contracts and payments, loaded by 140 SSIS "
                "packages.",
                "Delivered the quarterly return to the energy regulator without a correction for five years.",
                "Built 25 Power BI reports that 300 people open each week.",
            ],
        ),
        Role(
            "Report Writer",
            "Kirklees Print Group, Huddersfield",
            "April 2014 to September 2018",
            ["Wrote SQL reports on orders and machine time.", "Taught eight colleagues to write their own."],
        ),
    ],
    ["HND Computing, Kirklees College, 2013"],
    "T-SQL, SSIS, SSAS, Power BI, Azure DevOps; a little Python",
)

DANIEL = CV(
    "Daniel Fairweather",
    "Leeds · daniel.fairweather@example.com · 07700 900811",
    "Graduate in computer science, looking for a first post with data.",
    [
        Role(
            "Summer Intern, Data",
            "Otley Transport Trust, Otley",
            "June 2025 to September 2025",
            [
                "Wrote a Python script that cleans ticket files of three bus companies; it is still run each week.",
                "Drew the first map of late buses from 2 million rows in BigQuery with SQL.",
            ],
        ),
        Role(
            "Student Ambassador",
            "University of Leeds",
            "2023 to 2025",
            ["Showed 400 visitors round the department, and answered the parents' questions."],
        ),
    ],
    ["BSc Computer Science, University of Leeds, 2026 (upper second)"],
    "Python, SQL, Git, Java",
    [
        (
            "Projects",
            [
                "Final-year project: a pipeline in Airflow and Docker that loads river levels every hour and warns of "
                "floods; marked 74 %.",
            ],
        )
    ],
)

RUTH = CV(
    "Ruth Mbeki",
    "Manchester · ruth.mbeki@example.com · 0161 496 0072",
    "Results-driven data professional with a passion for technology.",
    [
        Role("Consultant", "Various clients", "2021 to present", ["Delivered value for stakeholders."]),
        Role("Associate", "Quillon Advisory, Manchester", "2018 to 2021", ["Supported the team in several projects."]),
    ],
    ["BA Business Management, 2018"],
    "Python, SQL, Apache Airflow, Snowflake, BigQuery, Redshift, data modelling, star schema, dbt, Kafka, Kinesis, "
    "Terraform, Docker, Kubernetes, Git, Spark, Hadoop, Scala, machine learning",
)

HARRIET = CV(
    "Harriet Sowerby",
    "Harrogate · harriet.sowerby@example.com · 07700 900466",
    "Teacher of history for eleven years, now head of department.",
    [
        Role(
            "Head of History",
            "Nidd Bank School, Harrogate",
            "September 2019 to present",
            [
                "Lead six teachers; the share of pupils with grade 5 or better rose from 61 % to 74 % in four years.",
                "Rewrote the course for ages 11 to 14 around local sources, with the county archive.",
                "Organise the yearly journey to Ypres for 90 pupils.",
            ],
        ),
        Role(
            "Teacher of History",
            "Elmet Academy, Leeds",
            "September 2014 to August 2019",
            ["Taught ages 11 to 18.", "Ran the debating club, twice in the national final."],
        ),
    ],
    ["PGCE Secondary History, University of York, 2014", "BA History, Durham University, 2013"],
    "Planning, assessment, safeguarding, speaking to large groups",
)

GARETH = CV(
    "Gareth Pilling",
    "Leeds · gareth.pilling@example.com · 07700 900529",
    "Head chef who keeps a kitchen calm and its costs known.",
    [
        Role(
            "Head Chef",
            "The Heron Rooms, Leeds",
            "April 2020 to present",
            [
                "Run a kitchen of nine that serves 120 covers on a Saturday; five stars for hygiene each year.",
                "Brought food cost down from 34 % to 28 % by cooking with the season and weighing what we throw away.",
            ],
        ),
        Role(
            "Sous Chef",
            "Wharfe House Hotel, Ilkley",
            "2015 to 2020",
            ["Cooked for weddings of up to 180 guests.", "Trained four apprentices, all of them still in the trade."],
        ),
    ],
    ["Level 3 Diploma in Professional Cookery, Leeds City College, 2014"],
    "Menus, suppliers, rotas, allergens",
)

NADIA = CV(
    "Nadia Ferreira",
    "Bradford · nadia.ferreira@example.com · 07700 900733",
    "Registered nurse with eight years on surgical wards.",
    [
        Role(
            "Ward Sister",
            "Airedale Moor Hospital, Keighley",
            "November 2021 to present",
            [
                "Lead a ward of 26 beds and a team of 31; falls went down by a third in a year after we changed the "
                "evening round.",
                "Collect the ward's safety figures each month and present them to the board.",
            ],
        ),
        Role(
            "Staff Nurse",
            "Airedale Moor Hospital, Keighley",
            "September 2017 to October 2021",
            ["Cared for patients after abdominal surgery.", "Taught students to give medicines safely."],
        ),
    ],
    ["BSc Adult Nursing, University of Bradford, 2017"],
    "Wound care, medicines, rotas, teaching",
)

ISLA = CV(
    "Isla Moorcroft",
    "Sheffield · isla.moorcroft@example.com · 0114 496 0127",
    "Database administrator who writes more and more pipelines.",
    [
        Role(
            "Database Administrator",
            "Rivelin Insurance, Sheffield",
            "January 2017 to present",
            [
                "Look after 40 PostgreSQL and Oracle databases, of which the largest holds 6 TB; no data lost in nine "
                "years, and a restore is rehearsed each quarter.",
                "Wrote Python jobs that load claims into Redshift each night, run by cron and watched by me.",
                "Introduced Git for database changes, with a second pair of eyes on each.",
            ],
        ),
    ],
    ["BSc Information Systems, Sheffield Hallam University, 2016"],
    "SQL, PostgreSQL, Oracle, Redshift, Python, Linux, Git",
)

KWAME = CV(
    "Kwame Bright",
    "London · kwame.bright@example.com · 020 7946 0391",
    "Contract data engineer, four years, mostly in media.",
    [
        Role(
            "Data Engineer (contract)",
            "Larkfield Media, London",
            "March 2024 to present",
            [
                "Build Airflow pipelines in Python that load listening figures into BigQuery: 400 GB a day.",
                "Cut the warehouse bill by 38 % by partitioning the five largest tables.",
                "Write tests with pytest for each pipeline; nothing is merged without a review.",
            ],
        ),
        Role(
            "Data Engineer (contract)",
            "Pennant Sports, London",
            "January 2022 to February 2024",
            ["Loaded scores from Kinesis into Redshift within 5 seconds.", "Modelled clubs and seasons in dbt."],
        ),
    ],
    ["BEng Electronic Engineering, University of Surrey, 2021"],
    "Python, SQL, Airflow, BigQuery, Redshift, Kinesis, dbt, Docker, Git",
)

COLIN = CV(
    "Colin Abara",
    "Leeds · colin.abara@example.com · 07700 900904",
    "Warehouse supervisor for ten years; I know where everything is, and who moved it.",
    [
        Role(
            "Shift Supervisor",
            "Tingley Logistics, Leeds",
            "2016 to present",
            ["Lead a night shift of 22.", "No accident that cost a day's work since 2020."],
        )
    ],
    ["Level 2 NVQ Warehousing, 2012"],
    "Forklift (counterbalance and reach), first aid",
)


def sections(cv: CV) -> list[tuple[str, list[str]]]:
    """What follows the roles: a heading and its lines."""
    rest = [("Education", cv.education), *cv.more]
    return [*rest, ("Skills", [cv.skills])] if cv.skills else rest


def as_pdf(cv: CV) -> bytes:
    """The CV as a PDF with a text layer."""
    text = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=14)
    name = ParagraphStyle("name", parent=text, fontName="Helvetica-Bold", fontSize=20, leading=26)
    heading = ParagraphStyle(
        "heading",
        parent=text,
        fontName="Helvetica-Bold",
        fontSize=12,
        spaceBefore=10,
        spaceAfter=4,
        textColor="#1f4e79",
    )
    role = ParagraphStyle("role", parent=text, fontName="Helvetica-Bold", spaceBefore=6)

    def bullets(lines: list[str]) -> ListFlowable:
        items = [ListItem(Paragraph(escaped(line), text), leftIndent=14) for line in lines]
        return ListFlowable(items, bulletType="bullet", start="•", bulletFontSize=9, leftIndent=14)

    story = [
        Paragraph(escaped(cv.name), name),
        Paragraph(escaped(cv.contact), text),
        Spacer(1, 6),
        Paragraph(escaped(cv.profile), text),
        Paragraph("Experience", heading),
    ]
    for each in cv.roles:
        story += [
            Paragraph(escaped(each.title), role),
            Paragraph(escaped(f"{each.where} | {each.dates}"), text),
            bullets(each.did),
        ]
    for title, lines in sections(cv):
        story += [Paragraph(title, heading), *(Paragraph(escaped(line), text) for line in lines)]
    out = io.BytesIO()
    margin = 20 * mm
    SimpleDocTemplate(
        out, pagesize=A4, title=f"CV of {cv.name}", author=cv.name, invariant=1,
        leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin,
    ).build(story)  # fmt: skip
    return out.getvalue()


def escaped(line: str) -> str:
    """A line as reportlab's little markup wants it."""
    return line.replace("&", "&amp;").replace("<", "&lt;")


def as_docx(cv: CV) -> bytes:
    """The CV as a Word document."""
    document = Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(cv.name, 0)
    document.add_paragraph(cv.contact)
    document.add_paragraph(cv.profile)
    document.add_heading("Experience", 1)
    for each in cv.roles:
        document.add_heading(each.title, 2)
        document.add_paragraph(f"{each.where} | {each.dates}")
        for line in each.did:
            document.add_paragraph(line, style="List Bullet")
    for title, lines in sections(cv):
        document.add_heading(title, 1)
        for line in lines:
            document.add_paragraph(line)
    facts = document.core_properties
    facts.author, facts.title = cv.name, f"CV of {cv.name}"
    facts.created = facts.modified = WRITTEN.replace(tzinfo=None)
    out = io.BytesIO()
    document.save(out)
    return same_each_time(out.getvalue())


def same_each_time(packed: bytes) -> bytes:
    """The ZIP with a fixed date on each part, and without the template's picture of itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, date_time=WRITTEN.timetuple()[:6])
            part.external_attr = 0o600 << 16
            part.create_system = 3
            new.writestr(part, old.read(name), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def as_scan(cv: CV) -> bytes:
    """The CV as a picture of a page, as a scanner makes it: a PDF without any text."""
    page = Image.new("L", (827, 1169), 255)
    draw = ImageDraw.Draw(page)
    lines = [(cv.name, 34), (cv.contact, 17), ("", 17), (cv.profile, 17), ("", 17)]
    for each in cv.roles:
        lines += [(each.title, 22), (f"{each.where} | {each.dates}", 17), *((f"- {line}", 17) for line in each.did)]
    for title, texts in sections(cv):
        lines += [("", 17), (title, 22), *((text, 17) for text in texts)]
    top = 80
    for line, size in lines:
        draw.text((80, top), line, fill=30, font=ImageFont.load_default(size))
        top += size * 3 // 2
    page = page.rotate(0.4, fillcolor=255).quantize(8).convert("L")
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(page), 0, 0, *A4)
    canvas.save()
    return out.getvalue()


def as_picture() -> bytes:
    """A small picture, which somebody saved under the wrong suffix."""
    picture = Image.new("RGB", (96, 120), "#d8e2dc")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((30, 18, 66, 58), fill="#9d8189")
    draw.rounded_rectangle((16, 66, 80, 130), 24, fill="#6d6875")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def main() -> None:
    """Write all of them, and remove what was there."""
    amira = as_pdf(AMIRA)
    files = {
        "amira-castellan.pdf": amira,
        "castellan-cv-final.pdf": amira,
        "tomasz-greaves.docx": as_docx(TOMASZ),
        "priya-lindqvist.pdf": as_pdf(PRIYA),
        "owen-achterberg.docx": as_docx(OWEN),
        "leanne-okoro.pdf": as_pdf(LEANNE),
        "daniel-fairweather.docx": as_docx(DANIEL),
        "ruth-mbeki.pdf": as_pdf(RUTH),
        "harriet-sowerby.pdf": as_pdf(HARRIET),
        "gareth-pilling.docx": as_docx(GARETH),
        "nadia-ferreira.pdf": as_pdf(NADIA),
        "colin-abara-scan.pdf": as_scan(COLIN),
        "from-agency/cv.pdf": as_pdf(KWAME),
        "from-website/cv.pdf": as_pdf(ISLA),
        "photo.pdf": as_picture(),
        "untitled.pdf": b"",
    }
    shutil.rmtree(HERE, ignore_errors=True)
    for name, content in files.items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sys.stdout.write(f"{len(files)} files, {sum(map(len, files.values())) // 1024} KiB\n")


if __name__ == "__main__":
    main()
